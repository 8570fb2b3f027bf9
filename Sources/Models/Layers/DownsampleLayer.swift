import Kernels
import Keys

/// Every `stride`-th pixel in both directions, with channels of zeros behind the input's, without parameters: the
/// shortcut of option A (He et al. 2016a, §4.1).
package struct DownsampleLayer: Layer {
  /// Output channels, at least the input's.
  package var channels: Int
  package var stride: Int

  package init(channels: Int, stride: Int = 1) {
    self.channels = channels
    self.stride = stride
  }

  package static let kind = "downsample"
  package static let about =
    "Every stride-th pixel, with channels of zeros behind the input's; without parameters."

  package static func keys(_ section: Section, _ value: DownsampleLayer?) -> DownsampleLayer {
    DownsampleLayer(
      channels: section.required(
        "channels", value?.channels, .integer(1...Limit.side), "Output channels, at least the input's."),
      stride: section.key("stride", value?.stride, .integer(1...1024), default: 1, "Pixels from pixel to pixel."))
  }

  package var isConvolutional: Bool { true }

  package func append(
    to network: inout NetworkBuilder, input: Activation, at context: LayerContext
  ) throws(ModelError) -> Activation {
    try input.requireImage(path: context.path)
    guard channels >= input.shape.channels else {
      throw ModelError(
        path: context.path + ".channels",
        message: "found \(channels), but the input has \(input.shape.channels); allowed: at least that many")
    }
    try network.require(network.microbatch, input.shape.pixels, channels, of: "an output", path: context.path)
    let shape = DownsamplingShape(
      batch: network.microbatch, height: input.shape.height, width: input.shape.width,
      inputChannels: input.shape.channels, outputChannels: channels, stride: stride)
    let output = network.output(
      behind: input, FeatureShape(height: shape.outputHeight, width: shape.outputWidth, channels: channels))
    network.append(DownsampleOperation(shape: shape, input: input, output: output))
    return output
  }

  package func describe(in graph: inout NetworkGraph, at context: LayerContext) throws(ModelError) {
    graph.append(.subsample(channels: channels, stride: stride), named: context.name)
  }
}

extension LayerConfiguration {
  /// Every `stride`-th pixel in both directions, with channels of zeros behind the input's, without parameters.
  public static func downsample(channels: Int, stride: Int) -> LayerConfiguration {
    LayerConfiguration(DownsampleLayer(channels: channels, stride: stride))
  }
}

private struct DownsampleOperation: Operation {
  let shape: DownsamplingShape
  let input: Activation
  let output: Activation

  var label: String { "downsample, stride \(shape.stride)" }
  var outputShape: FeatureShape { output.shape }
  var result: Activation? { output }
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
