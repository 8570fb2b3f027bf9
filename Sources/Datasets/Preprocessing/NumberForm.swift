/// Arrays of numbers, one sample after another.
public struct NumberForm: Codable, Sendable, Equatable {
  static let name = "numbers"
  /// Whether the arrays that training read had entries of [channels, height, width].
  public var isChannelsFirst: Bool

  /// Numbers in the order of the shape, or with channels first.
  public init(isChannelsFirst: Bool = false) { self.isChannelsFirst = isChannelsFirst }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    isChannelsFirst = try values.decodeIfPresent(Bool.self, forKey: .isChannelsFirst) ?? false
  }

  func reader(of location: InputLocation, _ preprocessing: Preprocessing) throws(DataError) -> any InputReader {
    throw DataError(
      file: location.description, found: "nothing that can be read yet", allowed: "an array", remedy: "wait")
  }
}
