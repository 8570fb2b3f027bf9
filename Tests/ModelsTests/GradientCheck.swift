import Kernels
import Models
import TestSupport
import Testing

/// Compares the gradient of a shard with central differences of the reference's loss, in double precision.
struct GradientCheck {
  let test: NetworkCase
  let run: NetworkRun
  private let step = 1e-6
  /// Entries of a tensor that are checked one by one; a random direction checks all of them at once.
  private let entriesPerTensor = 40

  init(_ test: NetworkCase) throws {
    self.test = test
    run = try NetworkRun(smooth: test)
  }

  /// Checks the loss, the statistics of batch norm, and the gradient of every trained tensor.
  func expectAgreement() {
    let (sum, gradient, statistics) = run.gradient(of: run.shard)
    let expected = run.referenceResult()
    #expect(
      abs(sum.loss - expected.loss) <= 1e-5 * max(1, abs(expected.loss)), "loss \(sum.loss), not \(expected.loss)")
    #expect(sum.correct == expected.correct)

    var generator = SeededGenerator(seed: 99)
    let elements = run.network.tensors.map { NetworkRun.fileElements(of: $0, in: gradient) }
    let largest = elements.joined().map(abs).max() ?? 0
    #expect(largest > 1e-3 && largest.isFinite, "a gradient of \(largest) shows nothing")
    for (tensor, actual) in zip(run.network.tensors, elements) {
      check(tensor, actual.map(Double.init), largest: Double(largest), &generator)
    }
    let sums = Buffer(statistics)
    for tensor in run.network.statistics.flatMap({ [$0.mean, $0.variance] }) {
      expectClose(
        tensor.fileElements(of: sums.view), (expected.statistics[tensor.name] ?? []).map(Float.init), relative: 1e-5,
        absolute: 1e-5, "\(test.name): \(tensor.name)")
    }
  }

  private func check(
    _ tensor: ParameterTensor, _ actual: [Double], largest: Double, _ generator: inout SeededGenerator
  ) {
    let own = actual.map(abs).max() ?? 0
    // What is zero in exact arithmetic, such as a bias before batch norm, is rounding of the other tensors' size.
    let bound = test.tolerance * own + 2e-6 * largest
    for index in Array(actual.indices.shuffled(using: &generator).prefix(entriesPerTensor)) {
      var direction = [Double](repeating: 0, count: actual.count)
      direction[index] = 1
      let expected = derivative(tensor.name, along: direction)
      if !(abs(actual[index] - expected) <= bound) {
        Issue.record("\(test.name): \(tensor.name)[\(index)] is \(actual[index]), not \(expected) within \(bound)")
        return
      }
    }
    let direction = generator.floats(actual.count).map(Double.init)
    let slope = zip(direction, actual).reduce(0) { $0 + $1.0 * $1.1 }
    let expected = derivative(tensor.name, along: direction)
    let directionBound = bound * Double(actual.count).squareRoot()
    #expect(
      abs(slope - expected) <= directionBound,
      "\(test.name): \(tensor.name) along a direction: \(slope), not \(expected) within \(directionBound)")
  }

  /// (loss(p + h·d) − loss(p − h·d)) ÷ 2h.
  private func derivative(_ name: String, along direction: [Double]) -> Double {
    func loss(_ step: Double) -> Double {
      var moved = run.reference
      moved.parameters[name] = zip(moved.parameters[name] ?? [], direction).map { $0 + step * $1 }
      return moved.run(Array(run.samples[run.shard]), shape: run.shape, first: run.shard.lowerBound).loss
    }
    return (loss(step) - loss(-step)) / (2 * step)
  }
}
