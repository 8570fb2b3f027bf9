import CKernels

extension ConvolutionShape {
  /// Calls `body` with the shape as the C kernels see it.
  @inline(__always)
  func withC<Result>(_ body: (UnsafePointer<ConvolutionSizes>) -> Result) -> Result {
    var sizes = ConvolutionSizes(
      batch: batch, height: height, width: width, input_channels: inputChannels, output_channels: outputChannels,
      kernel: kernel, stride: stride, padding: padding)
    return body(&sizes)
  }

  /// Stops the program, naming all sizes, unless the buffers of a pass have the sizes that the shape asks for.
  func check(
    input: Int, output: Int, weights: (actual: Int, expected: Int), scratch: (actual: Int, expected: Int),
    bias: Int? = nil
  ) {
    precondition(
      input == inputCount && output == outputCount && weights.actual == weights.expected
        && scratch.actual >= scratch.expected && (bias ?? outputChannels) == outputChannels,
      """
      \(self): input of \(input) (\(inputCount)), output of \(output) (\(outputCount)), weights of \(weights.actual) \
      (\(weights.expected)), bias of \(bias ?? 0) (0 or \(outputChannels)), scratch of \(scratch.actual) \
      (\(scratch.expected))
      """)
  }
}
