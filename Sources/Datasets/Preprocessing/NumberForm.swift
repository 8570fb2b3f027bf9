/// Arrays of numbers, one sample after another.
public struct NumberForm: Codable, Sendable, Equatable {
  static let name = "numbers"

  /// Plain numbers in the order of the shape.
  public init() {}

  func reader(of location: InputLocation, _ preprocessing: Preprocessing) throws(DataError) -> any InputReader {
    throw DataError(
      file: location.description, found: "nothing that can be read yet", allowed: "an array", remedy: "wait")
  }
}
