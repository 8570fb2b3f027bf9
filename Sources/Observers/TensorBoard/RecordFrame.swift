import Foundation

/// How a file of events holds its records: eight bytes of length, four of a checksum over them, the record, four of a
/// checksum over it; all numbers little-endian.
///
/// A record that is cut off, or whose checksum does not fit, ends the file for a reader.
package enum RecordFrame {
  /// The record with what stands before and behind it.
  package static func framed(_ record: Data) -> Data {
    var frame = littleEndian(UInt64(record.count))
    frame += littleEndian(masked(checksum(frame)))
    frame += record
    frame += littleEndian(masked(checksum(record)))
    return frame
  }

  /// CRC-32C, the cyclic redundancy check with Castagnoli's polynomial (RFC 3720, §12.1). zlib has another one.
  package static func checksum(_ bytes: Data) -> UInt32 {
    ~bytes.reduce(UInt32.max) { sum, byte in (sum >> 8) ^ table[Int((sum ^ UInt32(byte)) & 0xFF)] }
  }

  /// What a byte that leaves the register does to it.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { sum, _ in (sum >> 1) ^ (sum & 1 == 1 ? 0x82F6_3B78 : 0) }
  }

  /// Turned and shifted, since a checksum over bytes that hold their own checksum says little.
  private static func masked(_ checksum: UInt32) -> UInt32 { (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8 }

  private static func littleEndian(_ number: some FixedWidthInteger) -> Data {
    Data((0..<number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) })
  }
}
