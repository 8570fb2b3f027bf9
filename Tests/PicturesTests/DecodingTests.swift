import Pictures
import Testing

@Suite("Decoding of pictures") struct DecodingTests {
  @Test("every kind of file becomes what Pillow makes of it", arguments: Golden.files)
  func golden(name: String) throws {
    let picture = try Picture(decoding: Golden.file(name))
    var expected = try #require(Golden.all[name]).picture
    // Pillow keeps grey palettes and the like in colour; a grey picture stays grey here.
    if picture.channels == 1 { expected = expected.converted(channels: 1) }
    // Two builds of libjpeg-turbo and libwebp may round colour conversion apart.
    // For amounts of light libpng takes gamma 2.2, which is up to 7 levels from sRGB's curve in the darkest shades.
    let levels =
      name == "linear16.png" ? 8 : name.contains("16") ? 1 : name.contains(".p") || name.hasPrefix("a") ? 0 : 2
    expectAlike(picture, expected, levels: levels, name)
  }

  @Test("a header tells size and colours without the pixels", arguments: Golden.files)
  func headers(name: String) throws {
    let bytes = try Golden.file(name)
    let header = try PictureHeader(of: bytes)
    let picture = try Picture(decoding: bytes)
    #expect(header.height == picture.height && header.width == picture.width)
    #expect(header.isGrey == (picture.channels == 1))
  }

  @Test("a file that ends early is refused, wherever it ends; the last bytes of a PNG and WebP alone say nothing new")
  func truncated() throws {
    #expect(!Golden.files.isEmpty)
    for name in Golden.files {
      let bytes = try Golden.file(name)
      for count in 0..<bytes.count {
        do {
          _ = try Picture(decoding: Array(bytes.prefix(count)))
          // A complete picture without the end of its file: IEND, a checksum, EXIF behind the pixels.
          #expect(name.hasSuffix(".png") || name.hasSuffix(".webp"), "\(name) cut to \(count) of \(bytes.count) bytes")
          #expect(bytes.count - count < 64, "\(name) cut to \(count) of \(bytes.count) bytes")
        } catch { #expect(count > 0 || error == .empty) }
      }
    }
  }

  @Test(
    "cut short, every kind says that it is truncated",
    arguments: ["rgb420.jpg", "progressive.jpg", "rgb.png", "lossy.webp"])
  func half(name: String) throws {
    let bytes = try Golden.file(name)
    do {
      _ = try Picture(decoding: Array(bytes.prefix(bytes.count * 3 / 4)))
      Issue.record("nothing was refused")
    } catch {
      guard case .truncated = error else {
        Issue.record("\(error)")
        return
      }
    }
  }

  @Test("altered bytes are decoded or refused, and nothing worse")
  func altered() throws {
    for name in Golden.files {
      let bytes = try Golden.file(name)
      for place in stride(from: 0, to: bytes.count, by: 3) {
        for change in [0xFF, 0x01, 0x80] as [UInt8] {
          var altered = bytes
          altered[place] ^= change
          let picture = try? Picture(decoding: altered)
          if let picture { #expect(picture.bytes.count == picture.height * picture.width * picture.channels) }
        }
      }
    }
  }

  @Test("what is no picture is refused with its name")
  func others() {
    func refusal(_ bytes: [UInt8]) -> String {
      do {
        _ = try Picture(decoding: bytes)
        return ""
      } catch { return error.description }
    }
    #expect(refusal([]) == "the file is empty")
    #expect(refusal(Array("GIF89a......".utf8)).contains("GIF"))
    #expect(refusal(Array("<!DOCTYPE html><html>404</html>".utf8)).contains("HTML"))
    #expect(refusal([0x49, 0x49, 0x2A, 0, 8, 0, 0, 0]).contains("TIFF"))
    #expect(refusal(Array(repeating: 0, count: 100)).contains("zeros"))
    #expect(refusal(Array("plain text".utf8)) == "no picture")
  }

  @Test("an animated WebP is refused")
  func animated() throws {
    let bytes = try Golden.file("animated.webp")
    #expect(throws: PictureError.unsupported("an animated WebP picture")) { try Picture(decoding: bytes) }
  }

  @Test("a header that announces more pixels than memory should hold is refused before any is taken")
  func bombs() throws {
    var png = try Golden.file("rgb.png")
    for place in [16, 20] { png.replaceSubrange(place..<place + 4, with: [0, 1, 0, 0]) }
    #expect(throws: PictureError.tooLarge(height: 65536, width: 65536)) { try Picture(decoding: png) }
    var jpeg = try Golden.file("rgb444.jpg")
    let frame = try #require(jpeg.indices.dropLast(9).first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC0 })
    jpeg.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
    #expect(throws: PictureError.tooLarge(height: 65500, width: 65500)) { try Picture(decoding: jpeg) }
  }

  @Test("what is written as PNG is read again, grey and in colour, of any size", arguments: [(1, 1), (7, 13), (64, 3)])
  func writing(height: Int, width: Int) throws {
    for channels in [1, 3] {
      let bytes = (0..<height * width * channels).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
      let picture = Picture(height: height, width: width, channels: channels, bytes: bytes)
      let file = try picture.png()
      #expect(try Picture(decoding: file) == picture)
    }
  }
}
