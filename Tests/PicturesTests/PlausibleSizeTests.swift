import Pictures
import Testing

@Suite("Pictures that announce more than they have")
struct PlausibleSizeTests {
  private func bytes(_ number: Int, _ count: Int) -> [UInt8] {
    (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  /// No more than the headers of a grey picture, and zeros behind them.
  private func file(_ format: PictureFormat, height: Int, width: Int, zeros: Int = 0) -> [UInt8] {
    let padding = [UInt8](repeating: 0, count: zeros)
    switch format {
    case .jpeg:
      return [0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8] + bytes(height, 2) + bytes(width, 2) + [1, 1, 0x11, 0] + padding
    case .png:
      return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8) + bytes(width, 4)
        + bytes(height, 4) + [8, 0, 0, 0, 0, 0, 0, 0, 0] + padding
    case .webp:
      let bits = (width - 1) | (height - 1) << 14
      let content = [0x2F] + bytes(bits, 4).reversed() + [UInt8](repeating: 0, count: 8 + zeros)
      let chunk = Array("VP8L".utf8) + bytes(content.count, 4).reversed() + content
      return Array("RIFF".utf8) + bytes(chunk.count + 4, 4).reversed() + Array("WEBP".utf8) + chunk
    }
  }

  @Test("are refused by their header, with what a byte can mean", arguments: PictureFormat.allCases)
  func implausible(format: PictureFormat) {
    let small = file(format, height: 9000, width: 9000)
    let expected = PictureError.implausible(format, height: 9000, width: 9000, bytes: small.count)
    #expect(throws: expected) { try PictureHeader(of: small) }
    #expect(throws: expected) { try Picture(decoding: small) }
    #expect(expected.description.contains("\(small.count) bytes"))
  }

  @Test("and are not, where there are bytes enough or pixels few", arguments: PictureFormat.allCases)
  func plausible(format: PictureFormat) throws {
    let enough = 81_000_000 / format.mostPixelsOfByte
    let header = try PictureHeader(of: file(format, height: 9000, width: 9000, zeros: enough))
    #expect(header.height == 9000 && header.width == 9000)
    #expect(try PictureHeader(of: file(format, height: 2000, width: 2000)).height == 2000)
  }

  @Test("or more pixels than any picture has, whatever its bytes", arguments: [PictureFormat.jpeg, .png])
  func tooLarge(format: PictureFormat) {
    #expect(throws: PictureError.tooLarge(height: 65_535, width: 65_535)) {
      try PictureHeader(of: file(format, height: 65_535, width: 65_535, zeros: 1 << 20))
    }
  }
}
