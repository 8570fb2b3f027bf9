import Gradients
import Kernels
import Models

extension TrainingSetGradient {
  /// trΣ: the trace of the covariance of one sample's gradient at given weights.
  ///
  /// From every sample's own gradient, or from `most` of them, evenly spread over the file, where there are more.
  func covarianceTrace(at weights: Floats, most: Int) -> (trace: Double, samples: Int) {
    engine.prepare(at: weights)
    let interval = most >= samples ? 1 : (samples + most - 1) / most
    let workspace = Workspace(for: network)
    let gradient = Buffer<Float>(count: weights.count)
    let sum = Buffer<Double>(count: weights.count)
    var squares = 0.0
    var used = 0
    for sample in stride(from: 0, to: samples, by: interval) {
      self.sum(over: sample..<(sample + 1), into: gradient.view, workspace: workspace)
      squares += Reduction.squaredNorm(gradient.view)
      for index in gradient.view.indices { sum.view[index] += Double(gradient.view[index]) }
      used += 1
    }
    var mean = 0.0
    for index in sum.view.indices {
      let component = sum.view[index] / Double(used)
      mean += component * component
    }
    let biased = squares / Double(used) - mean
    // The whole set is the distribution that batches are drawn from; a part of it is a sample.
    return (interval == 1 ? biased : biased * Double(used) / Double(max(1, used - 1)), used)
  }
}
