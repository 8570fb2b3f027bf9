import SwiftProtobuf

extension ONNXModel {
  /// The bytes of an `.onnx` file, the same for the same model.
  ///
  /// - Throws: where the message has no room for it: see ``mostBytes``.
  package func fileBytes() throws -> [UInt8] {
    var options = BinaryEncodingOptions()
    options.useDeterministicOrdering = true
    return try serializedBytes(options: options)
  }

  /// Bytes that a message may have, which the format of protocol buffers sets.
  package static var mostBytes: Int { (1 << 31) - 1 }
}
