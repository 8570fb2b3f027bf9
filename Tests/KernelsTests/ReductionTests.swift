import Kernels
import TestSupport
import Testing

/// The tree's definition: a node splits at lo + the largest power of two below hi − lo.
private func treeSum(_ shards: ArraySlice<[Float]>) -> [Float] {
  if shards.count == 1 { return shards[shards.startIndex] }
  var split = 1
  while split * 2 < shards.count { split *= 2 }
  let middle = shards.startIndex + split
  return zip(treeSum(shards[..<middle]), treeSum(shards[middle...])).map { $0 + $1 }
}

extension KernelsTests {
  @Suite("Reduction") struct ReductionTests {
    /// Shards of very different sizes, so that every other order of the sum has other bits.
    private func shards(_ k: Int, length: Int) -> [[Float]] {
      var generator = SeededGenerator(seed: UInt64(k * 7919 + length))
      return (0..<k).map { _ in
        generator.floats(length).map { $0 * Float(1 << Int.random(in: 0...20, using: &generator)) }
      }
    }

    @Test("the tree sum has the bits of its recursive definition", arguments: Array(1...17) + [23, 27, 64, 100, 257])
    func tree(k: Int) {
      forEachPath { path in
        for length in [1, 15, 17, 512, 1037] {
          let arrays = shards(k, length: length)
          let expected = treeSum(arrays[...])
          let sources = Shards(arrays.map { Memory.floats($0) })
          let sum = Memory.output(length)
          Reduction.treeSum(sources, range: 0..<length, into: sum)
          expectSame(sum.array(), expected, "\(path) \(length)")
          let range = length / 3..<length
          let part = Memory.output(range.count)
          Reduction.treeSum(sources, range: range, dividedBy: 7, into: part)
          expectSame(part.array(), expected[range].map { $0 / 7 }, "\(path) \(length), a part divided by 7")
          let first = (k + 1) / 2
          Reduction.treeSum(sources, first: first, range: 0..<length, into: sum)
          expectSame(sum.array(), treeSum(arrays[..<first]), "\(path) \(length), of the first \(first)")
        }
      }
    }

    @Test("the naive order would not pass: its bits differ")
    func oracleTellsOrdersApart() {
      let arrays = shards(6, length: 1000)
      let naive = (0..<1000).map { i in arrays.dropFirst().reduce(arrays[0][i]) { $0 + $1[i] } }
      #expect(treeSum(arrays[...]) != naive)
    }

    @Test("merging two sibling subtrees gives the same bits, and the sum may replace the first shard")
    func subtrees() {
      forEachPath { path in
        let arrays = shards(13, length: 700)
        let expected = treeSum(arrays[...])
        let (left, right) = (Memory.output(700), Memory.output(700))
        Reduction.treeSum(Shards(arrays[..<8].map { Memory.floats($0) }), range: 0..<700, into: left)
        Reduction.treeSum(Shards(arrays[8...].map { Memory.floats($0) }), range: 0..<700, into: right)
        Elementwise.add(into: left, right)
        expectSame(left.array(), expected, "\(path)")

        let matrix = matrix(arrays.flatMap { $0 }, columns: 700)
        Reduction.treeSum(Shards(rowsOf: matrix), range: 0..<700, into: matrix.storage.prefix(700))
        expectSame(matrix.storage.prefix(700).array(), expected, "\(path), in place")
      }
    }

    @Test(
      "squares measured during the sum are those of double precision, whatever the number of shards and in place",
      arguments: [1, 2, 3, 7, 8, 9, 16, 21])
    func squares(k: Int) {
      forEachPath { path in
        for length in [1, 17, 512, 2047, 2048, 5003] {
          var arrays = shards(k, length: length)
          if length == 512 { arrays[k - 1][length / 2] = 1e25 }  // its square leaves the range of floats
          let expected = arrays.map { $0.map { Double($0) * Double($0) }.reduce(0, +) }
          let squares = Buffer<Double>(count: k)
          let sum = Memory.output(length)
          let total = Reduction.treeSum(
            Shards(arrays.map { Memory.floats($0) }), range: 0..<length, dividedBy: 3, into: sum, squares: squares.view)
          let measured = squares.array()
          let expectedTotal = sum.array().map { Double($0) * Double($0) }.reduce(0, +)
          #expect(abs(total - expectedTotal) <= 1e-6 * expectedTotal, "\(path) \(length)")
          for j in 0..<k where length != 512 || j < k - 1 {
            #expect(abs(measured[j] - expected[j]) <= 1e-6 * expected[j], "\(path) \(length), shard \(j)")
          }
          if length == 512 { #expect(measured[k - 1] == .infinity, "\(path)") }
          guard k >= 2 else { continue }
          let (into, from) = (Memory.floats(arrays[0]), Memory.floats(arrays[1]))
          let two = Reduction.addMeasuring(into: into, from)
          #expect(two.into == measured[0] && two.from == measured[1], "\(path) \(length), of two")
          expectSame(into.array(), treeSum(arrays[..<2]), "\(path) \(length), of two")
        }
      }
    }

    @Test("the squared norm is that of double precision, and repeats to the bit")
    func squaredNorm() {
      forEachPath { path in
        for count in lengths {
          var generator = SeededGenerator(seed: UInt64(count))
          let values = generator.floats(count, in: -1e20...1e20)
          let expected = values.map { Double($0) * Double($0) }.reduce(0, +)
          let x = Memory.floats(values)
          let norm = Reduction.squaredNorm(x)
          #expect(abs(norm - expected) <= 1e-13 * expected, "\(path) \(count)")
          #expect(norm == Reduction.squaredNorm(Memory.floats(values)), "\(path) \(count)")
        }
        #expect(Reduction.squaredNorm(Memory.floats([1, .nan])).isNaN)
      }
    }
  }
}
