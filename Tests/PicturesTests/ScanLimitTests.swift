import Pictures
import Testing

/// Each scan of a progressive JPEG goes over the whole picture, whatever it says: a small file could take minutes.
@Suite("Pictures of many scans")
struct ScanLimitTests {
  /// A grey picture of 8 × 8 pixels, whose scans bring one coefficient bit after another, all of them zero.
  private func picture(scans: Int) -> [UInt8] {
    func segment(_ marker: UInt8, _ content: [UInt8]) -> [UInt8] {
      [0xFF, marker, 0, UInt8(content.count + 2)] + content
    }
    /// One code of one bit, which means 0: no difference to the block before, or the end of the block.
    func table(_ number: UInt8) -> [UInt8] { [number, 1] + [UInt8](repeating: 0, count: 15) + [0] }
    var bytes: [UInt8] = [0xFF, 0xD8] + segment(0xDB, [0] + [UInt8](repeating: 1, count: 64))
    bytes += segment(0xC2, [8, 0, 8, 0, 8, 1, 1, 0x11, 0])
    bytes += segment(0xC4, table(0) + table(0x10))
    var places = [(band: UInt8(0), bits: UInt8(0))]
    for bit in (0...13).reversed() { for band in 1...63 { places.append((UInt8(band), UInt8(bit))) } }
    for (band, bit) in places.prefix(scans) {
      // The first scan of a band tells from which bit on, each later one has the next bit.
      let high: UInt8 = band == 0 || bit == 13 ? 0 : bit + 1
      bytes += segment(0xDA, [1, 1, 0, band, band, high << 4 | bit]) + [0x7F]
    }
    return bytes + [0xFF, 0xD9]
  }

  @Test("are decoded, up to so many as no program writes")
  func few() throws {
    for scans in [1, 10, 64] {
      let picture = try Picture(decoding: picture(scans: scans))
      #expect((picture.height, picture.width, picture.channels) == (8, 8, 1))
      #expect(picture.bytes.allSatisfy { $0 == 128 })
    }
  }

  @Test("beyond that they are refused, with the limit", arguments: [65, 800])
  func many(scans: Int) {
    let error = #expect(throws: PictureError.tooManyScans) { try Picture(decoding: picture(scans: scans)) }
    #expect(error?.description.contains("more than 64 scans") ?? false)
  }
}
