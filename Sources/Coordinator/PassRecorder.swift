import Kernels
import Models
import Records

/// Measures what passes through every layer of a network, and notes where a number is first not finite.
package final class PassRecorder: PassObserver {
  /// A number that is not finite.
  package struct Finding {
    /// `nil` for the loss.
    package let point: PassPoint?
    /// Its place among the values there, and how many are not finite.
    package let element: Int
    package let value: Float
    package let count: Int
  }

  /// Values that were kept.
  package struct Kept {
    /// `input`, `targets`, or `forward.` or `backward.` and the layer.
    package let name: String
    package let point: PassPoint
    package let shape: [Int]
    package let values: Buffer<Float>
  }

  private let network: Network
  /// The operations whose values are kept; `nil` keeps none.
  private let keeping: Set<Int>?
  private var forward: [ValueMeter?]
  private var backward: [ValueMeter?]
  /// Gradients of the microbatch so far: where several operations read a value, the last to leave its gradient completes it.
  private var gradients: [ValueMeter?]
  private var keptGradients: [Int: Kept] = [:]
  /// What was kept, in the order of the passes.
  package private(set) var kept: [Kept] = []
  /// The network's inputs.
  package private(set) var input = ValueMeter()
  /// One range a sample, of the last microbatch.
  package private(set) var inputs: [ValueRange] = []
  /// The first number that was not finite.
  package private(set) var finding: Finding?
  /// Sum of the losses.
  package private(set) var loss = LossSum()

  /// - Parameter keeping: operations whose values are kept whole; left out, none.
  package init(_ network: Network, keeping: Set<Int>? = nil) {
    self.network = network
    self.keeping = keeping
    let none = [ValueMeter?](repeating: nil, count: network.operations.count)
    (forward, backward, gradients) = (none, none, none)
  }

  package func observe(_ point: PassPoint, of pass: Pass, _ values: Floats) {
    let meter = ValueMeter(values)
    note(point, meter, values)
    switch point {
    case .input:
      input.add(meter)
      let width = network.input.count
      inputs = (0..<pass.count).map { ValueRange(of: values[$0 * width..<($0 + 1) * width]) }
      keep(point, "input", [pass.count] + network.input.dimensions, values)
    case .targets: keep(point, "targets", [pass.count, network.outputs], values)
    case .output(let operation):
      forward[operation] = forward[operation].adding(meter)
      keep(point, "forward." + network.title(of: operation), shape(operation, pass), values, operation)
    case .gradient(let operation, _):
      gradients[operation] = meter
      keep(point, "backward." + network.title(of: operation), shape(operation, pass), values, operation)
    case .tensorGradient: break
    }
  }

  package func observe(_ loss: LossSum, of pass: Pass) { note(loss) }

  /// Takes the sum of a microbatch's losses.
  package func note(_ loss: LossSum) {
    self.loss += loss
    if !loss.loss.isFinite, finding == nil {
      finding = Finding(point: nil, element: 0, value: Float(loss.loss), count: 1)
    }
  }

  /// Ends a microbatch: its gradients are complete.
  package func endMicrobatch() {
    for operation in gradients.indices.reversed() {
      if let meter = gradients[operation] { backward[operation] = backward[operation].adding(meter) }
      gradients[operation] = nil
      if let values = keptGradients.removeValue(forKey: operation) { kept.append(values) }
    }
  }

  /// Hands over what was kept, and keeps it no longer.
  package func takeKept() -> [Kept] {
    defer { kept = [] }
    return kept
  }

  /// Every operation that says what it gives, in order.
  package var layers: [LayerRange] {
    let summaries = network.layers
    return network.operations.indices.compactMap { index in
      guard let meter = forward[index] else { return nil }
      return LayerRange(
        name: network.operationNames[index], kind: summaries[index].kind, shape: summaries[index].outputShape,
        forward: meter.result, backward: backward[index]?.result)
    }
  }

  private func note(_ point: PassPoint, _ meter: ValueMeter, _ values: Floats) {
    guard finding == nil, let first = meter.firstNotFinite else { return }
    finding = Finding(point: point, element: first, value: values[first], count: meter.result.notFinite)
  }

  private func shape(_ operation: Int, _ pass: Pass) -> [Int] {
    [pass.count] + network.operations[operation].outputShape.dimensions
  }

  private func keep(_ point: PassPoint, _ name: String, _ shape: [Int], _ values: Floats, _ operation: Int? = nil) {
    guard let keeping, operation.map(keeping.contains) ?? true else { return }
    let copy = Buffer<Float>(count: values.count)
    copy.view.copy(from: values)
    let values = Kept(name: name, point: point, shape: shape, values: copy)
    if case .gradient(let operation, _) = point { keptGradients[operation] = values } else { kept.append(values) }
  }
}

extension ValueMeter? {
  /// With what another has measured.
  fileprivate func adding(_ other: ValueMeter) -> ValueMeter {
    var sum = self ?? ValueMeter()
    sum.add(other)
    return sum
  }
}

extension FeatureShape {
  /// [height, width, channels], or [features].
  package var dimensions: [Int] { pixels == 1 ? [channels] : [height, width, channels] }
}

extension Network {
  /// A name that no other operation has: the layer's, with its kind where several operations are of one layer.
  package func title(of operation: Int) -> String {
    let name = operationNames[operation]
    let same = operationNames.indices.filter { operationNames[$0] == name }
    guard same.count > 1, let number = same.firstIndex(of: operation) else { return name }
    return "\(name).\(number)"
  }

  /// The layer's name, and what `plan` calls it.
  package func title(of operation: Int, withKind: Bool) -> String {
    operationNames[operation] + (withKind ? " (\(operations[operation].label))" : "")
  }
}
