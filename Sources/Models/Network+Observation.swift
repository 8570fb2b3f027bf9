import Kernels
import Tracing

extension Network {
  /// Forward, loss and backward of the microbatch in the arena, with the same results as without an observer.
  func backpropagate(_ pass: Pass, _ workspace: Workspace, observedBy observer: any PassObserver) -> LossSum {
    if loss == .meanSquaredError {
      observer.observe(.targets, of: pass, workspace.targets.view.prefix(pass.count * outputs))
    }
    forward(pass, workspace.spans, observedBy: observer)
    let gradient = pass.matrix(outputGradient, outputValue.shape)
    let sum = lossSum(pass, workspace, gradient: gradient)
    observer.observe(sum, of: pass)
    if let last = operations.lastIndex(where: { $0.result?.storage == outputValue.storage }) {
      observer.observe(.gradient(last, by: nil), of: pass, gradient.storage)
    }
    for index in (firstTrainedOperation..<operations.count).reversed() {
      let start = workspace.spans.start()
      operations[index].backward(pass)
      workspace.spans.end(.backward, index: index, count: pass.count, since: start)
      showGradients(behind: index, pass, observer)
    }
    return sum
  }

  /// All operations forward.
  package func forward(_ pass: Pass, _ spans: SpanLog, observedBy observer: any PassObserver) {
    observer.observe(.input, of: pass, pass.elements(inputValue.storage, input))
    for index in operations.indices {
      let start = spans.start()
      operations[index].forward(pass)
      spans.end(.forward, index: index, count: pass.count, since: start)
      guard let result = operations[index].result else { continue }
      observer.observe(.output(index), of: pass, pass.elements(result.storage, result.shape))
    }
  }

  /// What an operation's backward pass has left.
  private func showGradients(behind index: Int, _ pass: Pass, _ observer: any PassObserver) {
    for tensor in wiring[index].tensors {
      let range = tensors[tensor].range
      if pass.factors?.plan.offset(ofWeights: range) != nil { continue }
      observer.observe(.tensorGradient(tensor), of: pass, pass.gradient(at: range))
    }
    for earlier in wiring[index].gradients {
      guard let result = operations[earlier].result, let gradient = result.gradient else { continue }
      observer.observe(.gradient(earlier, by: index), of: pass, pass.elements(gradient, result.shape))
    }
  }

  /// What an operation's backward pass leaves, beside what it reads.
  struct Wiring: Sendable {
    /// The operations by whose outputs it leaves the gradient, or a part of it where several operations read the output.
    var gradients: [Int] = []
    /// Its tensors.
    var tensors: [Int] = []
  }

  static func wiring(_ builder: NetworkBuilder) -> [Wiring] {
    let operations = builder.operations
    let places = operations.map { $0.result?.gradient.map { builder.place(of: $0) } }
    return operations.indices.map { index in
      let touched = Set(operations[index].backwardUses.map { builder.place(of: $0) })
      var wiring = Wiring()
      var seen: Set<Int> = []
      // Operations that work in place share their gradient with the one before: the latest has it.
      for earlier in (0..<index).reversed() {
        guard let place = places[earlier], touched.contains(place), seen.insert(place).inserted else { continue }
        wiring.gradients.append(earlier)
      }
      wiring.tensors = builder.tensors.indices.filter {
        operations[index].parameters.contains(builder.tensors[$0].range)
      }
      return wiring
    }
  }
}
