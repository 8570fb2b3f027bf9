import Pictures
import Testing

@Suite("Resizing of pictures") struct ResizingTests {
  private func large() throws -> Picture { try Picture(decoding: Golden.file("large.png")) }

  @Test(
    "the triangle filter gives Pillow's bytes",
    arguments: [(23, 12), (13, 31), (16, 16), (7, 5), (1, 1), (29, 40), (23, 32)])
  func golden(height: Int, width: Int) throws {
    let expected = try #require(Golden.all["large.png \(height)x\(width)"]).picture
    expectAlike(try large().resized(height: height, width: width), expected, levels: 0, "\(height) × \(width)")
  }

  @Test("scaled to cover a square and cropped, a picture is torchvision's", arguments: [10, 16, 23, 27])
  func covering(side: Int) throws {
    let large = try large()
    var expected = try #require(Golden.all["large.png cover \(side)"]).picture
    expectAlike(large.covering(height: side, width: side), expected, levels: 0, "landscape")
    expected = try #require(Golden.all["turned cover \(side)"]).picture
    let turned = Orientation.transposed.applied(to: large)
    expectAlike(turned.covering(height: side, width: side), expected, levels: 0, "portrait")
  }

  @Test("grey is Pillow's")
  func grey() throws {
    let expected = try #require(Golden.all["large.png grey"]).picture
    expectAlike(try large().converted(channels: 1), expected, levels: 0, "grey")
  }

  @Test("a picture that covers an oblong loses pixels on two sides at most, and one of its size none")
  func oblong() throws {
    let large = try large()
    #expect(large.covering(height: 23, width: 31) == large)
    for (height, width) in [(10, 30), (30, 10), (22, 31), (3, 50), (1, 7)] {
      let covering = large.covering(height: height, width: width)
      #expect(covering.height == height && covering.width == width)
    }
  }

  @Test("a picture of one colour keeps it at every size")
  func constant() {
    for value in [0, 1, 127, 254, 255] as [UInt8] {
      let picture = Picture(height: 9, width: 11, channels: 1, bytes: Array(repeating: value, count: 99))
      for (height, width) in [(3, 4), (9, 2), (23, 17)] {
        #expect(picture.resized(height: height, width: width).bytes.allSatisfy { $0 == value })
      }
    }
  }

  @Test("a thread of a picture covers a square, and costs no more memory than that", arguments: [1, 3])
  func threads(channels: Int) {
    for (height, width) in [(1, 3_000_000), (3_000_000, 1), (2, 50_001)] {
      let picture = Picture(
        height: height, width: width, channels: channels,
        bytes: (0..<height * width * channels).map { UInt8(truncatingIfNeeded: $0 / channels / 9) })
      for (tall, wide) in [(224, 224), (1, 3), (7, 300)] {
        let covering = picture.covering(height: tall, width: wide)
        #expect(covering.height == tall && covering.width == wide)
      }
    }
  }

  @Test("the middle of a scaled picture is that of the whole scaled one")
  func windows() throws {
    let large = try large()
    for (height, width) in [(5, 9), (22, 23), (40, 31), (9, 4)] {
      let isWide = large.width * height >= large.height * width
      let scaled = large.resized(
        height: isWide ? height : large.height * width / large.width,
        width: isWide ? large.width * height / large.height : width)
      #expect(large.covering(height: height, width: width) == scaled.center(height: height, width: width))
    }
  }
}
