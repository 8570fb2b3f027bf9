import Kernels
import TestSupport
import Testing

@Suite("Dense layers")
struct DenseTests {
  static let rows = [1, 2, 5, 13, 14, 15, 31, 33, 64, 100]
  static let widths = [1, 3, 10, 16, 17, 31, 32, 33, 100, 784]

  @Test("forward equals double-precision loops on every path", arguments: KernelPath.supported)
  func forward(path: KernelPath) {
    forEveryCase { layer in
      for (bias, relu) in [(false, false), (true, false), (true, true)] {
        let y = path.run { layer.forward(bias: bias, relu: relu) }
        expectClose(y, layer.expectedForward(bias: bias, relu: relu), relative: 3e-6, "\(layer) \(bias) \(relu)")
      }
    }
  }

  @Test("the input gradient equals double-precision loops on every path", arguments: KernelPath.supported)
  func inputGradient(path: KernelPath) {
    forEveryCase { layer in
      expectClose(
        path.run { layer.inputGradient() }, layer.expectedInputGradient(), relative: 3e-6, "\(layer)")
    }
  }

  @Test("weight and bias gradients equal double-precision loops on every path", arguments: KernelPath.supported)
  func weightGradient(path: KernelPath) {
    forEveryCase { layer in
      let (expected, expectedBias) = layer.expectedWeightGradient()
      let once = path.run { layer.weightGradient(times: 1) }
      expectClose(layer.unpacked(once.weights), expected, relative: 3e-6, "\(layer) weights")
      expectClose(once.bias, expectedBias, relative: 3e-6, "\(layer) bias")
      let twice = path.run { layer.weightGradient(times: 2) }
      expectClose(layer.unpacked(twice.weights), expected.map { 2 * $0 }, relative: 3e-6, "\(layer) weights, twice")
      expectClose(twice.bias, expectedBias.map { 2 * $0 }, relative: 3e-6, "\(layer) bias, twice")
    }
  }

  @Test("sizes beyond one cache block give the same sums", arguments: KernelPath.supported)
  func blocks(path: KernelPath) {
    for (rows, inputs, outputs) in [
      (300, 70, 40), (3, 2500, 20), (150, 1100, 35), (530, 33, 7), (40, 20, 2100), (9, 2300, 11),
    ] {
      let layer = DenseCase(rows: rows, inputs: inputs, outputs: outputs)
      let y = path.run { layer.forward(bias: true, relu: true) }
      expectClose(y, layer.expectedForward(bias: true, relu: true), relative: 1e-5, "\(layer) forward")
      let dx = path.run { layer.inputGradient() }
      expectClose(dx, layer.expectedInputGradient(), relative: 1e-5, "\(layer) input gradient")
      let dW = path.run { layer.weightGradient(times: 1) }
      expectClose(layer.unpacked(dW.weights), layer.expectedWeightGradient().weights, relative: 1e-5, "\(layer) dW")
    }
  }

  @Test("a sample's results do not depend on the samples beside it", arguments: KernelPath.supported)
  func rowsAreIndependent(path: KernelPath) {
    for (inputs, outputs) in [(33, 10), (100, 33), (1100, 70), (40, 1000)] {
      let all = DenseCase(rows: 290, inputs: inputs, outputs: outputs)
      let y = path.run { all.forward(bias: true, relu: false) }
      let dx = path.run { all.inputGradient() }
      for range in [0..<1, 5..<18, 100..<164, 160..<290] {
        let part = all.part(range)
        let partY = path.run { part.forward(bias: true, relu: false) }
        expectSame(partY, y[range.lowerBound * outputs..<range.upperBound * outputs], "\(part) forward, \(range)")
        let partDX = path.run { part.inputGradient() }
        expectSame(partDX, dx[range.lowerBound * inputs..<range.upperBound * inputs], "\(part) gradient, \(range)")
      }
    }
  }

  @Test("an accumulated gradient does not depend on the microbatches", arguments: KernelPath.supported)
  func microbatchesAreIndependent(path: KernelPath) {
    for (inputs, outputs) in [(33, 10), (100, 33), (1100, 70)] {
      let all = DenseCase(rows: 290, inputs: inputs, outputs: outputs)
      let whole = path.run { all.weightGradient(times: 1) }
      let into = (Buffer<Float>(count: all.shape.weightCount), Buffer<Float>(count: outputs))
      for range in [0..<1, 1..<14, 14..<78, 78..<290] {
        path.run { all.part(range).addWeightGradient(to: into.0.view, into.1.view, accumulating: true) }
      }
      expectSame(into.0.view.array(), whole.weights[...], "\(all) weights")
      expectSame(into.1.view.array(), whole.bias[...], "\(all) bias")
    }
  }

  @Test("a gradient from factors has the bits of the pass, however the samples came", arguments: KernelPath.supported)
  func factors(path: KernelPath) {
    let sizes = [(1, 1, 17), (1, 300, 33), (7, 33, 31), (13, 256, 100), (40, 257, 48), (64, 784, 64), (290, 600, 49)]
    for (rows, inputs, outputs) in sizes {
      let layer = DenseCase(rows: rows, inputs: inputs, outputs: outputs)
      let expected = path.run { layer.weightGradient(times: 1) }
      let middle = [rows / 5, rows / 2, rows]
      for ends in [[rows], middle, Array(1...min(rows, 40)) + [rows]] {
        let parts = zip([0] + ends, ends).map { $0..<$1 }.filter { !$0.isEmpty }
        let found = path.run { layer.gradientFromFactors(parts: parts) }
        expectSame(found.weights, expected.weights[...], "\(layer) weights, \(parts.count) parts")
        expectSame(found.bias, expected.bias[...], "\(layer) bias, \(parts.count) parts")
      }
    }
  }

  @Test("the pieces of a gradient cover it in order, 8,192 elements at most")
  func pieces() {
    for (inputs, outputs) in [(1, 17), (255, 32), (256, 33), (257, 48), (784, 1024), (5000, 49)] {
      let shape = DenseShape(inputs: inputs, outputs: outputs)
      var end = 0
      for piece in shape.pieces {
        #expect(piece.range.lowerBound == end && (1...8192).contains(piece.range.count), "\(inputs) → \(outputs)")
        end = piece.range.upperBound
      }
      #expect(end == shape.weightCount)
    }
  }

  @Test("a gradient's padding is zero, whatever was there")
  func padding() {
    for path in KernelPath.supported {
      forEveryCase { layer in
        let gradient = path.run { layer.weightGradient(times: 2) }.weights
        var isPadding = [Bool](repeating: true, count: gradient.count)
        for output in 0..<layer.shape.outputs {
          for input in 0..<layer.shape.inputs { isPadding[layer.shape.index(output: output, input: input)] = false }
        }
        #expect(zip(gradient, isPadding).allSatisfy { !$1 || $0 == 0 }, "\(layer)")
      }
    }
  }

  @Test("what the weights' padding holds stays out of every result", arguments: KernelPath.supported)
  func poisonedPadding(path: KernelPath) {
    for outputs in [1, 10, 17, 33, 63, 100] {
      let clean = DenseCase(rows: 37, inputs: 45, outputs: outputs)
      let poisoned = clean.withPadding(.nan)
      let y = path.run { clean.forward(bias: true, relu: true) }
      expectSame(path.run { poisoned.forward(bias: true, relu: true) }, y[...], "\(clean) forward")
      let dx = path.run { clean.inputGradient() }
      expectSame(path.run { poisoned.inputGradient() }, dx[...], "\(clean) input gradient")
    }
  }

  @Test("a NaN passes the ReLU of the epilogue, and only its own sample has one", arguments: KernelPath.supported)
  func notANumber(path: KernelPath) {
    let layer = DenseCase(rows: 20, inputs: 17, outputs: 37)
    layer.x.view[7 * 17 + 3] = .nan
    let y = path.run { layer.forward(bias: true, relu: true) }
    for sample in 0..<20 {
      #expect(y[sample * 37..<sample * 37 + 37].allSatisfy { $0.isNaN == (sample == 7) }, "sample \(sample)")
    }
  }

  @Test("index is a bijection onto the elements that are no padding")
  func index() {
    for inputs in [1, 3, 33] {
      for outputs in [1, 15, 16, 17, 31, 32, 33, 48, 49, 100] {
        let shape = DenseShape(inputs: inputs, outputs: outputs)
        #expect(shape.weightCount % 16 == 0)
        var places = Set<Int>()
        for output in 0..<outputs {
          for input in 0..<inputs { places.insert(shape.index(output: output, input: input)) }
        }
        #expect(places.count == inputs * outputs)
        #expect(places.allSatisfy { (0..<shape.weightCount).contains($0) })
      }
    }
  }

  @Test("no rows: the outputs are empty and a gradient that is not accumulated is zero")
  func noRows() {
    let layer = DenseCase(rows: 0, inputs: 5, outputs: 3)
    #expect(layer.forward(bias: true, relu: true).isEmpty)
    #expect(layer.inputGradient().isEmpty)
    let gradient = layer.weightGradient(times: 1)
    #expect(gradient.weights.allSatisfy { $0 == 0 } && gradient.bias.allSatisfy { $0 == 0 })
  }

  @Test("a matrix of another shape stops the program")
  func wrongShape() async {
    await #expect(processExitsWith: .failure) {
      let shape = DenseShape(inputs: 4, outputs: 3)
      let floats = Buffer<Float>(count: 4096).view
      Dense.forward(
        shape, x: Matrix(floats, rows: 2, columns: 5), weights: floats.prefix(shape.weightCount), bias: nil,
        relu: false, into: Matrix(floats, rows: 2, columns: 3), scratch: floats)
    }
  }

  /// Expects the same bits, NaNs included. (`#expect` on two long arrays takes minutes to describe a difference.)
  private func expectSame(_ actual: [Float], _ expected: ArraySlice<Float>, _ label: String) {
    let same = actual.count == expected.count && zip(actual, expected).allSatisfy { $0.bitPattern == $1.bitPattern }
    if !same { Issue.record("\(label): other bits") }
  }

  private func forEveryCase(_ body: (DenseCase) -> Void) {
    for (position, rows) in Self.rows.enumerated() {
      for (inputPosition, inputs) in Self.widths.enumerated() {
        for (outputPosition, outputs) in Self.widths.enumerated() {
          // Every pair of sizes occurs; all triples would take minutes.
          guard (position + inputPosition + outputPosition) % 5 == 0 else { continue }
          body(DenseCase(rows: rows, inputs: inputs, outputs: outputs))
        }
      }
    }
  }
}

extension KernelPath {
  func run<Result>(_ body: () -> Result) -> Result { KernelPath.withForced(self, body) }
}
