/// Alters seeds: the same number gives the same input on every machine.
package struct Mutator {
  private let seeds: [[UInt8]]
  private let words: [[UInt8]]
  private let seed: UInt64

  /// - Parameters:
  ///   - seeds: what inputs are made of; without any, inputs begin empty.
  ///   - words: what may be put into them.
  ///   - seed: draws other inputs.
  package init(seeds: [[UInt8]], words: [String], seed: UInt64) {
    self.seeds = seeds.isEmpty ? [[]] : seeds
    self.words = (words + Self.numbers).map { Array($0.utf8) }
    self.seed = seed
  }

  /// Texts of numbers at the edges of types, and beyond all of them.
  private static let numbers = [
    "0", "-1", "1", "255", "256", "65535", "65536", "2147483647", "2147483648", "4294967295", "4294967296",
    "9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551616",
    "1e308", "-1e308", "5e-324", "1e-400", "1e400", "-0.0", "0.5", "nan", "inf", "1e", "\"", "\u{FEFF}", "\\ud800",
    String(repeating: "9", count: 400), String(repeating: "[", count: 200), "\u{0}",
  ]
  private static let edges: [UInt64] = [
    0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF,
    0x1_0000_0000, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0xFFFF_FFFF_FFFF_FFFF,
  ]
  private static let mostBytes = 1 << 16

  /// The input of a number.
  package func input(_ number: Int) -> [UInt8] {
    var draw = Draw(state: seed &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(truncatingIfNeeded: number) &* 0xD1B5_4A32_D192_ED03)
    var bytes = seeds[draw.below(seeds.count)]
    // Few changes reach deep; many find what a parser does with noise.
    for _ in 0...draw.below(draw.below(4) == 0 ? 16 : 3) { alter(&bytes, &draw) }
    return Array(bytes.prefix(Self.mostBytes))
  }

  private func alter(_ bytes: inout [UInt8], _ draw: inout Draw) {
    let place = draw.below(bytes.count + 1)
    let length = min(bytes.count - place, 1 + draw.below(draw.below(3) == 0 ? 512 : 8))
    switch draw.below(11) {
    case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8(draw.below(8))
    case 1 where place < bytes.count: bytes[place] = UInt8(draw.below(256))
    case 2: bytes.removeSubrange(place..<place + length)
    case 3: bytes.insert(contentsOf: bytes[place..<place + length], at: draw.below(bytes.count + 1))
    case 4: bytes.insert(contentsOf: words[draw.below(words.count)], at: place)
    case 5: bytes.replaceSubrange(place..<place + length, with: words[draw.below(words.count)])
    case 6: putNumber(&bytes, at: place, &draw)
    case 7: replaceDigits(&bytes, from: place, &draw)
    case 8:
      let other = seeds[draw.below(seeds.count)]
      bytes.replaceSubrange(place..., with: other[draw.below(other.count + 1)...])
    case 9: bytes.removeSubrange(place...)
    default: bytes.insert(contentsOf: (0..<length).map { _ in UInt8(draw.below(256)) }, at: place)
    }
  }

  /// A binary number at the edge of a type, of either byte order.
  private func putNumber(_ bytes: inout [UInt8], at place: Int, _ draw: inout Draw) {
    let width = 1 << draw.below(4)
    let edge = Self.edges[draw.below(Self.edges.count)] &+ UInt64(draw.below(3)) &- 1
    let isBig = draw.below(2) == 0
    for index in 0..<width where place + index < bytes.count {
      bytes[place + index] = UInt8(truncatingIfNeeded: edge >> (8 * UInt64(isBig ? width - 1 - index : index)))
    }
  }

  /// The next decimal number of a text becomes another.
  private func replaceDigits(_ bytes: inout [UInt8], from place: Int, _ draw: inout Draw) {
    func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    guard let start = bytes[place...].firstIndex(where: isDigit) else { return }
    let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
    bytes.replaceSubrange(start..<end, with: Array(Self.numbers[draw.below(Self.numbers.count)].utf8))
  }

  /// SplitMix64 (Steele, Lea and Flood 2014).
  private struct Draw {
    var state: UInt64

    /// 0..<bound.
    mutating func below(_ bound: Int) -> Int {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
      return Int((mixed ^ mixed >> 31) % UInt64(bound))
    }
  }
}
