import Kernels
import TestSupport
import Testing

@Suite("Dense layers without their zeros")
struct ListedDenseTests {
  static let densities = [0, 0.04, 0.15, 0.5, 0.9, 1]
  /// Rows, inputs, outputs: a row, whole and half panels, blocks and parts of blocks that do not divide.
  static let sizes = [
    (1, 1, 17), (3, 5, 33), (7, 100, 48), (13, 257, 100), (64, 300, 256), (17, 300, 1000), (140, 65, 31), (5, 1500, 64),
    (32, 16, 257), (200, 513, 47), (33, 784, 130),
  ]

  @Test("have the bits of those with zeros, at every density, on every path", arguments: KernelPath.supported)
  func bits(path: KernelPath) {
    forEveryCase { layer in
      for (bias, relu) in [(false, false), (true, false), (true, true)] {
        let y = path.run { layer.forward(bias: bias, relu: relu) }
        expectBits(path.run { layer.listedForward(bias: bias, relu: relu) }, y, "\(layer) \(bias) \(relu)")
      }
      expectBits(
        path.run { layer.listedInputGradient() }, path.run { layer.inputGradient() }, "\(layer) input gradient")
      for times in 1...2 {
        let (weights, bias) = path.run { layer.weightGradient(times: times) }
        let listed = path.run { layer.listedWeightGradient(times: times) }
        expectBits(listed.weights, weights, "\(layer) weights, \(times) times")
        expectBits(listed.bias, bias, "\(layer) bias, \(times) times")
      }
    }
  }

  @Test("from listed factors too, however the samples came", arguments: KernelPath.supported)
  func factors(path: KernelPath) {
    forEveryCase { layer in
      let expected = path.run { layer.weightGradient(times: 1) }
      let cuts = [0, layer.rows / 3, layer.rows / 2, layer.rows]
      let parts = zip(cuts, cuts.dropFirst()).map { $0..<$1 }.filter { !$0.isEmpty }
      for parts in [[0..<layer.rows], parts] {
        let listed = path.run { layer.gradientFromFactors(parts: parts, listed: true) }
        expectBits(listed.weights, expected.weights, "\(layer) weights in \(parts)")
        expectBits(listed.bias, expected.bias, "\(layer) bias in \(parts)")
      }
    }
  }

  @Test("NaN is listed, and both zeros are not", arguments: KernelPath.supported)
  func nonzeros(path: KernelPath) {
    let values: [Float] = [0, -0.0, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 3]
    for count in [1, 3, 8, 15, 16, 17, 100, 1000] {
      let x = Buffer((0..<count).map { values[$0 % values.count] })
      let expected = x.array().count { $0 != 0 }
      #expect(path.run { Dense.nonzeros(x.view) } == expected)
    }
    let shape = DenseShape(inputs: 3, outputs: 32)
    let x = Buffer<Float>([0, .nan, 0])
    let (lists, y) = (Buffer<Float>(count: DenseShape.listCount(rows: 1, columns: 3)), Buffer<Float>(count: 32))
    let weights = Buffer<Float>(count: shape.weightCount)
    path.run {
      Dense.list(Matrix(x.view, rows: 1, columns: 3), into: lists.view)
      Dense.listedForward(
        shape, lists: lists.view, weights: weights.view, bias: nil, relu: true,
        into: Matrix(y.view, rows: 1, columns: 32))
    }
    #expect(y.array().allSatisfy { $0.isNaN })
  }

  @Test("numbers that are not finite are found wherever they are", arguments: KernelPath.supported)
  func finite(path: KernelPath) {
    for count in [1, 15, 16, 17, 100] {
      let x = Buffer([Float](repeating: .greatestFiniteMagnitude, count: count))
      #expect(path.run { Reduction.isFinite(x.view) })
      for index in 0..<count {
        for value in [Float.infinity, -.infinity, .nan] {
          x.view[index] = value
          #expect(!path.run { Reduction.isFinite(x.view) })
        }
        x.view[index] = -.leastNonzeroMagnitude
      }
    }
  }

  @Test("the rule skips where little is left, and never where nothing is zero", arguments: KernelPath.supported)
  func rule(path: KernelPath) {
    #expect(ZeroSkipping.listsRows(nonzeros: 150, of: 1000, path: path))
    #expect(!ZeroSkipping.listsRows(nonzeros: 700, of: 1000, path: path))
    #expect(!ZeroSkipping.listsRows(nonzeros: 1, of: Int(Int32.max), path: path))
    #expect(ZeroSkipping.listsOutputs(nonzeros: 128 * 1024 / 7, samples: 128, outputs: 1024, path: path))
    #expect(!ZeroSkipping.listsOutputs(nonzeros: 128 * 1024 * 3 / 4, samples: 128, outputs: 1024, path: path))
    // The lists of few samples cost more than they save.
    #expect(!ZeroSkipping.listsOutputs(nonzeros: 512, samples: 4, outputs: 1024, path: path))
    #expect(!ZeroSkipping.listsOutputs(nonzeros: 1, samples: 1 << 16, outputs: 1024, path: path))
  }

  private func expectBits(_ actual: [Float], _ expected: [Float], _ label: String) {
    let same = actual.count == expected.count && zip(actual, expected).allSatisfy { $0.bitPattern == $1.bitPattern }
    if !same { Issue.record("\(label): other bits") }
  }

  private func forEveryCase(_ body: (DenseCase) -> Void) {
    for (rows, inputs, outputs) in Self.sizes {
      for density in Self.densities {
        body(DenseCase(rows: rows, inputs: inputs, outputs: outputs, density: density))
      }
    }
  }
}
