import Kernels
import TestSupport
import Testing

/// Batch norm in double precision.
private struct NaiveNormalization {
  var mean: [Double]
  var variance: [Double]
  var unbiased: [Double]

  init(_ x: [Double], columns: Int) {
    let rows = x.count / columns
    let columnsOfX = (0..<columns).map { c in (0..<rows).map { x[$0 * columns + c] } }
    let means = columnsOfX.map { $0.reduce(0, +) / Double(rows) }
    let sums = zip(columnsOfX, means).map { column, mean in column.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) }
    mean = means
    variance = sums.map { $0 / Double(rows) }
    unbiased = sums.map { $0 / Double(max(1, rows - 1)) }
  }

  static func forward(_ x: [Double], scale: [Double], shift: [Double], relu: Bool) -> [Double] {
    let columns = scale.count
    let moments = NaiveNormalization(x, columns: columns)
    return x.indices.map { index in
      let c = index % columns
      let y = scale[c] * (x[index] - moments.mean[c]) / (moments.variance[c] + 1e-5).squareRoot() + shift[c]
      return relu ? max(0, y) : y
    }
  }
}

/// Views for one call, and the arrays behind them.
private struct Normalization {
  let rows: Int
  let columns: Int
  let input: [Float]
  let scale: [Float]
  let shift: [Float]
  let mean: Floats
  let inverse: Floats
  let statistics: (mean: Floats, variance: Floats)

  init(rows: Int, columns: Int, offset: Float = 0) {
    var generator = SeededGenerator(seed: UInt64(rows * 1000 + columns))
    self.rows = rows
    self.columns = columns
    input = generator.floats(rows * columns).map { $0 + offset }
    scale = generator.floats(columns, in: 0.5...2)
    shift = generator.floats(columns)
    mean = Memory.output(columns)
    inverse = Memory.output(columns)
    statistics = (Memory.output(columns), Memory.output(columns))
  }

  func forward(into y: Matrix, relu: Bool, weight: Double = 1, accumulating: Bool = false) {
    BatchNormalization.forward(
      matrix(input, columns: columns), scale: Memory.floats(scale), shift: Memory.floats(shift), into: y,
      activation: relu ? .relu : .none, mean: mean, inverseDeviation: inverse, statistics: statistics, weight: weight,
      accumulating: accumulating)
  }

  var output: Matrix { Matrix(Memory.output(rows * columns), rows: rows, columns: columns) }
}

private func doubles(_ x: [Float]) -> [Double] { x.map { Double($0) } }

extension KernelsTests {
  @Suite("Batch normalisation") struct BatchNormalizationTests {
    static let shapes = [
      (1, 5), (2, 1), (3, 16), (17, 3), (64, 64), (65, 33), (1000, 16), (1500, 10), (130, 300), (67, 128), (40, 131),
    ]

    @Test("the forward pass and its statistics are those of double precision", arguments: shapes)
    func forward(rows: Int, columns: Int) {
      forEachPath { path in
        for relu in [false, true] {
          let call = Normalization(rows: rows, columns: columns)
          let y = call.output
          call.forward(into: y, relu: relu)
          let expected = NaiveNormalization.forward(
            doubles(call.input), scale: doubles(call.scale), shift: doubles(call.shift), relu: relu)
          expectClose(y.storage.array(), expected.map { Float($0) }, relative: 1e-6, "\(path) y")
          let moments = NaiveNormalization(doubles(call.input), columns: columns)
          expectClose(call.mean.array(), moments.mean.map { Float($0) }, relative: 3e-7, absolute: 3e-8, "\(path) mean")
          let inverse = moments.variance.map { Float(1 / ($0 + 1e-5).squareRoot()) }
          expectClose(call.inverse.array(), inverse, relative: 3e-7, "\(path) inverse deviation")
          #expect(call.statistics.mean.array() == call.mean.array(), "\(path)")
          let unbiased = moments.unbiased.map { Float($0) }
          expectClose(call.statistics.variance.array(), unbiased, relative: 5e-7, "\(path) variance")

          let once = (call.statistics.mean.array(), call.statistics.variance.array())
          call.forward(into: y, relu: relu, accumulating: true)
          #expect(call.statistics.mean.array() == once.0.map { $0 + $0 }, "\(path)")
          #expect(call.statistics.variance.array() == once.1.map { $0 + $0 }, "\(path)")
        }
      }
    }

    @Test("the statistics alone are multiplied by the weight, and a weight of 1 changes no bit", arguments: shapes)
    func weight(rows: Int, columns: Int) {
      forEachPath { path in
        let (plain, weighted) = (
          Normalization(rows: rows, columns: columns), Normalization(rows: rows, columns: columns)
        )
        let (y, z) = (plain.output, weighted.output)
        plain.forward(into: y, relu: false)
        let once = (plain.statistics.mean.array(), plain.statistics.variance.array())
        for weight in [0.65625, 1, 1.5] {
          weighted.forward(into: z, relu: false, weight: weight)
          expectSame(z.storage.array(), y.storage.array(), "\(path) y")
          expectSame(weighted.inverse.array(), plain.inverse.array(), "\(path) inverse deviation")
          let moments = NaiveNormalization(doubles(plain.input), columns: columns)
          expectClose(
            weighted.statistics.variance.array(), moments.unbiased.map { Float(weight * $0) }, relative: 5e-7,
            "\(path) variance × \(weight)")
          expectClose(
            weighted.statistics.mean.array(), moments.mean.map { Float(weight * $0) }, relative: 3e-7, absolute: 6e-8,
            "\(path) mean × \(weight)")
          if weight == 1 {
            expectSame(weighted.statistics.mean.array(), once.0, "\(path) mean")
            expectSame(weighted.statistics.variance.array(), once.1, "\(path) variance")
          }
        }
        weighted.forward(into: z, relu: false, weight: 1)
        weighted.forward(into: z, relu: false, weight: 0.5, accumulating: true)
        expectClose(weighted.statistics.variance.array(), once.1.map { $0 * 1.5 }, relative: 2e-7, "\(path) sum")
      }
    }

    @Test("a mean a thousand times the deviation costs no digits of the variance")
    func largeMean() {
      forEachPath { path in
        let call = Normalization(rows: 3000, columns: 7, offset: 600)
        call.forward(into: call.output, relu: false)
        let moments = NaiveNormalization(doubles(call.input), columns: 7)
        expectClose(call.statistics.variance.array(), moments.unbiased.map { Float($0) }, relative: 1e-6, "\(path)")
      }
    }

    @Test("first rows far from all others cost few digits of the variance", arguments: [7, 16, 70])
    func outlyingStart(columns: Int) {
      let rows = 5000
      var generator = SeededGenerator(seed: 3)
      let input = (0..<rows * columns).map { index -> Float in
        Float.random(in: -1...1, using: &generator) + (index < 64 * columns ? 0 : 1000)
      }
      let variance = NaiveNormalization(doubles(input), columns: columns).unbiased
      forEachPath { path in
        let found = Memory.output(columns)
        let ones = Memory.floats([Float](repeating: 1, count: columns))
        let x = matrix(input, columns: columns)
        BatchNormalization.forward(
          x, scale: ones, shift: ones, into: x, mean: Memory.output(columns), inverseDeviation: Memory.output(columns),
          statistics: (Memory.output(columns), found), accumulating: false)
        expectClose(found.array(), variance.map { Float($0) }, relative: 1e-6, "\(path)")
      }
    }

    @Test("a constant column normalises to its shift")
    func constantColumn() {
      forEachPath { path in
        let x = matrix([Float](repeating: 0.1, count: 100 * 3), columns: 3)
        let (scale, shift) = (Memory.floats([1, 2, 3]), Memory.floats([4, 5, 6]))
        let unused = Memory.output(3)
        BatchNormalization.forward(
          x, scale: scale, shift: shift, into: x, mean: Memory.output(3), inverseDeviation: Memory.output(3),
          statistics: (unused, Memory.output(3)), accumulating: false)
        expectClose(x.storage.array(), (0..<300).map { Float(4 + $0 % 3) }, relative: 1e-5, "\(path)")
      }
    }

    @Test("evaluation uses the running statistics, also in place", arguments: shapes)
    func evaluate(rows: Int, columns: Int) {
      var generator = SeededGenerator(seed: 9)
      let (mean, variance) = (generator.floats(columns), generator.floats(columns, in: 0...3))
      forEachPath { path in
        for relu in [false, true] {
          let call = Normalization(rows: rows, columns: columns)
          let x = matrix(call.input, columns: columns)
          BatchNormalization.evaluate(
            x, scale: Memory.floats(call.scale), shift: Memory.floats(call.shift), runningMean: Memory.floats(mean),
            runningVariance: Memory.floats(variance), into: x, activation: relu ? .relu : .none)
          let expected = call.input.indices.map { index -> Float in
            let c = index % columns
            let deviation = (Double(variance[c]) + 1e-5).squareRoot()
            let normalized = (Double(call.input[index]) - Double(mean[c])) / deviation
            let y = Double(call.scale[c]) * normalized + Double(call.shift[c])
            return Float(relu ? max(0, y) : y)
          }
          expectClose(x.storage.array(), expected, relative: 1e-6, "\(path)")
        }
      }
    }

    @Test("the gradients are finite differences of the forward pass", arguments: [(5, 3), (9, 17)], [false, true])
    func gradients(shape: (Int, Int), relu: Bool) {
      let (rows, columns) = shape
      var generator = SeededGenerator(seed: 77)
      let upstream = generator.floats(rows * columns)
      forEachPath { path in
        let call = Normalization(rows: rows, columns: columns)
        let (x, scale, shift) = (doubles(call.input), doubles(call.scale), doubles(call.shift))
        func loss(_ x: [Double], _ scale: [Double], _ shift: [Double]) -> Double {
          zip(NaiveNormalization.forward(x, scale: scale, shift: shift, relu: relu), upstream)
            .map { $0 * Double($1) }.reduce(0, +)
        }
        let y = call.output
        call.forward(into: y, relu: relu)
        let (dScale, dShift) = (Memory.output(columns), Memory.output(columns))
        let gradient = matrix(upstream, columns: columns)
        let dx = call.output
        for accumulating in [false, true] {
          BatchNormalization.backward(
            input: matrix(call.input, columns: columns), outputGradient: gradient,
            activation: relu ? .relu(shift: Memory.floats(call.shift)) : .none, scale: Memory.floats(call.scale),
            mean: call.mean, inverseDeviation: call.inverse,
            into: accumulating ? gradient : dx, scaleGradient: dScale, shiftGradient: dShift,
            accumulating: accumulating)
        }
        expectSame(gradient.storage.array(), dx.storage.array(), "\(path): in place")
        expectClose(
          dx.storage.array(), finiteDifferences(at: x) { loss($0, scale, shift) }, relative: 1e-5, "\(path) dx")
        expectClose(
          dScale.array().map { $0 / 2 }, finiteDifferences(at: scale) { loss(x, $0, shift) }, relative: 1e-5,
          "\(path) scale gradient")
        expectClose(
          dShift.array().map { $0 / 2 }, finiteDifferences(at: shift) { loss(x, scale, $0) }, relative: 1e-5,
          "\(path) shift gradient")
      }
    }

    @Test("a shortcut and the ReLU behind the sum have the bits of separate passes", arguments: shapes)
    func shortcut(rows: Int, columns: Int) {
      var generator = SeededGenerator(seed: 79)
      let (addend, upstream) = (generator.floats(rows * columns), generator.floats(rows * columns))
      forEachPath { path in
        let call = Normalization(rows: rows, columns: columns)
        let (scale, shift) = (Memory.floats(call.scale), Memory.floats(call.shift))
        for relu in [false, true] {
          let plain = call.output
          call.forward(into: plain, relu: false)
          let expected = zip(plain.storage.array(), addend).map { relu ? max(0, $0 + $1) : $0 + $1 }
          let sum = call.output
          BatchNormalization.forward(
            matrix(call.input, columns: columns), scale: scale, shift: shift, adding: matrix(addend, columns: columns),
            into: sum, activation: relu ? .relu : .none, mean: call.mean, inverseDeviation: call.inverse,
            statistics: call.statistics,
            accumulating: false)
          expectSame(sum.storage.array(), expected, "\(path) forward")

          let (mean, variance) = (Memory.floats(call.scale), Memory.floats(call.scale.map { $0 + 1 }))
          BatchNormalization.evaluate(
            matrix(call.input, columns: columns), scale: scale, shift: shift, runningMean: mean,
            runningVariance: variance, into: plain)
          let evaluated = matrix(addend, columns: columns)
          BatchNormalization.evaluate(
            matrix(call.input, columns: columns), scale: scale, shift: shift, runningMean: mean,
            runningVariance: variance, adding: evaluated, into: evaluated,
            activation: relu ? .relu : .none)
          expectSame(
            evaluated.storage.array(),
            zip(plain.storage.array(), addend).map { relu ? max(0, $0 + $1) : $0 + $1 }, "\(path) evaluation")
        }
        // The sum is the rectified one now.
        let output = call.output
        BatchNormalization.forward(
          matrix(call.input, columns: columns), scale: scale, shift: shift, adding: matrix(addend, columns: columns),
          into: output, activation: .relu, mean: call.mean, inverseDeviation: call.inverse, statistics: call.statistics,
          accumulating: false)
        let masked = zip(upstream, output.storage.array()).map { $1 > 0 ? $0 : 0 }
        let (gradient, separate) = (matrix(upstream, columns: columns), matrix(masked, columns: columns))
        var results: [[Float]] = []
        for (dy, activation) in [
          (gradient, BatchNormalization.BackwardActivation.reluOfSum(output)), (separate, .none),
        ] {
          let (dx, dScale, dShift) = (call.output, Memory.output(columns), Memory.output(columns))
          BatchNormalization.backward(
            input: matrix(call.input, columns: columns), outputGradient: dy, activation: activation,
            scale: scale, mean: call.mean, inverseDeviation: call.inverse, into: dx, scaleGradient: dScale,
            shiftGradient: dShift, accumulating: false)
          results.append(dx.storage.array() + dScale.array() + dShift.array())
        }
        expectSame(results[0], results[1], "\(path) backward")
        expectSame(gradient.storage.array(), masked, "\(path): the shortcut's gradient")
      }
    }

    @Test("the mask computed again is the output's, to the bit", arguments: shapes)
    func ownMask(rows: Int, columns: Int) {
      var generator = SeededGenerator(seed: 80)
      let upstream = generator.floats(rows * columns)
      forEachPath { path in
        let call = Normalization(rows: rows, columns: columns, offset: 3)
        let y = call.output
        call.forward(into: y, relu: true)
        var results: [[Float]] = []
        for activation in [
          BatchNormalization.BackwardActivation.relu(shift: Memory.floats(call.shift)), .reluOfSum(y),
        ] {
          let (dx, dScale, dShift) = (call.output, Memory.output(columns), Memory.output(columns))
          BatchNormalization.backward(
            input: matrix(call.input, columns: columns), outputGradient: matrix(upstream, columns: columns),
            activation: activation, scale: Memory.floats(call.scale), mean: call.mean,
            inverseDeviation: call.inverse, into: dx, scaleGradient: dScale, shiftGradient: dShift,
            accumulating: false)
          results.append(dx.storage.array() + dScale.array() + dShift.array())
        }
        expectSame(results[0], results[1], "\(path)")
      }
    }

    /// So many floats are written past the caches.
    @Test("equal rows of an array beyond the caches stay equal, and have the values of the few that they repeat")
    func streamed() {
      let (period, repeats, columns) = (104, 640, 64)
      var generator = SeededGenerator(seed: 82)
      let upstream = generator.floats(period * columns)
      forEachPath { path in
        let few = Normalization(rows: period, columns: columns)
        let (scale, shift) = (Memory.floats(few.scale), Memory.floats(few.shift))
        func passes(times: Int) -> (y: [Float], dx: [Float]) {
          let x = matrix([[Float]](repeating: few.input, count: times).flatMap { $0 }, columns: columns)
          let dy = matrix([[Float]](repeating: upstream, count: times).flatMap { $0 }, columns: columns)
          let y = Matrix(Memory.output(x.storage.count), rows: x.rows, columns: columns)
          let dx = Matrix(Memory.output(x.storage.count), rows: x.rows, columns: columns)
          BatchNormalization.forward(
            x, scale: scale, shift: shift, into: y, activation: .relu, mean: few.mean, inverseDeviation: few.inverse,
            statistics: few.statistics, accumulating: false)
          BatchNormalization.backward(
            input: x, outputGradient: dy, activation: .relu(shift: shift), scale: scale, mean: few.mean,
            inverseDeviation: few.inverse, into: dx, scaleGradient: Memory.output(columns),
            shiftGradient: Memory.output(columns), accumulating: false)
          return (y.storage.array(), dx.storage.array())
        }
        let (once, many) = (passes(times: 1), passes(times: repeats))
        for (one, all, name) in [(once.y, many.y, "y"), (once.dx, many.dx, "dx")] {
          let first = Array(all.prefix(one.count))
          expectClose(first, one, relative: 1e-5, absolute: 1e-6, "\(path) \(name)")
          let differ = (1..<repeats).filter { Array(all[$0 * one.count..<($0 + 1) * one.count]) != first }
          #expect(differ.isEmpty, "\(path) \(name)")
        }
      }
    }

    @Test("a GELU behind has the bits of separate passes", arguments: shapes)
    func gelu(rows: Int, columns: Int) {
      var generator = SeededGenerator(seed: 81)
      let upstream = generator.floats(rows * columns)
      forEachPath { path in
        for form in Elementwise.GELUForm.allCases {
          let call = Normalization(rows: rows, columns: columns)
          let (scale, shift) = (Memory.floats(call.scale), Memory.floats(call.shift))
          let (plain, fused) = (call.output, call.output)
          call.forward(into: plain, relu: false)
          BatchNormalization.forward(
            matrix(call.input, columns: columns), scale: scale, shift: shift, into: fused, activation: .gelu(form),
            mean: call.mean, inverseDeviation: call.inverse, statistics: call.statistics, accumulating: false)
          let separate = call.output
          Elementwise.gelu(plain.storage, form: form, into: separate.storage)
          expectSame(fused.storage.array(), separate.storage.array(), "\(path) \(form) forward")

          let slope = Memory.floats(upstream)
          Elementwise.geluBackward(input: plain.storage, outputGradient: slope, form: form, into: slope)
          var results: [[Float]] = []
          for (dy, activation) in [
            (matrix(upstream, columns: columns), BatchNormalization.BackwardActivation.gelu(form, shift: shift)),
            (matrix(slope.array(), columns: columns), .none),
          ] {
            let (dx, dScale, dShift) = (call.output, Memory.output(columns), Memory.output(columns))
            BatchNormalization.backward(
              input: matrix(call.input, columns: columns), outputGradient: dy, activation: activation, scale: scale,
              mean: call.mean, inverseDeviation: call.inverse, into: dx, scaleGradient: dScale, shiftGradient: dShift,
              accumulating: false)
            results.append(dx.storage.array() + dScale.array() + dShift.array())
          }
          expectSame(results[0], results[1], "\(path) \(form) backward")

          let (mean, variance) = (Memory.floats(call.scale), Memory.floats(call.scale.map { $0 + 1 }))
          for (y, activation) in [(plain, BatchNormalization.Activation.none), (fused, .gelu(form))] {
            BatchNormalization.evaluate(
              matrix(call.input, columns: columns), scale: scale, shift: shift, runningMean: mean,
              runningVariance: variance, into: y, activation: activation)
          }
          Elementwise.gelu(plain.storage, form: form, into: plain.storage)
          expectSame(fused.storage.array(), plain.storage.array(), "\(path) \(form) evaluation")
        }
      }
    }

    @Test("the backward pass is that of double precision on every shape", arguments: shapes)
    func backward(rows: Int, columns: Int) {
      var generator = SeededGenerator(seed: 78)
      let upstream = generator.floats(rows * columns)
      forEachPath { path in
        let call = Normalization(rows: rows, columns: columns)
        let y = call.output
        call.forward(into: y, relu: true)
        let dx = call.output
        let (dScale, dShift) = (Memory.output(columns), Memory.output(columns))
        BatchNormalization.backward(
          input: matrix(call.input, columns: columns), outputGradient: matrix(upstream, columns: columns),
          activation: .relu(shift: Memory.floats(call.shift)), scale: Memory.floats(call.scale), mean: call.mean,
          inverseDeviation: call.inverse, into: dx,
          scaleGradient: dScale, shiftGradient: dShift, accumulating: false)

        let moments = NaiveNormalization(doubles(call.input), columns: columns)
        let output = y.storage.array()
        var expected = [Float](repeating: 0, count: rows * columns)
        var (scales, shifts) = ([Float](), [Float]())
        for c in 0..<columns {
          let inverse = 1 / (moments.variance[c] + 1e-5).squareRoot()
          let indices = (0..<rows).map { $0 * columns + c }
          let dz = indices.map { output[$0] > 0 ? Double(upstream[$0]) : 0 }
          let normalized = indices.map { (Double(call.input[$0]) - moments.mean[c]) * inverse }
          let shift = dz.reduce(0, +)
          let scale = zip(dz, normalized).map { $0 * $1 }.reduce(0, +)
          scales.append(Float(scale))
          shifts.append(Float(shift))
          for (row, index) in indices.enumerated() {
            let centred = dz[row] - shift / Double(rows) - normalized[row] * scale / Double(rows)
            expected[index] = Float(Double(call.scale[c]) * inverse * centred)
          }
        }
        // With one row the deviation is √ε: dx is 316 times a difference that cancels.
        expectClose(dx.storage.array(), expected, relative: 2e-6, absolute: rows < 3 ? 1e-3 : 1e-6, "\(path) dx")
        expectClose(dScale.array(), scales, relative: 1e-6, absolute: 1e-5, "\(path) scale gradient")
        expectClose(dShift.array(), shifts, relative: 1e-6, "\(path) shift gradient")
      }
    }
  }
}
