import Datasets
import TestSupport
import Testing

@Suite struct PlacementTests {
  private let shape = SampleShape.image(height: 4, width: 5, channels: 1)

  /// An image of numbered pixels, or zeros.
  private typealias Image = [[Int]]

  private func shifted(_ image: Image, down: Int, right: Int) -> Image {
    (0..<4).map { y in
      (0..<5).map { x in
        (0..<4).contains(y + down) && (0..<5).contains(x + right) ? image[y + down][x + right] : 0
      }
    }
  }

  private func shown(_ placement: Placement, of image: Image) -> Image {
    (0..<4).map { y in
      (0..<5).map { x in
        let (row, column) = (y + placement.top, (placement.isFlipped ? 4 - x : x) + placement.left)
        return placement.rows.contains(row) && placement.columns.contains(column) ? image[row][column] : 0
      }
    }
  }

  @Test("any list of shifts and flips shows what doing them one after another to the pixels gives")
  func composition() {
    let image = (0..<4).map { y in (0..<5).map { x in 1 + 5 * y + x } }
    var generator = SeededGenerator(seed: 12)
    for _ in 0..<2000 {
      var expected = image
      var placement = Placement(shape: shape)
      for _ in 0..<Int.random(in: 0...5, using: &generator) {
        if Bool.random(using: &generator) {
          placement.flip()
          expected = expected.map { $0.reversed() }
        } else {
          let (down, right) = (Int.random(in: -3...3, using: &generator), Int.random(in: -3...3, using: &generator))
          placement.shift(down: down, right: right)
          expected = shifted(expected, down: down, right: right)
        }
      }
      #expect(shown(placement, of: image) == expected)
    }
  }
}
