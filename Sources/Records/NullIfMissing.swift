/// A value whose key always stands in the file, as `null` where there is none: the keys of the contract.
///
/// `Codable` alone leaves the key of a missing value out. A reader takes a missing key for `null`.
@propertyWrapper
public struct NullIfMissing<Value: Codable & Sendable & Equatable>: Codable, Sendable, Equatable {
  public var wrappedValue: Value?

  public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

  public init(from decoder: any Decoder) throws {
    wrappedValue = try decoder.singleValueContainer().decode(Value?.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(wrappedValue)
  }
}

/// A number that may be infinite, for which JSON has no word: `null` there.
@propertyWrapper
package struct InfiniteIfNull: Codable, Sendable, Equatable {
  package var wrappedValue: Double

  package init(wrappedValue: Double) { self.wrappedValue = wrappedValue }

  package init(from decoder: any Decoder) throws {
    wrappedValue = try decoder.singleValueContainer().decode(Double?.self) ?? .infinity
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(wrappedValue)
  }
}

/// A number of things of which older programs knew one alone: 1 where its key is missing.
@propertyWrapper
package struct OneIfMissing: Codable, Sendable, Equatable {
  package var wrappedValue: Int

  package init(wrappedValue: Int) { self.wrappedValue = wrappedValue }

  package init(from decoder: any Decoder) throws {
    wrappedValue = try decoder.singleValueContainer().decode(Int.self)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(wrappedValue)
  }
}

// The code that the compiler makes for `Codable` in this room asks for the wrappers as it asks for any value, and would
// miss a key that is not there.
extension KeyedDecodingContainer {
  func decode<Value>(_ type: NullIfMissing<Value>.Type, forKey key: Key) throws -> NullIfMissing<Value> {
    NullIfMissing(wrappedValue: try decodeIfPresent(Value.self, forKey: key))
  }

  func decode(_ type: OneIfMissing.Type, forKey key: Key) throws -> OneIfMissing {
    OneIfMissing(wrappedValue: try decodeIfPresent(Int.self, forKey: key) ?? 1)
  }

  func decode(_ type: InfiniteIfNull.Type, forKey key: Key) throws -> InfiniteIfNull {
    InfiniteIfNull(wrappedValue: try decodeIfPresent(Double.self, forKey: key) ?? .infinity)
  }
}
