import Kernels

/// What turns the numbers of a file into inputs of a network: ((x − origin) ÷ unit) · scale + shift, per channel of an
/// image, per column of a table. In double precision up to the float that is stored (``StoredScale``).
public struct InputScale: Codable, Sendable, Equatable {
  /// One factor a channel.
  public var scale: [Float]
  /// One summand a channel.
  public var shift: [Float]
  /// What stored floats stand for; `nil` where they are the file's numbers themselves.
  public var stored: StoredScale?

  /// Factors and summands, one of each a channel.
  public init(scale: [Float], shift: [Float], stored: StoredScale? = nil) {
    precondition(scale.count == shift.count, "\(scale.count) scales and \(shift.count) shifts")
    self.scale = scale
    self.shift = shift
    self.stored = stored
  }

  /// What a data set in memory does to its numbers.
  init(_ dataset: Dataset) {
    self.init(
      scale: dataset.normalizer.scale.array(), shift: dataset.normalizer.shift.array(), stored: dataset.storedScale)
  }

  /// Leaves numbers as they are.
  public static func identity(channels: Int) -> InputScale {
    InputScale(scale: Array(repeating: 1, count: channels), shift: Array(repeating: 0, count: channels))
  }

  /// Number of channels.
  public var channels: Int { scale.count }

  /// What the number 0 of a file becomes, of each channel where that is near enough to 0 that a network's first dense
  /// layer may count from there, without a loss of digits; else 0.
  ///
  /// The background of a picture, or what most rows of a table have, is a zero again for a layer that does. Where half of a
  /// column's numbers or more are 0, its mean is at most a deviation away from there.
  package var background: [Float] { shift.map { abs($0) <= 1 ? $0 : 0 } }

  /// Makes inputs of numbers as files have them, to the bits of a data set with this scale.
  ///
  /// - Parameters:
  ///   - numbers: any number of samples, one after another: [samples, …shape]; images as [height, width, channels].
  ///   - inputs: of the same count.
  package func write(_ numbers: [Double], into inputs: Floats) {
    precondition(numbers.count == inputs.count, "\(numbers.count) numbers for \(inputs.count) inputs")
    for index in inputs.indices {
      inputs[index] = stored?.stored(numbers[index], column: index % channels) ?? Float(numbers[index])
    }
    normalize(inputs)
  }

  /// The last step alone: x · scale + shift, in place.
  package func normalize(_ inputs: Floats) {
    Elementwise.normalize(
      floats: inputs, channels: channels, scale: Buffer(scale).view, shift: Buffer(shift).view, into: inputs)
  }
}
