import Kernels
import Tracing

extension Network {
  /// Forward, loss and backward of the microbatch that lies in the arena.
  ///
  /// - Parameter observer: is shown what passes through the layers; left out, nobody is.
  /// - Returns: the sum of the samples' losses and how many of them were classified right.
  package func backpropagate(
    _ pass: Pass, _ workspace: Workspace, observer: (any PassObserver)? = nil
  ) -> LossSum {
    if let observer { return backpropagate(pass, workspace, observedBy: observer) }
    let spans = workspace.spans
    forward(pass, spans)
    let start = spans.start()
    let sum = lossSum(pass, workspace, gradient: pass.matrix(outputGradient, outputValue.shape))
    spans.end(.loss, count: pass.count, since: start)
    backward(pass, spans)
    return sum
  }

  /// All operations forward.
  package func forward(_ pass: Pass, _ spans: SpanLog) {
    // One look at the log a microbatch, not one an operation.
    guard spans.isOn else {
      for operation in operations { operation.forward(pass) }
      return
    }
    for index in operations.indices {
      let start = spans.start()
      operations[index].forward(pass)
      spans.end(.forward, index: index, count: pass.count, since: start)
    }
  }

  /// All operations backward whose gradients anybody wants.
  private func backward(_ pass: Pass, _ spans: SpanLog) {
    let wanted = (firstTrainedOperation..<operations.count).reversed()
    guard spans.isOn else {
      for index in wanted { operations[index].backward(pass) }
      return
    }
    for index in wanted {
      let start = spans.start()
      operations[index].backward(pass)
      spans.end(.backward, index: index, count: pass.count, since: start)
    }
  }

  /// Leaves out the backward passes that no trained tensor wants: those of the operations before the first with one.
  ///
  /// - Parameter isFrozen: of each of ``tensors``, whether nobody wants its gradient. What the gradient vector has there
  ///   means nothing afterwards.
  package mutating func freeze(_ isFrozen: [Bool]) {
    precondition(isFrozen.count == tensors.count, "\(isFrozen.count) flags for \(tensors.count) tensors")
    let trained = zip(tensors, isFrozen).filter { !$1 }.map(\.0.range)
    firstTrainedOperation =
      operations.firstIndex { operation in operation.parameters.contains { trained.contains($0) } } ?? 0
  }

  /// The training loss of what lies in the arena behind a forward pass.
  ///
  /// - Parameter gradient: receives the loss's gradient by the outputs.
  package func lossSum(_ pass: Pass, _ workspace: Workspace, gradient: Matrix?) -> LossSum {
    let outputs = pass.matrix(outputValue.storage, outputValue.shape)
    switch loss {
    case .crossEntropy(let labelSmoothing):
      let labels = workspace.labels.view.prefix(pass.count)
      let smoothing = Float(labelSmoothing)
      guard let gradient else {
        return Losses.softmaxCrossEntropy(logits: outputs, labels: labels, mixed: pass.mixed, smoothing: smoothing)
      }
      return Losses.softmaxCrossEntropy(
        logits: outputs, labels: labels, mixed: pass.mixed, smoothing: smoothing, gradient: gradient)
    case .meanSquaredError:
      let targets = Matrix(workspace.targets.view, rows: pass.count, columns: outputs.columns)
      guard let gradient else { return Losses.meanSquaredError(outputs: outputs, targets: targets) }
      return Losses.meanSquaredError(outputs: outputs, targets: targets, gradient: gradient)
    case .auto: preconditionFailure("a network whose loss nobody has decided")
    }
  }
}
