import Kernels

/// The largest value of each window.
struct MaxPoolOperation: Operation {
  let shape: PoolingShape
  let input: Value
  let output: Value
  /// Storage of the winners' places in their windows, a byte each.
  let winners: Int

  var label: String { "maxPool \(shape.size)×\(shape.size)" + (shape.padding > 0 ? ", padding \(shape.padding)" : "") }
  var outputShape: FeatureShape { output.shape }
  var forwardUses: [Int] { [input.storage, output.storage, winners] }
  var backwardUses: [Int] { [winners] + [input.gradient, output.gradient].compactMap { $0 } }

  func forward(_ pass: Pass) {
    let y = pass.elements(output.storage, output.shape)
    Pooling.maxForward(
      pass.elements(input.storage, input.shape), shape: shape.with(batch: pass.count), into: y,
      choices: pass.floats(winners).bytes(y.count))
  }

  func backward(_ pass: Pass) {
    guard let outputGradient = output.gradient, let inputGradient = input.gradient else { return }
    let dy = pass.elements(outputGradient, output.shape)
    Pooling.maxBackward(
      outputGradient: dy, choices: pass.floats(winners).bytes(dy.count), shape: shape.with(batch: pass.count),
      into: pass.elements(inputGradient, input.shape))
  }
}

/// The mean of each window.
struct AveragePoolOperation: Operation {
  let shape: PoolingShape
  let input: Value
  let output: Value

  var label: String { "averagePool \(shape.size)×\(shape.size)" }
  var outputShape: FeatureShape { output.shape }
  var forwardUses: [Int] { [input.storage, output.storage] }
  var backwardUses: [Int] { [input.gradient, output.gradient].compactMap { $0 } }

  func forward(_ pass: Pass) {
    Pooling.averageForward(
      pass.elements(input.storage, input.shape), shape: shape.with(batch: pass.count),
      into: pass.elements(output.storage, output.shape))
  }

  func backward(_ pass: Pass) {
    guard let outputGradient = output.gradient, let inputGradient = input.gradient else { return }
    Pooling.averageBackward(
      outputGradient: pass.elements(outputGradient, output.shape), shape: shape.with(batch: pass.count),
      into: pass.elements(inputGradient, input.shape))
  }
}

/// The mean of each channel over the image.
struct GlobalAveragePoolOperation: Operation {
  let input: Value
  let output: Value

  var label: String { "globalAveragePool" }
  var outputShape: FeatureShape { output.shape }
  var forwardUses: [Int] { [input.storage, output.storage] }
  var backwardUses: [Int] { [input.gradient, output.gradient].compactMap { $0 } }

  func forward(_ pass: Pass) {
    Pooling.globalAverageForward(
      pass.elements(input.storage, input.shape), batch: pass.count, pixels: input.shape.pixels,
      channels: input.shape.channels, into: pass.elements(output.storage, output.shape))
  }

  func backward(_ pass: Pass) {
    guard let outputGradient = output.gradient, let inputGradient = input.gradient else { return }
    Pooling.globalAverageBackward(
      outputGradient: pass.elements(outputGradient, output.shape), batch: pass.count, pixels: input.shape.pixels,
      channels: input.shape.channels, into: pass.elements(inputGradient, input.shape))
  }
}

/// Every stride-th pixel, with channels of zeros behind the input's: the shortcut of option A (He et al. 2016a, §4.1).
struct DownsampleOperation: Operation {
  let shape: DownsamplingShape
  let input: Value
  let output: Value

  var label: String { "downsample, stride \(shape.stride)" }
  var outputShape: FeatureShape { output.shape }
  var forwardUses: [Int] { [input.storage, output.storage] }
  var backwardUses: [Int] { [input.gradient, output.gradient].compactMap { $0 } }

  func forward(_ pass: Pass) {
    Downsampling.forward(
      pass.elements(input.storage, input.shape), shape: shape.with(batch: pass.count),
      into: pass.elements(output.storage, output.shape))
  }

  func backward(_ pass: Pass) {
    guard let outputGradient = output.gradient, let inputGradient = input.gradient else { return }
    Downsampling.backward(
      outputGradient: pass.elements(outputGradient, output.shape), shape: shape.with(batch: pass.count),
      into: pass.elements(inputGradient, input.shape))
  }
}
