import CKernels

extension ConvolutionShape {
  /// Calls `body` with the shape as the C kernels see it.
  @inline(__always)
  func withC<Result>(_ body: (UnsafePointer<convolution_shape>) -> Result) -> Result {
    var shape = convolution_shape(
      batch: batch, height: height, width: width, input_channels: inputChannels, output_channels: outputChannels,
      kernel: kernel, stride: stride, padding: padding)
    return body(&shape)
  }

  /// Stops the program, naming all sizes, unless the buffers of a pass have the sizes that the shape asks for.
  func check(
    input: Int, output: Int, weights: (actual: Int, expected: Int), scratch: (actual: Int, expected: Int),
    bias: Int? = nil, path: KernelPath
  ) {
    precondition(
      input == inputCount && output == outputCount && weights.actual == weights.expected
        && scratch.actual >= scratch.expected && (bias ?? outputChannels) == outputChannels,
      """
      \(self): input of \(input) (\(inputCount)), output of \(output) (\(outputCount)), weights of \(weights.actual) \
      (\(weights.expected)), bias of \(bias ?? 0) (0 or \(outputChannels)), scratch of \(scratch.actual) \
      (\(scratch.expected))
      """)
    precondition(KernelPath.supported.contains(path), "this CPU has no \(path.rawValue) kernels")
  }
}

extension KernelPath {
  /// The path whose kernels are in use now: ``active``, unless a test forces another.
  public static var inUse: KernelPath {
    let table = table
    // First, since the table of a family that is not supported is the portable one.
    if table == kernel_table(.portable) { return .portable }
    return table == kernel_table(.AVX512) ? .avx512 : .avx2
  }

  /// The number of the path in the convolution kernels.
  var convolutionPath: Int32 {
    switch self {
    case .portable: Int32(convolution_path_portable)
    case .avx2: Int32(convolution_path_avx2)
    case .avx512: Int32(convolution_path_avx512)
    }
  }
}

/// The kernels' options, added up.
func convolutionOptions(relu: Bool = false, accumulating: Bool = false) -> Int32 {
  Int32((relu ? convolution_relu : 0) + (accumulating ? convolution_accumulate : 0))
}
