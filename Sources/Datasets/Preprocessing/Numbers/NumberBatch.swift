import Kernels

/// Samples to predict from that are numbers already: what an array or rows of text hold.
struct NumberBatch: InputBatch {
  /// The file, for messages.
  let file: String
  /// What the first sample is called: its place in the input.
  let first: Int
  /// [samples, …shape].
  let numbers: [Double]
  let count: Int
  let scale: InputScale
  let normalizer: Normalizer
  var answers: [InputAnswer]?

  func name(_ index: Int) -> String { String(first + index) }

  func write(_ index: Int, into input: Floats) throws(DataError) {
    try Self.write(
      numbers[index * input.count..<(index + 1) * input.count], into: input, scale, normalizer, file: file,
      place: "sample \(grouped(first + index)) (from 0)")
  }

  func answer(_ index: Int) throws(DataError) -> InputAnswer? { answers?[index] }

  /// Makes an input of a sample's numbers, to the bits of a data set in memory; what is not finite is refused by its place.
  static func write(
    _ numbers: ArraySlice<Double>, into input: Floats, _ scale: InputScale, _ normalizer: Normalizer, file: String,
    place: @autoclosure () -> String
  ) throws(DataError) {
    let channels = scale.channels
    for (index, number) in numbers.enumerated() {
      let value = scale.stored?.stored(number, column: index % channels) ?? Float(number)
      guard value.isFinite else {
        throw DataError(
          file: file, found: "\(number) at element \(index) of \(place())", allowed: "finite single-precision numbers",
          remedy: "replace or remove such samples")
      }
      input[index] = value
    }
    Elementwise.normalize(
      floats: input, channels: channels, scale: normalizer.scale, shift: normalizer.shift, into: input)
  }
}
