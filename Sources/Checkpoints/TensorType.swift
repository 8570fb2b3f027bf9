/// The type of a tensor's elements, by the format's name for it.
///
/// All names of the format are known with their sizes (github.com/huggingface/safetensors, `Dtype`). A file may have
/// others, of a later version of the format: its tensors can be left aside, not read.
package struct TensorType: Sendable, Hashable {
  /// The format's name: `F32`.
  package let name: String

  /// A type of that name, known or not.
  package init(_ name: String) { self.name = name }

  /// Single precision.
  package static let float32 = TensorType("F32")
  /// Double precision.
  package static let float64 = TensorType("F64")
  /// Half precision.
  package static let float16 = TensorType("F16")
  /// The upper half of single precision.
  package static let bfloat16 = TensorType("BF16")
  /// Signed integers, for counters.
  package static let int64 = TensorType("I64")

  private static let bitsByName = [
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32,
    "C64": 64, "F64": 64, "I64": 64, "U64": 64,
  ]

  /// Bits of one element; `nil` for a type that is not known.
  package var bits: Int? { Self.bitsByName[name] }

  /// Bytes of one element of a type that this program writes or takes for weights.
  var byteCount: Int {
    guard let bits, bits >= 8 else { preconditionFailure("elements of \(name) are no whole bytes") }
    return bits / 8
  }

  /// Whether weights can be read from it: to the bit from types that single precision holds, rounded from F64.
  package var isWeight: Bool { Self.weights.contains(self) }

  /// The types that weights are read from.
  static let weights: [TensorType] = [.float32, .float16, .bfloat16, .float64]
}
