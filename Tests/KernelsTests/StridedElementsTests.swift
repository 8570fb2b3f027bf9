import Kernels
import TestSupport
import Testing

@Suite("Elements in another order") struct StridedElementsTests {
  /// The element of an array at a place in each dimension, found one by one.
  private func reference(_ bytes: [UInt8], _ lengths: [Int], _ strides: [Int], size: Int) -> [UInt8] {
    var places = [0]
    for (length, stride) in zip(lengths, strides) {
      places = places.flatMap { place in (0..<length).map { place + $0 * stride } }
    }
    return places.flatMap { bytes[$0 * size..<($0 + 1) * size] }
  }

  @Test("are those that counting finds, whichever part is asked for", arguments: [1, 2, 3, 4, 8, 20])
  func parts(size: Int) {
    var generator = SeededGenerator(seed: UInt64(size))
    for dimensions in [[7], [1, 5], [5, 1], [3, 4], [2, 3, 4], [2, 3, 4, 5]] {
      let count = dimensions.reduce(1, *)
      let bytes = (0..<count * size).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let view = Buffer(bytes).view
      let natural = ElementOrder(dimensions: dimensions)
      let fortran = ElementOrder(dimensions: dimensions, isFortranOrder: true)
      let rotated = natural.permuted(Array(dimensions.indices.dropFirst()) + [0])
      #expect(natural.isNatural && view.elements(0..<count, in: natural, bytes: size) == bytes)
      for order in [natural, fortran, rotated] {
        let all = reference(bytes, order.lengths, order.strides, size: size)
        for _ in 0..<20 {
          let ends = [Int.random(in: 0...count, using: &generator), Int.random(in: 0...count, using: &generator)]
            .sorted()
          #expect(
            view.elements(ends[0]..<ends[1], in: order, bytes: size) == Array(all[ends[0] * size..<ends[1] * size]))
        }
        #expect(view.elements(0..<count, in: order, bytes: size) == all)
      }
    }
  }

  @Test("of one row, one column or one dimension are in their order anyway")
  func natural() {
    #expect(ElementOrder(dimensions: [5], isFortranOrder: true).isNatural)
    #expect(ElementOrder(dimensions: [5, 1, 2, 3]).permuted([0, 2, 3, 1]).isNatural)
    #expect(!ElementOrder(dimensions: [5, 2], isFortranOrder: true).isNatural)
    #expect(ElementOrder(dimensions: [2, 3, 4]).permuted([0, 2, 1]).lengths == [2, 4, 3])
  }
}
