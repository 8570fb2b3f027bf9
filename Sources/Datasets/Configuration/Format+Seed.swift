import JSON
import Keys

extension Format<UInt64> {
  /// Up to 2^53, so that every JSON reader keeps it exact.
  package static var seed: Format {
    let integer = Format<Int>.integer(0...1 << 53)
    return Format(
      allowed: integer.allowed, placeholder: { 0 }, schema: integer.schema,
      read: { json, place in integer.read(json, place).map(UInt64.init) }, write: { .integer(Int(clamping: $0)) })
  }
}
