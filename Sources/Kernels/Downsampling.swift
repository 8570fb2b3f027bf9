/// Every `stride`-th pixel of images [batch, height, width, inputChannels], with channels of zeros behind the input's.
package struct DownsamplingShape: Sendable, Equatable {
  /// Images.
  package let batch: Int
  /// Input height.
  package let height: Int
  /// Input width.
  package let width: Int
  /// Channels of the input.
  package let inputChannels: Int
  /// Channels of the output, at least those of the input.
  package let outputChannels: Int
  /// Distance between the pixels that are kept.
  package let stride: Int

  /// A shape; channels are never fewer behind it.
  package init(batch: Int, height: Int, width: Int, inputChannels: Int, outputChannels: Int, stride: Int) {
    precondition(
      batch >= 0 && height > 0 && width > 0 && inputChannels > 0 && outputChannels >= inputChannels && stride > 0,
      "every \(stride). pixel of [\(batch), \(height), \(width), \(inputChannels)] with \(outputChannels) channels")
    self.batch = batch
    self.height = height
    self.width = width
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.stride = stride
  }

  /// The same of another number of images.
  package func with(batch: Int) -> DownsamplingShape {
    DownsamplingShape(
      batch: batch, height: height, width: width, inputChannels: inputChannels, outputChannels: outputChannels,
      stride: stride)
  }

  /// Output height: as behind a 1×1 convolution of that stride.
  package var outputHeight: Int { (height - 1) / stride + 1 }
  /// Output width.
  package var outputWidth: Int { (width - 1) / stride + 1 }
  /// Elements of the input.
  package var inputCount: Int { batch * height * width * inputChannels }
  /// Elements of the output.
  package var outputCount: Int { batch * outputHeight * outputWidth * outputChannels }
}

/// y[b, i, j, c] = x[b, i·stride, j·stride, c], or 0 for c ≥ inputChannels: the shortcut of option A (He et al. 2016a,
/// §4.1).
package enum Downsampling {
  /// y ← the kept pixels of x.
  package static func forward(_ x: Floats, shape: DownsamplingShape, into y: Floats) {
    check(shape, input: x, output: y)
    forEachPixel(shape) { input, output in
      y[output..<output + shape.inputChannels].copy(from: x[input..<input + shape.inputChannels])
      y[output + shape.inputChannels..<output + shape.outputChannels].fill(with: 0)
    }
  }

  /// dx ← dy at the kept pixels, and 0 elsewhere.
  package static func backward(outputGradient dy: Floats, shape: DownsamplingShape, into dx: Floats) {
    check(shape, input: dx, output: dy)
    dx.fill(with: 0)
    forEachPixel(shape) { input, output in
      dx[input..<input + shape.inputChannels].copy(from: dy[output..<output + shape.inputChannels])
    }
  }

  /// Calls `body` with the first element of every kept pixel, in the input and in the output.
  private static func forEachPixel(_ shape: DownsamplingShape, _ body: (_ input: Int, _ output: Int) -> Void) {
    var output = 0
    for image in 0..<shape.batch {
      for row in 0..<shape.outputHeight {
        for column in 0..<shape.outputWidth {
          let pixel = (image * shape.height + row * shape.stride) * shape.width + column * shape.stride
          body(pixel * shape.inputChannels, output)
          output += shape.outputChannels
        }
      }
    }
  }

  private static func check(_ shape: DownsamplingShape, input: Floats, output: Floats) {
    precondition(
      input.count == shape.inputCount && output.count == shape.outputCount,
      "downsampling \(shape) of \(input.count) elements into \(output.count)")
  }
}
