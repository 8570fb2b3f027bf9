/// A convolution with a square kernel on images [batch, height, width, inputChannels].
package struct ConvolutionShape: Sendable, Equatable {
  /// Images.
  package let batch: Int
  /// Input height.
  package let height: Int
  /// Input width.
  package let width: Int
  /// Channels of the input.
  package let inputChannels: Int
  /// Channels of the output.
  package let outputChannels: Int
  /// Height and width of the kernel.
  package let kernel: Int
  /// Distance between neighbouring kernel positions.
  package let stride: Int
  /// Zeros around the image on each side.
  package let padding: Int

  /// A shape; the kernel must fit into the padded image.
  package init(
    batch: Int, height: Int, width: Int, inputChannels: Int, outputChannels: Int, kernel: Int, stride: Int = 1,
    padding: Int = 0
  ) {
    precondition(
      batch >= 0 && height > 0 && width > 0 && inputChannels > 0 && outputChannels > 0 && kernel > 0 && stride > 0
        && padding >= 0 && kernel <= height + 2 * padding && kernel <= width + 2 * padding,
      """
      convolution \(kernel)×\(kernel), stride \(stride), padding \(padding), to \(outputChannels) channels on \
      [\(batch), \(height), \(width), \(inputChannels)]
      """)
    self.batch = batch
    self.height = height
    self.width = width
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
  }

  /// The same convolution of another number of images.
  package func with(batch: Int) -> ConvolutionShape {
    ConvolutionShape(
      batch: batch, height: height, width: width, inputChannels: inputChannels, outputChannels: outputChannels,
      kernel: kernel, stride: stride, padding: padding)
  }

  /// Output height.
  package var outputHeight: Int { (height + 2 * padding - kernel) / stride + 1 }
  /// Output width.
  package var outputWidth: Int { (width + 2 * padding - kernel) / stride + 1 }
  /// Output pixels of all images.
  package var outputPixels: Int { batch * outputHeight * outputWidth }
  /// Numbers that one output pixel sees: kernel · kernel · inputChannels.
  package var patchCount: Int { kernel * kernel * inputChannels }
  /// Elements of the input.
  package var inputCount: Int { batch * height * width * inputChannels }
  /// Elements of the output.
  package var outputCount: Int { outputPixels * outputChannels }
  /// Elements of the weights.
  package var weightCount: Int { patchCount * outputChannels }
}
