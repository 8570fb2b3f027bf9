/// The JSON header of a safetensors file: `{"__metadata__": {…}, "NAME": {"dtype", "shape", "data_offsets"}, …}`.
struct SafetensorsHeader: Equatable {
  static let metadataKey = "__metadata__"

  /// Free text, name → value.
  var metadata: [String: String]
  /// All tensors in the order of their bytes, without gaps from 0 on.
  var entries: [SafetensorsEntry]

  /// Where the tensors will lie: integers first, so that all elements are aligned, otherwise as given.
  init(_ tensors: [SafetensorsTensor], metadata: [String: String]) {
    self.metadata = metadata
    entries = []
    var offset = 0
    for tensor in Self.fileOrder(tensors) {
      let bytes = offset..<offset + tensor.byteCount
      entries.append(SafetensorsEntry(name: tensor.name, type: tensor.type, shape: tensor.shape, bytes: bytes))
      offset = bytes.upperBound
    }
  }

  static func fileOrder(_ tensors: [SafetensorsTensor]) -> [SafetensorsTensor] {
    tensors.filter { $0.type == .int64 } + tensors.filter { $0.type != .int64 }
  }

  /// Bytes of all tensors together.
  var dataByteCount: Int { entries.last?.bytes.upperBound ?? 0 }

  /// The header as JSON, metadata in name order: equal headers give equal bytes.
  func json() -> String {
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { precedes($0.key, $1.key) }.map { "\(quoted($0.key)):\(quoted($0.value))" }
      members.append("\(quoted(Self.metadataKey)):{\(pairs.joined(separator: ","))}")
    }
    for entry in entries {
      let shape = entry.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(quoted(entry.name)):{\"dtype\":\"\(entry.type.name)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(entry.bytes.lowerBound),\(entry.bytes.upperBound)]}")
    }
    return "{\(members.joined(separator: ","))}"
  }

  /// The start of the file: the header's length, 8 bytes little-endian, and the header, padded with spaces so that the
  /// tensors begin at a multiple of 8.
  func encoded() -> [UInt8] {
    var text = Array(json().utf8)
    text += Array(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    return littleEndianBytes(Int64(text.count)) + text
  }

  private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// One tensor of a file.
package struct SafetensorsEntry: Sendable, Equatable {
  /// Its name, for example `0.weight`.
  package let name: String
  /// Type of its elements.
  package let type: TensorType
  /// Its dimensions, outermost first.
  package let shape: [Int]
  /// Where its bytes lie behind the header.
  package let bytes: Range<Int>

  /// Number of elements.
  package var count: Int { shape.reduce(1, *) }
}
