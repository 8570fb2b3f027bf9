import Kernels
import Keys

/// What layers share that move a square window over an image: keys, fit and shape.
enum Window {
  /// The keys of a pooling layer's window.
  static func keys(_ section: Section, _ size: Int?, _ stride: Int?) -> (size: Int, stride: Int) {
    let size = section.key("size", size, .integer(1...16), default: 2, "Height and width of the window.")
    let stride = section.key(
      "stride", stride, .integer(1...1024), default: size, "Pixels from window to window.",
      defaultRule: "the window's size")
    return (size, stride)
  }

  /// Refuses a window that does not fit into the padded image.
  static func requireFit(
    _ input: Activation, size: Int, padding: Int, path: String, what: String
  ) throws(ModelError) {
    try input.requireImage(path: path)
    let smallest = min(input.shape.height, input.shape.width) + 2 * padding
    if size > smallest {
      throw ModelError(
        path: path,
        message:
          "a \(what) of \(size)×\(size) does not fit into an input of \(input.shape) with padding \(padding); "
          + "at most \(smallest) is allowed here")
    }
  }

  /// The shape of a pooling layer, if it fits.
  static func pooling(
    _ input: Activation, size: Int, stride: Int, padding: Int = 0, in network: NetworkBuilder, path: String
  ) throws(ModelError) -> PoolingShape {
    try requireFit(input, size: size, padding: padding, path: path, what: "window")
    // The kernels keep a maximum's place in its window in a byte.
    let largest = 16
    if size > largest {
      throw ModelError(
        path: path + ".size",
        message: "found \(size), but a window is at most \(largest)×\(largest); "
          + "for the mean of a whole image use globalAveragePool")
    }
    if 2 * padding > size {
      throw ModelError(
        path: path + ".padding",
        message: "found \(padding); allowed: at most half of the window's size, \(size / 2)")
    }
    // With padding an image may grow, by one row and column at most.
    try network.require(
      network.microbatch, input.shape.height + 1, input.shape.width + 1, input.shape.channels, of: "an output",
      path: path)
    return PoolingShape(
      batch: network.microbatch, height: input.shape.height, width: input.shape.width,
      channels: input.shape.channels, size: size, stride: stride, padding: padding)
  }
}

extension FeatureShape {
  /// Of a sample behind a pooling layer.
  init(behind shape: PoolingShape) {
    self.init(height: shape.outputHeight, width: shape.outputWidth, channels: shape.channels)
  }
}
