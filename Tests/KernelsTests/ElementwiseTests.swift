import Kernels
import TestSupport
import Testing

extension KernelsTests {
  @Suite("Elementwise") struct ElementwiseTests {
    @Test("relu and its gradient keep what is positive, and a NaN stays a NaN")
    func relu() {
      forEachPath { path in
        for count in lengths {
          var generator = SeededGenerator(seed: UInt64(count))
          var values = generator.floats(count)
          if count > 2 { values[count - 2] = 0 }
          let x = Memory.floats(values)
          Elementwise.relu(x)
          expectSame(x.array(), values.map { $0 < 0 ? 0 : $0 }, "\(path) \(count)")

          let upstream = generator.floats(count)
          let gradient = Memory.floats(upstream)
          Elementwise.reluBackward(gradient: gradient, output: x)
          expectSame(gradient.array(), zip(values, upstream).map { $0 > 0 ? $1 : 0 }, "\(path) \(count)")
        }
        let x = Memory.floats([Float](repeating: .nan, count: 19))
        Elementwise.relu(x)
        #expect(x.array().allSatisfy { $0.isNaN })
      }
    }

    @Test("add and scale, with and without relu")
    func addAndScale() {
      forEachPath { path in
        for count in lengths {
          var generator = SeededGenerator(seed: UInt64(count))
          let (a, b) = (generator.floats(count), generator.floats(count))
          for relu in [false, true] {
            let sum = Memory.floats(a)
            Elementwise.add(into: sum, Memory.floats(b), relu: relu)
            expectSame(sum.array(), zip(a, b).map { relu ? max(0, $0 + $1) : $0 + $1 }, "\(path) \(count)")
          }
          let x = Memory.floats(a)
          Elementwise.scale(x, by: 0.3)
          expectSame(x.array(), a.map { $0 * 0.3 }, "\(path) \(count)")
        }
      }
    }

    @Test("a bias is added to every row", arguments: [1, 3, 5, 10, 16, 33, 130], [7, 37])
    func bias(columns: Int, rows: Int) {
      var generator = SeededGenerator(seed: 5)
      let (values, bias) = (generator.floats(rows * columns), generator.floats(columns))
      forEachPath { path in
        for relu in [false, true] {
          let x = matrix(values, columns: columns)
          Elementwise.addBias(x, bias: Memory.floats(bias), relu: relu)
          let expected = values.indices.map { index in
            let sum = values[index] + bias[index % columns]
            return relu ? max(0, sum) : sum
          }
          expectSame(x.storage.array(), expected, "\(path)")
        }
      }
    }

    @Test("column sums are right to a float's rounding, also over many rows", arguments: [1, 3, 10, 16, 33, 130, 300])
    func columnSums(columns: Int) {
      forEachPath { path in
        for rows in [0, 1, 3, 64, 67, 1000, 20_000 / columns] {
          var generator = SeededGenerator(seed: UInt64(rows))
          let values = generator.floats(rows * columns, in: 0...1)
          let start = generator.floats(columns)
          var sums = [Double](repeating: 0, count: columns)
          for (index, value) in values.enumerated() { sums[index % columns] += Double(value) }
          let x = Matrix(Memory.floats(values), rows: rows, columns: columns)
          let result = Memory.output(columns)
          Elementwise.columnSums(of: x, into: result)
          expectClose(result.array(), sums.map { Float($0) }, relative: 5e-7, absolute: 1e-7, "\(path) \(rows)")
          let accumulated = Memory.floats(start)
          Elementwise.columnSums(of: x, into: accumulated, accumulating: true)
          expectClose(
            accumulated.array(), zip(start, sums).map { Float(Double($0) + $1) }, relative: 5e-7, absolute: 1e-7,
            "\(path) \(rows), accumulating")
        }
      }
    }

    @Test("bytes and floats are normalised channel by channel", arguments: [1, 2, 3, 4, 5, 16, 19, 784])
    func normalization(channels: Int) {
      forEachPath { path in
        for pixels in [0, 1, 3, 16, 61] {
          let count = pixels * channels
          var generator = SeededGenerator(seed: UInt64(count))
          let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
          let (scale, shift) = (generator.floats(channels, in: 0.5...2), generator.floats(channels))
          let expected = bytes.indices.map { Float(bytes[$0]) * scale[$0 % channels] + shift[$0 % channels] }
          let fromBytes = Memory.output(count)
          Elementwise.normalize(
            bytes: Memory.bytes(bytes), channels: channels, scale: Memory.floats(scale), shift: Memory.floats(shift),
            into: fromBytes)
          expectClose(fromBytes.array(), expected, relative: 2e-7, "\(path) \(pixels), bytes")
          let inPlace = Memory.floats(bytes.map { Float($0) })
          Elementwise.normalize(
            floats: inPlace, channels: channels, scale: Memory.floats(scale), shift: Memory.floats(shift), into: inPlace
          )
          expectSame(inPlace.array(), fromBytes.array(), "\(path) \(pixels), floats")
        }
      }
    }

    @Test("a dropout mask is the same function of generator, step, layer, sample and feature on every path")
    func dropout() {
      let generator = Philox(seed: 0x1234_5678_9ABC_DEF0, purpose: .dropout)
      let rate: Float = 0.3
      forEachPath { path in
        for columns in [1, 5, 16, 63, 64, 65, 200] {
          let rows = 3
          let x = matrix([Float](repeating: 2, count: rows * columns), columns: columns)
          Elementwise.dropout(x, rate: rate, generator: generator, step: 9, firstSample: 100, layer: 4)
          let expected = (0..<rows * columns).map { index -> Float in
            let (row, feature) = (index / columns, index % columns)
            let block = generator.block(
              UInt32(feature / 64 * 16 + feature % 16), UInt32(100 + row), 9, 4)
            return Double(block[feature / 16 % 4]) * 0x1p-32 >= Double(rate) ? 2 * (1 / (1 - rate)) : 0
          }
          expectSame(x.storage.array(), expected, "\(path) \(columns)")
        }
      }
    }

    @Test("dropout keeps a share 1 − rate, and rows and steps have their own masks")
    func dropoutShare() {
      let generator = Philox(seed: 3, purpose: .dropout)
      func mask(step: Int, firstSample: Int) -> [Float] {
        let x = matrix([Float](repeating: 1, count: 100 * 200), columns: 200)
        Elementwise.dropout(x, rate: 0.25, generator: generator, step: step, firstSample: firstSample, layer: 0)
        return x.storage.array()
      }
      let first = mask(step: 0, firstSample: 0)
      let kept = Double(first.filter { $0 != 0 }.count) / 20_000
      #expect(abs(kept - 0.75) < 4 * (0.75 * 0.25 / 20_000).squareRoot())
      #expect(first[0..<200] != first[200..<400])
      #expect(mask(step: 1, firstSample: 0) != first)
      // A sample's mask does not depend on the microbatch that it is in.
      #expect(Array(mask(step: 0, firstSample: 40)[0..<200 * 60]) == Array(first[200 * 40..<200 * 100]))
    }
  }
}
