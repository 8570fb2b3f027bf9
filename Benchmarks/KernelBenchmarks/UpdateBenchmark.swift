import Foundation
import Kernels

/// The second half of a step, one thread: the tree sum over shards and the SGD update, chunk by chunk as the trainer does
/// it, with and without the squares that the noise of the gradient is computed from.
struct UpdateBenchmark: Encodable {
  /// k.
  let shards: Int
  /// Elements of the parameter vector.
  let parameters: Int
  /// Median time of a pass over all parameters.
  let seconds: Double
  /// The same with every shard's squares.
  let measuringSeconds: Double

  /// Takes both in turn, so that a machine whose speed drifts is fair to both.
  init(shards: Int, parameters: Int = 1 << 21, seconds: Double) {
    var inputs = BenchmarkInputs()
    let gradients = (0..<shards).map { _ in inputs.buffer(parameters) }
    let weights = inputs.buffer(parameters)
    let momentum = inputs.buffer(parameters)
    let chunk = 8192
    let average = Buffer<Float>(count: chunk)
    let squares = Buffer<Double>(count: shards)
    let sources = Shards(gradients.map(\.view))
    func pass(measuring: Bool) {
      for first in stride(from: 0, to: parameters, by: chunk) {
        let range = first..<min(first + chunk, parameters)
        let gradient = average.view.prefix(range.count)
        Reduction.treeSum(
          sources, range: range, dividedBy: 64, into: gradient, squares: measuring ? squares.view : nil)
        UpdateRule.sgd(
          weights: weights.view[range], gradient: gradient, momentumBuffer: momentum.view[range], rate: 1e-6,
          momentum: 0.9, weightDecay: 1e-4, nesterov: true)
      }
    }
    let times = withExtendedLifetime((gradients, weights, momentum, average, squares)) {
      Timing.medians(seconds: seconds, { pass(measuring: false) }, { pass(measuring: true) })
    }
    self.shards = shards
    self.parameters = parameters
    self.seconds = times.0
    measuringSeconds = times.1
  }

  /// One line of the table.
  var line: String {
    String(
      format: "update of %d parameters from %d shards: %.2f ms, measuring their noise %.2f ms\n", parameters, shards,
      seconds * 1e3, measuringSeconds * 1e3)
  }
}
