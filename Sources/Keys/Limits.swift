/// Upper bounds that no real run meets. They keep products such as batch × steps within 64 bits.
package enum Limit {
  /// Samples, steps and batches.
  package static let count = 1 << 31
  /// Outputs of a dense layer, classes.
  package static let width = 1 << 20
  /// Channels of a convolution, height and width of an image.
  package static let side = 1 << 16
  /// Values of one sample.
  package static let sample = 1 << 28
  /// Layers of one list.
  package static let layers = 1000
  package static let epochs = 1e9
}

extension Format<Int> {
  /// A number of samples, steps or batches.
  package static var count: Format { integer(1...Limit.count) }
}
