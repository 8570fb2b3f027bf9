import Gradients
import Configuration
import Coordinator
import Datasets
import Kernels
import Models

/// |G|² and trΣ over the whole training set, from every sample's own gradient: what estimates are compared with.
struct ExactNoise {
  var squaredNorm = 0.0
  var trace = 0.0
  /// |g_i − G|² of each sample.
  var distances: [Double] = []

  /// The noise of a plan's network at given weights, by its own kernels, a sample at a time.
  init(_ plan: RunPlan, at weights: Floats) {
    let count = plan.splits.train.count
    let order = TrainingOrder(count: count, batch: count, order: .sequential, lastBatch: .drop, seed: 0)
    let source = TrainingSource(
      order: order, gatherer: SampleGatherer(plan.splits.train), seed: 0)
    let packed = Buffer<Float>(count: plan.network.packedCount)
    for index in 0..<plan.network.packingCount(transposing: true) {
      plan.network.pack(index, weights: weights, into: packed.view)
    }
    let workspace = Workspace(for: plan.network)
    let gradient = Buffer<Float>(count: plan.network.parameterCount)
    let mean = Buffer<Double>(count: plan.network.parameterCount)
    func forEach(_ body: (Floats) -> Void) {
      for sample in 0..<count {
        _ = plan.network.gradient(
          of: sample..<sample + 1, in: order.position(ofStep: 0), from: source, weights: weights,
          packedWeights: packed.view, into: ShardSums(gradient: gradient.view), workspace: workspace)
        body(gradient.view)
      }
    }
    forEach { one in for index in one.indices { mean.view[index] += Double(one[index]) / Double(count) } }
    forEach { one in
      var distance = 0.0
      for index in one.indices {
        let difference = Double(one[index]) - mean.view[index]
        distance += difference * difference
      }
      distances.append(distance)
    }
    for index in mean.view.indices { squaredNorm += mean.view[index] * mean.view[index] }
    trace = distances.reduce(0, +) / Double(count)
  }
}
