import Kernels

/// y = γ·(x − μ)/√(σ² + ε) + β per channel, with the ReLU that follows, if one does, in the same pass.
///
/// In training μ and σ² are those of the microbatch (Goyal et al. 2017, §3.1). Each microbatch adds its mean and its
/// unbiased variance to the shard's gradient, at the place of the running averages: the all-reduce then averages them
/// over the step like any gradient, in the same fixed order.
struct BatchNormOperation: Operation {
  let input: Value
  let output: Value
  let scale: Range<Int>
  let shift: Range<Int>
  let running: RunningStatistics
  let relu: Bool
  /// Storages of the microbatch's mean and 1/√(σ² + ε), [channels] each.
  let savedMean: Int
  let savedInverseDeviation: Int

  var label: String { "batchNorm" + (relu ? " + relu" : "") }
  var outputShape: FeatureShape { output.shape }
  var parameters: [Range<Int>] { [scale, shift] }
  var forwardUses: [Int] { [input.storage, output.storage, savedMean, savedInverseDeviation] }
  var backwardUses: [Int] {
    [input.storage, savedMean, savedInverseDeviation] + (relu ? [output.storage] : [])
      + [input.gradient, output.gradient].compactMap { $0 }
  }

  func forward(_ pass: Pass) {
    let x = pass.pixels(input.storage, input.shape)
    let y = pass.pixels(output.storage, output.shape)
    switch pass.mode {
    case .training:
      BatchNormalization.forward(
        x, scale: pass.weights[scale], shift: pass.weights[shift], into: y, relu: relu,
        mean: pass.floats(savedMean), inverseDeviation: pass.floats(savedInverseDeviation),
        statistics: (pass.gradient[running.mean], pass.gradient[running.variance]), accumulating: pass.isAccumulating)
    case .statistics:
      BatchNormalization.forward(
        x, scale: pass.weights[scale], shift: pass.weights[shift], into: y, relu: relu,
        mean: pass.floats(savedMean), inverseDeviation: pass.floats(savedInverseDeviation),
        statistics: (pass.gradient[running.means], pass.gradient[running.variances]), accumulating: false)
    case .evaluation:
      BatchNormalization.evaluate(
        x, scale: pass.weights[scale], shift: pass.weights[shift], runningMean: pass.weights[running.mean],
        runningVariance: pass.weights[running.variance], into: y, relu: relu)
    }
  }

  func backward(_ pass: Pass) {
    guard let outputGradient = output.gradient else { return }
    let dy = pass.pixels(outputGradient, output.shape)
    // Without a reader of the input's gradient, it overwrites dy.
    let dx = input.gradient.map { pass.pixels($0, input.shape) } ?? dy
    BatchNormalization.backward(
      input: pass.pixels(input.storage, input.shape), outputGradient: dy,
      reluOutput: relu ? pass.pixels(output.storage, output.shape) : nil, scale: pass.weights[scale],
      mean: pass.floats(savedMean), inverseDeviation: pass.floats(savedInverseDeviation), into: dx,
      scaleGradient: pass.gradient[scale], shiftGradient: pass.gradient[shift], accumulating: pass.isAccumulating)
  }
}
