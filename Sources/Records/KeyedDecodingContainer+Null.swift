// Records write numbers that are not finite as `null` (`JSONText`), so `null` must not stop their reader where a number
// is always there. The code that the compiler makes for `Codable` in this room finds these before the standard library's.
extension KeyedDecodingContainer {
  /// A number that is always there: NaN for `null`.
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
    guard contains(key) else {
      throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "there is no \(key)"))
    }
    return try decodeIfPresent(Double.self, forKey: key) ?? .nan
  }

  /// Numbers, each NaN for `null`.
  func decode(_ type: [Double].Type, forKey key: Key) throws -> [Double] {
    try decode([Double?].self, forKey: key).map { $0 ?? .nan }
  }

  /// Numbers where there are any, each NaN for `null`.
  func decodeIfPresent(_ type: [Double].Type, forKey key: Key) throws -> [Double]? {
    try decodeIfPresent([Double?].self, forKey: key)?.map { $0 ?? .nan }
  }
}
