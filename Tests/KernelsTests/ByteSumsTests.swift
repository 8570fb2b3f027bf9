import Kernels
import TestSupport
import Testing

@Suite("Sums of bytes") struct ByteSumsTests {
  @Test(
    "are those of a plain loop, for any number of channels and in any parts", arguments: [1, 2, 3, 4, 5, 64, 65, 200])
  func parts(channels: Int) {
    var generator = SeededGenerator(seed: UInt64(channels))
    var sums = ByteSums(channels: channels)
    var (wantedSums, wantedSquares) = (Array(repeating: 0, count: channels), Array(repeating: 0, count: channels))
    for pixels in [1, 0, 3, 17, 1000, 64, 63] {
      let bytes = (0..<pixels * channels).map { _ in UInt8.random(in: 0...255, using: &generator) }
      for (index, byte) in bytes.enumerated() {
        wantedSums[index % channels] += Int(byte)
        wantedSquares[index % channels] += Int(byte) * Int(byte)
      }
      sums.add(Buffer(bytes).view)
    }
    sums.finish()
    #expect(sums.sums == wantedSums && sums.squares == wantedSquares)
  }

  @Test("do not overflow where all bytes are 255")
  func large() {
    let count = 70_000 * 200
    let bytes = Buffer<UInt8>(count: count)
    bytes.view.fill(with: 255)
    var sums = ByteSums(channels: 200)
    sums.add(bytes.view)
    sums.add(bytes.view)
    sums.finish()
    #expect(sums.sums == Array(repeating: 140_000 * 255, count: 200))
    #expect(sums.squares == Array(repeating: 140_000 * 65025, count: 200))
  }
}
