import Foundation
import Observers
import Protobufs
import Testing

/// Event files, read by a few lines that follow the format's description alone.
enum EventFiles {
  /// The event files of a directory, oldest first.
  static func paths(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("events.out.tfevents.") }.sorted()
      .map { folder + "/" + $0 }
  }

  /// The events of a file, with every length and checksum checked.
  static func events(_ path: String) throws -> [TensorBoardEvent] {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    var events: [TensorBoardEvent] = []
    var place = 0
    while place < bytes.count {
      try #require(place + 12 <= bytes.count)
      let length = number(bytes[place..<place + 8])
      let end = place + 12 + length
      try #require(end + 4 <= bytes.count)
      try #require(number(bytes[place + 8..<place + 12]) == checksum(bytes[place..<place + 8]))
      try #require(number(bytes[end..<end + 4]) == checksum(bytes[place + 12..<end]))
      events.append(try TensorBoardEvent(bytes: Data(bytes[place + 12..<end])))
      place = end + 4
    }
    return events
  }

  /// The points of a curve in events.
  static func points(_ tag: String, _ events: [TensorBoardEvent]) -> [(step: Int, value: Float)] {
    events.flatMap { event in
      event.summary.value.filter { $0.tag == tag }.map { (Int(event.step), $0.simpleValue) }
    }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  /// CRC-32C bit by bit, masked.
  private static func checksum(_ bytes: ArraySlice<UInt8>) -> Int {
    var sum: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      for bit in 0..<8 {
        let carry = (sum ^ UInt32(byte >> bit)) & 1
        sum = (sum >> 1) ^ (carry == 1 ? 0x82F6_3B78 : 0)
      }
    }
    sum = ~sum
    return Int((sum >> 15 | sum << 17) &+ 0xA282_EAD8)
  }
}
