import CKernels

/// Windows of `size` × `size`, `stride` apart, on images [batch, height, width, channels]; floor output size.
package struct PoolingShape: Sendable, Equatable {
  /// Images.
  package let batch: Int
  /// Input height.
  package let height: Int
  /// Input width.
  package let width: Int
  /// Channels.
  package let channels: Int
  /// Height and width of a window, 1...16.
  package let size: Int
  /// Distance between windows.
  package let stride: Int
  /// Pixels at each side that windows reach beyond the image: they never win a maximum. Only max pooling has them.
  package let padding: Int

  /// A shape; a window must fit into the padded image, and the padding is at most half a window.
  package init(batch: Int, height: Int, width: Int, channels: Int, size: Int, stride: Int, padding: Int = 0) {
    precondition(
      batch >= 0 && height > 0 && width > 0 && channels > 0 && stride > 0 && (1...16).contains(size)
        && (0...size / 2).contains(padding) && size <= height + 2 * padding && size <= width + 2 * padding,
      "windows of \(size), stride \(stride), padding \(padding), on [\(batch), \(height), \(width), \(channels)]")
    self.batch = batch
    self.height = height
    self.width = width
    self.channels = channels
    self.size = size
    self.stride = stride
    self.padding = padding
  }

  /// The same pooling of another number of images.
  package func with(batch: Int) -> PoolingShape {
    PoolingShape(
      batch: batch, height: height, width: width, channels: channels, size: size, stride: stride, padding: padding)
  }

  /// Output height.
  package var outputHeight: Int { (height + 2 * padding - size) / stride + 1 }
  /// Output width.
  package var outputWidth: Int { (width + 2 * padding - size) / stride + 1 }
  /// Elements of the input.
  package var inputCount: Int { batch * height * width * channels }
  /// Elements of the output.
  package var outputCount: Int { batch * outputHeight * outputWidth * channels }

  var sizes: PoolingSizes {
    PoolingSizes(
      batch: batch, height: height, width: width, channels: channels, size: size, stride: stride, padding: padding,
      output_height: outputHeight, output_width: outputWidth)
  }
}

/// Pooling of images [batch, height, width, channels].
package enum Pooling {
  /// y ← the largest element of each window's part inside the image; NaN wins.
  ///
  /// `choices`, of the output's count, takes the place of that element in its window (row · size + column, the first of
  /// equals), which the backward pass needs; evaluation leaves it out.
  package static func maxForward(_ x: Floats, shape: PoolingShape, into y: Floats, choices: View<UInt8>?) {
    defer { keep(x, y, choices) }
    check(shape, input: x.count, output: y.count, choices: choices?.count)
    var sizes = shape.sizes
    KernelPath.table.pointee.max_pool(x.base, &sizes, y.base, choices?.base)
  }

  /// dx ← dy at the chosen elements, added up where windows overlap, and 0 elsewhere.
  package static func maxBackward(
    outputGradient dy: Floats, choices: View<UInt8>, shape: PoolingShape, into dx: Floats
  ) {
    defer { keep(dy, choices, dx) }
    check(shape, input: dx.count, output: dy.count, choices: choices.count)
    var sizes = shape.sizes
    KernelPath.table.pointee.max_pool_backward(dy.base, choices.base, &sizes, dx.base)
  }

  /// y ← the mean of each window.
  package static func averageForward(_ x: Floats, shape: PoolingShape, into y: Floats) {
    defer { keep(x, y) }
    check(shape, input: x.count, output: y.count, choices: nil, isAverage: true)
    var sizes = shape.sizes
    KernelPath.table.pointee.average_pool(x.base, &sizes, y.base)
  }

  /// dx ← dy ÷ size² all over each window, added up where windows overlap, and 0 elsewhere.
  package static func averageBackward(outputGradient dy: Floats, shape: PoolingShape, into dx: Floats) {
    defer { keep(dy, dx) }
    check(shape, input: dx.count, output: dy.count, choices: nil, isAverage: true)
    var sizes = shape.sizes
    KernelPath.table.pointee.average_pool_backward(dy.base, &sizes, dx.base)
  }

  /// y [batch, channels] ← the mean over the pixels of x [batch, pixels, channels].
  package static func globalAverageForward(_ x: Floats, batch: Int, pixels: Int, channels: Int, into y: Floats) {
    defer { keep(x, y) }
    checkGlobal(batch, pixels, channels, input: x.count, output: y.count)
    KernelPath.table.pointee.global_average(x.base, batch, pixels, channels, y.base)
  }

  /// dx [batch, pixels, channels] ← dy [batch, channels] ÷ pixels at every pixel.
  package static func globalAverageBackward(
    outputGradient dy: Floats, batch: Int, pixels: Int, channels: Int, into dx: Floats
  ) {
    defer { keep(dy, dx) }
    checkGlobal(batch, pixels, channels, input: dx.count, output: dy.count)
    KernelPath.table.pointee.global_average_backward(dy.base, batch, pixels, channels, dx.base)
  }

  private static func check(
    _ shape: PoolingShape, input: Int, output: Int, choices: Int?, isAverage: Bool = false
  ) {
    precondition(!isAverage || shape.padding == 0, "average pooling with a padding of \(shape.padding)")
    precondition(
      input == shape.inputCount && output == shape.outputCount && (choices ?? output) == output,
      "pooling \(shape) of \(input) elements into \(output), choices \(choices ?? output)")
  }

  private static func checkGlobal(_ batch: Int, _ pixels: Int, _ channels: Int, input: Int, output: Int) {
    precondition(
      batch >= 0 && pixels > 0 && channels > 0 && input == batch * pixels * channels && output == batch * channels,
      "global pooling of [\(batch), \(pixels), \(channels)]: \(input) elements, \(output) means")
  }
}
