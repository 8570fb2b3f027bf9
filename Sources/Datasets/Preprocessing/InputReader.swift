import Kernels

/// Where samples to predict from come from.
package enum InputLocation: Sendable, CustomStringConvertible {
  case path(String)
  case standardInput

  package var description: String {
    switch self {
    case .path(let path): path
    case .standardInput: "standard input"
    }
  }
}

/// Samples without answers, or whose answers are not needed, in the order of the input. One thread reads; what it has read
/// becomes inputs of a network on any.
package protocol InputReader {
  /// The next samples, at most so many; `nil` at the end.
  mutating func read(atMost count: Int) throws(DataError) -> (any InputBatch)?
  /// What a user should know of the samples that were written so far, in words.
  var notes: [String] { get }
}

extension InputReader {
  package var notes: [String] { [] }
}

/// Some samples of an ``InputReader``, in order.
package protocol InputBatch: Sendable {
  /// Number of samples.
  var count: Int { get }
  /// What a sample is called in the output: its row, or its file.
  func name(_ index: Int) -> String
  /// Decodes a sample and writes it as the network takes it. Any thread may ask; other samples go on if this one fails.
  func write(_ index: Int, into input: Floats) throws(DataError)
  /// What the input says is to be predicted, where it says so.
  func answer(_ index: Int) throws(DataError) -> InputAnswer?
}

extension InputBatch {
  package func answer(_ index: Int) throws(DataError) -> InputAnswer? { nil }
}

/// What is to be predicted of one sample.
package enum InputAnswer: Sendable, Equatable {
  /// The number of one of the model's classes.
  case label(Int)
  /// Numbers in their units.
  case values([Double])
}
