import Foundation

/// Follows the keys of a JSON text from bracket to bracket, and finds one that an object has twice.
///
/// The standard says nothing of such a text; decoders take the first or the last, and the writer means one of them. The
/// text need not be sound: what is no JSON is for the decoder to refuse.
package struct JSONKeys {
  /// A key that an object has for the second time.
  package struct Repeated {
    /// From the root, such as `model.layers.2.units`.
    package let path: String
    /// Where the key stands, as offsets in bytes.
    package let first: Int
    package let second: Int
  }

  /// The first one found.
  package private(set) var repeated: Repeated?

  /// An object or array that has no end yet.
  private struct Level {
    package let isObject: Bool
    /// Where each key of an object stands.
    package var places: [String: Int] = [:]
    /// The key whose value comes, or the number of the element.
    package var key = ""
    package var element = 0
    /// Whether the next string is a key.
    package var expectsKey: Bool

    package init(isObject: Bool) {
      self.isObject = isObject
      expectsKey = isObject
    }

    package var name: String { isObject ? key : String(element) }
  }

  private var levels: [Level] = []

  /// `{` or `[`.
  mutating func open(isObject: Bool) { levels.append(Level(isObject: isObject)) }

  /// `}` or `]`.
  package mutating func close() { _ = levels.popLast() }

  /// `,`.
  package mutating func comma() {
    guard let last = levels.indices.last else { return }
    levels[last].element += 1
    levels[last].expectsKey = levels[last].isObject
  }

  /// A string with its quotes.
  package mutating func string(_ bytes: ArraySlice<UInt8>) {
    guard repeated == nil, let last = levels.indices.last, levels[last].expectsKey else { return }
    levels[last].expectsKey = false
    guard let key = Self.text(bytes) else { return }
    levels[last].key = key
    if let first = levels[last].places.updateValue(bytes.startIndex, forKey: key) {
      repeated = Repeated(path: levels.map(\.name).joined(separator: "."), first: first, second: bytes.startIndex)
    }
  }

  /// A key may be written with escapes: `"\u0061"` is `"a"`.
  private static func text(_ bytes: ArraySlice<UInt8>) -> String? {
    guard bytes.contains(UInt8(ascii: "\\")) else {
      return String(decoding: bytes.dropFirst().dropLast(), as: UTF8.self)
    }
    return try? JSONDecoder().decode(String.self, from: Data(bytes))
  }
}
