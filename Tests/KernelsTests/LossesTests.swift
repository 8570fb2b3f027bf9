import Foundation
import Kernels
import TestSupport
import Testing

/// −Σ q log p of one row, in double precision.
private func naiveCrossEntropy(_ logits: [Double], label: Int, smoothing: Double) -> Double {
  let largest = logits.max() ?? 0
  let logarithm = log(logits.map { exp($0 - largest) }.reduce(0, +)) + largest
  return logits.indices.map { index in
    let q = (index == label ? 1 - smoothing : 0) + smoothing / Double(logits.count)
    return -q * (logits[index] - logarithm)
  }.reduce(0, +)
}

extension KernelsTests {
  @Suite("Losses") struct LossesTests {
    @Test("cross-entropy and its gradient are those of double precision", arguments: [1, 2, 3, 10, 16, 17, 100, 1000])
    func crossEntropy(classes: Int) {
      let rows = 7
      for smoothing in [0.0, 0.1] {
        for spread: Float in [1, 30] {
          var generator = SeededGenerator(seed: UInt64(classes))
          let values = generator.floats(rows * classes, in: -spread...spread)
          let labels = (0..<rows).map { _ in Int32.random(in: 0..<Int32(classes), using: &generator) }
          var loss = 0.0
          var correct = 0
          var gradient = [Float]()
          for row in 0..<rows {
            let logits = values[row * classes..<(row + 1) * classes].map { Double($0) }
            let label = Int(labels[row])
            loss += naiveCrossEntropy(logits, label: label, smoothing: smoothing)
            if logits.firstIndex(of: logits.max() ?? 0) == label { correct += 1 }
            let exponentials = logits.map { exp($0 - logits[label]) }
            let sum = exponentials.reduce(0, +)
            gradient += exponentials.indices.map { index in
              let q = (index == label ? 1 - smoothing : 0) + smoothing / Double(classes)
              return Float(exponentials[index] / sum - q)
            }
          }
          forEachPath { path in
            let logits = matrix(values, columns: classes)
            let dz = Matrix(Memory.output(values.count), rows: rows, columns: classes)
            let views = Memory.labels(labels)
            let sum = Losses.softmaxCrossEntropy(
              logits: logits, labels: views, smoothing: Float(smoothing), gradient: dz)
            #expect(abs(sum.loss - loss) <= 3e-7 * max(1, loss), "\(path): \(sum.loss), expected \(loss)")
            #expect(sum.correct == correct, "\(path)")
            expectClose(dz.storage.array(), gradient, relative: 4e-7, absolute: 1e-8, "\(path)")
            let evaluated = Losses.softmaxCrossEntropy(logits: logits, labels: views, smoothing: Float(smoothing))
            #expect(evaluated == sum, "\(path)")
            let inPlace = Losses.softmaxCrossEntropy(
              logits: logits, labels: views, smoothing: Float(smoothing), gradient: logits)
            #expect(inPlace == sum && logits.storage.array() == dz.storage.array(), "\(path), in place")
          }
        }
      }
    }

    @Test("the cross-entropy's gradient is its finite difference")
    func crossEntropyDifferences() {
      var generator = SeededGenerator(seed: 1)
      let values = generator.floats(10, in: -2...2)
      let expected = finiteDifferences(at: values.map { Double($0) }) {
        naiveCrossEntropy($0, label: 3, smoothing: 0.2)
      }
      forEachPath { path in
        let logits = matrix(values, columns: 10)
        _ = Losses.softmaxCrossEntropy(
          logits: logits, labels: Memory.labels([3]), smoothing: 0.2, gradient: logits)
        expectClose(logits.storage.array(), expected, "\(path)")
      }
    }

    @Test("the loss of mixtures is the mean of both labels' losses by their shares, and so is the gradient")
    func mixtures() {
      let (rows, classes) = (6, 7)
      var generator = SeededGenerator(seed: 8)
      let values = generator.floats(rows * classes, in: -3...3)
      let labels: [Int32] = [0, 3, 6, 2, 5, 1]
      let seconds: [Int32] = [4, 3, 0, 6, 1, 2]
      let shares: [Float] = [0.25, 0.5, 0, 0.5, 0.125, 0.3]
      for smoothing in [0.0, 0.2] {
        func naive(_ logits: [Double], _ row: Int) -> Double {
          let share = Double(shares[row])
          return (1 - share) * naiveCrossEntropy(logits, label: Int(labels[row]), smoothing: smoothing)
            + share * naiveCrossEntropy(logits, label: Int(seconds[row]), smoothing: smoothing)
        }
        let logits = (0..<rows).map { row in values[row * classes..<(row + 1) * classes].map { Double($0) } }
        let loss = logits.indices.reduce(0) { $0 + naive(logits[$1], $1) }
        let gradient = logits.indices.flatMap { row in finiteDifferences(at: logits[row]) { naive($0, row) } }
        let correct = logits.indices.count { logits[$0].firstIndex(of: logits[$0].max() ?? 0) == Int(labels[$0]) }
        forEachPath { path in
          let z = matrix(values, columns: classes)
          let dz = Matrix(Memory.output(values.count), rows: rows, columns: classes)
          let mixed = MixedLabels(labels: Memory.labels(seconds), shares: Buffer(shares).view)
          let sum = Losses.softmaxCrossEntropy(
            logits: z, labels: Memory.labels(labels), mixed: mixed, smoothing: Float(smoothing), gradient: dz)
          #expect(abs(sum.loss - loss) < 3e-6 * loss, "\(path): \(sum.loss), expected \(loss)")
          #expect(sum.correct == correct, "\(path)")
          expectClose(dz.storage.array(), gradient, "\(path)")
          let evaluated = Losses.softmaxCrossEntropy(
            logits: z, labels: Memory.labels(labels), mixed: mixed, smoothing: Float(smoothing))
          #expect(evaluated == sum, "\(path)")
          let inPlace = Losses.softmaxCrossEntropy(
            logits: z, labels: Memory.labels(labels), mixed: mixed, smoothing: Float(smoothing), gradient: z)
          #expect(inPlace == sum && z.storage.array() == dz.storage.array(), "\(path), in place")
        }
      }
    }

    @Test("the exponential is right to 2.5 · 10^−7 of its value down to e^−87")
    func exponential() {
      // p of two logits 0 and −x is e^−x ÷ (1 + e^−x): the gradient of label 0 at the other class.
      forEachPath { path in
        for step in 1...4300 {
          let x = Float(step) * 0.02
          let logits = matrix([0, -x], columns: 2)
          _ = Losses.softmaxCrossEntropy(logits: logits, labels: Memory.labels([0]), gradient: logits)
          let expected = exp(-Double(x)) / (1 + exp(-Double(x)))
          #expect(abs(Double(logits.storage[1]) - expected) <= 2.5e-7 * expected, "\(path) at \(x)")
        }
      }
    }

    @Test("extreme logits give finite losses and probabilities")
    func extremes() {
      forEachPath { path in
        let logits = matrix([1e30, -1e30, 0, -.infinity, 5, 5], columns: 3)
        let sum = Losses.softmaxCrossEntropy(logits: logits, labels: Memory.labels([0, 1]), gradient: logits)
        #expect(abs(sum.loss - log(2)) < 1e-6 && sum.correct == 2, "\(path): \(sum)")
        expectClose(logits.storage.array(), [0, 0, 0, 0, -0.5, 0.5], "\(path)")
      }
    }

    @Test(
      "a NaN is never right and reaches the loss, nor has an infinite logit a class; the lowest of equal logits wins",
      arguments: [3, 16, 21])
    func specialRows(classes: Int) {
      forEachPath { path in
        for place in [0, 1, classes - 1] {
          var values = [Float](repeating: 1, count: 2 * classes)
          values[place] = .nan
          let logits = matrix(values, columns: classes)
          for label in 0..<Int32(classes) {
            let sum = Losses.softmaxCrossEntropy(logits: logits, labels: Memory.labels([label, 0]))
            #expect(sum.loss.isNaN && sum.correct == 1, "\(path)")
          }
          let classesFound = Memory.labels([7, 7])
          Losses.predictions(logits: logits, into: classesFound)
          #expect(classesFound.array() == [-1, 0], "\(path)")
          for infinite in [Float.infinity, -.infinity] {
            values[place] = infinite
            Losses.predictions(logits: matrix(values, columns: classes), into: classesFound)
            #expect(classesFound.array() == [-1, 0], "\(path)")
          }
        }
        let tie = matrix((0..<classes).map { $0 > 0 ? 2 : 1 }, columns: classes)
        #expect(Losses.softmaxCrossEntropy(logits: tie, labels: Memory.labels([1])).correct == 1, "\(path)")
        #expect(Losses.softmaxCrossEntropy(logits: tie, labels: Memory.labels([2])).correct == 0, "\(path)")
        let found = Memory.labels([0])
        Losses.predictions(logits: tie, into: found)
        #expect(found[0] == 1, "\(path)")
      }
    }

    @Test("the squared error is a mean over outputs and a sum over samples", arguments: [1, 3, 16, 19, 100])
    func squaredError(width: Int) {
      let rows = 5
      var generator = SeededGenerator(seed: UInt64(width))
      let (y, t) = (generator.floats(rows * width), generator.floats(rows * width))
      func naive(_ y: [Double]) -> Double {
        var sum = 0.0
        for index in y.indices {
          let error = y[index] - Double(t[index])
          sum += error * error
        }
        return sum / Double(width)
      }
      let loss = naive(y.map { Double($0) })
      let expected = finiteDifferences(at: y.map { Double($0) }, naive)
      forEachPath { path in
        let outputs = matrix(y, columns: width)
        let targets = matrix(t, columns: width)
        #expect(abs(Losses.meanSquaredError(outputs: outputs, targets: targets).loss - loss) < 1e-6 * loss, "\(path)")
        let sum = Losses.meanSquaredError(outputs: outputs, targets: targets, gradient: outputs)
        #expect(abs(sum.loss - loss) < 1e-6 * loss && sum.correct == 0, "\(path)")
        expectClose(outputs.storage.array(), expected, "\(path)")
      }
    }
  }
}
