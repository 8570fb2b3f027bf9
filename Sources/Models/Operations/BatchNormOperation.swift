import Kernels

/// y = γ·(x − μ)/√(σ² + ε) + β per channel; where it ends the body of a residual block, plus the shortcut; with the ReLU
/// that follows, if one does, in the same pass.
///
/// In training μ and σ² are those of the microbatch (Goyal et al. 2017, §3.1). Each microbatch of b samples adds its mean
/// and its unbiased variance, times b ÷ n, to the shard's statistics, beside its gradient: they are averaged over the
/// step in the same fixed order.
struct BatchNormOperation: Operation {
  let input: Value
  var output: Value
  let scale: Range<Int>
  let shift: Range<Int>
  let running: RunningStatistics
  var relu: Bool
  /// Storages of the microbatch's mean and 1/√(σ² + ε), [channels] each.
  let savedMean: Int
  let savedInverseDeviation: Int
  /// What is added to the normalised value. The gradient of the output becomes that of the sum, and the shortcut's.
  var shortcut: Value?

  var label: String { "batchNorm" + (shortcut == nil ? "" : " + shortcut") + (relu ? " + relu" : "") }
  var outputShape: FeatureShape { output.shape }
  var parameters: [Range<Int>] { [scale, shift] }
  var forwardUses: [Int] {
    [input.storage, output.storage, savedMean, savedInverseDeviation] + (shortcut.map { [$0.storage] } ?? [])
  }
  var backwardUses: [Int] {
    [input.storage, savedMean, savedInverseDeviation] + (relu && shortcut != nil ? [output.storage] : [])
      + [input.gradient, output.gradient, shortcut?.gradient].compactMap { $0 }
  }

  func forward(_ pass: Pass) {
    let x = pass.pixels(input.storage, input.shape)
    let y = pass.pixels(output.storage, output.shape)
    let addend = shortcut.map { pass.pixels($0.storage, output.shape) }
    let (scale, shift) = (pass.weights[scale], pass.weights[shift])
    guard pass.mode != .evaluation else {
      BatchNormalization.evaluate(
        x, scale: scale, shift: shift, runningMean: pass.runningStatistics[running.means],
        runningVariance: pass.runningStatistics[running.variances], adding: addend, into: y, relu: relu)
      return
    }
    let statistics = (mean: pass.statistics[running.means], variance: pass.statistics[running.variances])
    BatchNormalization.forward(
      x, scale: scale, shift: shift, adding: addend, into: y, relu: relu, mean: pass.floats(savedMean),
      inverseDeviation: pass.floats(savedInverseDeviation), statistics: statistics, weight: pass.statisticsWeight,
      accumulating: pass.isAccumulating)
  }

  func backward(_ pass: Pass) {
    guard let outputGradient = output.gradient else { return }
    let dy = pass.pixels(outputGradient, output.shape)
    // Without a reader of the input's gradient, it overwrites dy.
    let dx = input.gradient.map { pass.pixels($0, input.shape) } ?? dy
    var rectification = BatchNormalization.Rectification.none
    if relu {
      rectification =
        shortcut == nil ? .own(shift: pass.weights[shift]) : .ofSum(pass.pixels(output.storage, output.shape))
    }
    BatchNormalization.backward(
      input: pass.pixels(input.storage, input.shape), outputGradient: dy, rectification: rectification,
      scale: pass.weights[scale], mean: pass.floats(savedMean), inverseDeviation: pass.floats(savedInverseDeviation),
      into: dx, scaleGradient: pass.gradient(at: scale), shiftGradient: pass.gradient(at: shift),
      accumulating: pass.isAccumulating)
    if let gradient = shortcut?.gradient, gradient != outputGradient {
      pass.pixels(gradient, output.shape).storage.copy(from: dy.storage)
    }
  }
}
