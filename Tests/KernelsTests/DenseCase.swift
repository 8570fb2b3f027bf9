import Kernels
import TestSupport
import Testing

/// A dense layer with seeded inputs, naive double-precision results, and poison wherever a kernel must not read.
struct DenseCase: CustomStringConvertible {
  let shape: DenseShape
  let rows: Int
  let x: Buffer<Float>
  let dy: Buffer<Float>
  let weights: Buffer<Float>
  let bias: Buffer<Float>

  var description: String { "\(rows) rows, \(shape.inputs) → \(shape.outputs)" }

  init(rows: Int, inputs: Int, outputs: Int) {
    shape = DenseShape(inputs: inputs, outputs: outputs)
    self.rows = rows
    var generator = SeededGenerator(seed: UInt64(rows * 1_000_003 + inputs * 1009 + outputs))
    x = Self.offset(generator.floats(rows * inputs))
    dy = Self.offset(generator.floats(rows * outputs))
    bias = Self.offset(generator.floats(outputs))
    weights = Buffer(count: shape.weightCount + 1)
    let values = generator.floats(inputs * outputs)
    for output in 0..<outputs {
      for input in 0..<inputs {
        weightView[shape.index(output: output, input: input)] = values[output * inputs + input]
      }
    }
  }

  /// The same with the share `density` of x and dy that is not zero, zeros of both signs, and products that underflow.
  init(rows: Int, inputs: Int, outputs: Int, density: Double) {
    let whole = DenseCase(rows: rows, inputs: inputs, outputs: outputs)
    var generator = SeededGenerator(seed: UInt64(rows + inputs + outputs) + UInt64(density * 1000))
    func thinned(_ values: [Float]) -> [Float] {
      values.map { value in
        guard Double.random(in: 0..<1, using: &generator) < density else {
          return Bool.random(using: &generator) ? 0 : -0.0
        }
        return Int.random(in: 0..<4, using: &generator) == 0 ? value * 1e-30 : value
      }
    }
    (shape, self.rows, bias) = (whole.shape, rows, Self.offset(thinned(whole.bias.view[1..<1 + outputs].array())))
    x = Self.offset(thinned(whole.xView.array()))
    dy = Self.offset(thinned(whole.dyView.array()))
    weights = Buffer(whole.weights.array().map { Int.random(in: 0..<4, using: &generator) == 0 ? $0 * 1e-20 : $0 })
  }

  private init(_ other: DenseCase, rows: Range<Int>, weights: Buffer<Float>) {
    shape = other.shape
    self.rows = rows.count
    x = Self.offset(Array(other.xView.array()[rows.lowerBound * shape.inputs..<rows.upperBound * shape.inputs]))
    dy = Self.offset(Array(other.dyView.array()[rows.lowerBound * shape.outputs..<rows.upperBound * shape.outputs]))
    bias = other.bias
    self.weights = weights
  }

  /// The same layer on some of the rows.
  func part(_ rows: Range<Int>) -> DenseCase { DenseCase(self, rows: rows, weights: weights) }

  /// The same layer with `value` in the weights' padding.
  func withPadding(_ value: Float) -> DenseCase {
    let poisoned = DenseCase(self, rows: 0..<rows, weights: Buffer(count: shape.weightCount + 1))
    poisoned.weightView.fill(with: value)
    for output in 0..<shape.outputs {
      for input in 0..<shape.inputs {
        let index = shape.index(output: output, input: input)
        poisoned.weightView[index] = weightView[index]
      }
    }
    return poisoned
  }

  func forward(bias: Bool, relu: Bool) -> [Float] {
    let y = Poisoned(rows * shape.outputs)
    let scratch = Poisoned(shape.scratchCount(rows: rows))
    Dense.forward(
      shape, x: Matrix(xView, rows: rows, columns: shape.inputs), weights: weightView,
      bias: bias ? self.bias.view[1..<1 + shape.outputs] : nil, relu: relu,
      into: Matrix(y.view, rows: rows, columns: shape.outputs), scratch: scratch.view)
    scratch.expectIntact("\(self) scratch")
    y.expectIntact("\(self) y")
    return y.view.array()
  }

  func inputGradient() -> [Float] {
    let dx = Poisoned(rows * shape.inputs)
    let scratch = Poisoned(shape.scratchCount(rows: rows))
    Dense.inputGradient(
      shape, dy: Matrix(dyView, rows: rows, columns: shape.outputs), weights: weightView,
      into: Matrix(dx.view, rows: rows, columns: shape.inputs), scratch: scratch.view)
    scratch.expectIntact("\(self) scratch")
    dx.expectIntact("\(self) dx")
    return dx.view.array()
  }

  /// The gradient of one call that overwrites and `times` − 1 calls that accumulate.
  func weightGradient(times: Int) -> (weights: [Float], bias: [Float]) {
    let dW = Poisoned(shape.weightCount)
    let bias = Poisoned(shape.outputs)
    for time in 0..<times { addWeightGradient(to: dW.view, bias.view, accumulating: time > 0) }
    dW.expectIntact("\(self) dW")
    bias.expectIntact("\(self) bias gradient")
    return (dW.view.array(), bias.view.array())
  }

  func addWeightGradient(to dW: Floats, _ bias: Floats, accumulating: Bool) {
    let scratch = Poisoned(shape.scratchCount(rows: rows))
    Dense.weightGradient(
      shape, x: Matrix(xView, rows: rows, columns: shape.inputs),
      dy: Matrix(dyView, rows: rows, columns: shape.outputs),
      into: dW, biasGradient: bias, accumulating: accumulating, scratch: scratch.view)
    scratch.expectIntact("\(self) scratch")
  }

  /// What ``forward(bias:relu:)`` gives, from lists of what is not zero in x.
  func listedForward(bias: Bool, relu: Bool) -> [Float] {
    let lists = lists(Matrix(xView, rows: rows, columns: shape.inputs))
    let y = Poisoned(rows * shape.outputs)
    Dense.listedForward(
      shape, lists: lists, weights: weightView, bias: bias ? self.bias.view[1..<1 + shape.outputs] : nil, relu: relu,
      into: Matrix(y.view, rows: rows, columns: shape.outputs))
    y.expectIntact("\(self) y")
    return y.view.array()
  }

  /// What ``inputGradient()`` gives, from lists of what is not zero in dy and the transposed weights.
  func listedInputGradient() -> [Float] {
    let lists = lists(Matrix(dyView, rows: rows, columns: shape.outputs))
    let transposed = Poisoned(shape.transposed.weightCount)
    for panel in 0..<shape.panels {
      Dense.transpose(shape, panel: panel, weights: weightView, into: transposed.view)
    }
    transposed.expectIntact("\(self) transposed")
    let dx = Poisoned(rows * shape.inputs)
    Dense.listedForward(
      shape.transposed, lists: lists, weights: transposed.view, bias: nil, relu: false,
      into: Matrix(dx.view, rows: rows, columns: shape.inputs))
    dx.expectIntact("\(self) dx")
    return dx.view.array()
  }

  private func lists(_ matrix: Matrix) -> Floats {
    let lists = Poisoned(DenseShape.listCount(rows: matrix.rows, columns: matrix.columns))
    Dense.list(matrix, into: lists.view)
    lists.expectIntact("\(self) lists")
    return lists.view
  }

  /// What ``weightGradient(times:)`` gives, from lists of what is not zero in dy.
  func listedWeightGradient(times: Int) -> (weights: [Float], bias: [Float]) {
    let dW = Poisoned(shape.weightCount)
    let bias = Poisoned(shape.outputs)
    let scratch = Poisoned(shape.listedScratchCount(rows: rows))
    for time in 0..<times {
      Dense.listedWeightGradient(
        shape, x: Matrix(xView, rows: rows, columns: shape.inputs),
        dy: Matrix(dyView, rows: rows, columns: shape.outputs), into: dW.view, biasGradient: bias.view,
        accumulating: time > 0, scratch: scratch.view)
    }
    scratch.expectIntact("\(self) scratch")
    dW.expectIntact("\(self) dW")
    return (dW.view.array(), bias.view.array())
  }

  /// The gradient, piece by piece from factors that consecutive parts of the rows left.
  func gradientFromFactors(parts: [Range<Int>], listed: Bool = false) -> (weights: [Float], bias: [Float]) {
    let factors = Poisoned(shape.factorCount(samples: rows, listed: listed))
    let bias = Poisoned(shape.outputs)
    for range in parts {
      let part = part(range)
      Dense.storeFactors(
        shape, x: Matrix(part.xView, rows: part.rows, columns: shape.inputs),
        dy: Matrix(part.dyView, rows: part.rows, columns: shape.outputs), at: range.lowerBound, of: rows,
        listed: listed && range.lowerBound == 0, biasGradient: bias.view, into: factors.view)
    }
    factors.expectIntact("\(self) factors")
    bias.expectIntact("\(self) bias gradient")
    var weights = [Float](repeating: .nan, count: shape.weightCount)
    for piece in shape.pieces {
      let dW = Poisoned(piece.range.count)
      Dense.multiplyFactors(shape, samples: rows, piece: piece, of: factors.view, into: dW.view)
      dW.expectIntact("\(self) dW \(piece.range)")
      weights.replaceSubrange(piece.range, with: dW.view.array())
    }
    return (weights, bias.view.array())
  }

  /// Packed weights as `[outputs][inputs]`.
  func unpacked(_ packed: [Float]) -> [Float] {
    (0..<shape.outputs).flatMap { output in
      (0..<shape.inputs).map { packed[shape.index(output: output, input: $0)] }
    }
  }

  func expectedForward(bias: Bool, relu: Bool) -> [Float] {
    let (x, w, b) = (xView.array(), unpacked(weightView.array()), self.bias.view.array())
    return product(rows, shape.outputs, shape.inputs) { s, o, i in
      Double(x[s * shape.inputs + i]) * Double(w[o * shape.inputs + i])
    } finish: { o, sum in
      let y = sum + (bias ? Double(b[1 + o]) : 0)
      return Float(relu ? max(0, y) : y)
    }
  }

  func expectedInputGradient() -> [Float] {
    let (dy, w) = (dyView.array(), unpacked(weightView.array()))
    return product(rows, shape.inputs, shape.outputs) { s, i, o in
      Double(dy[s * shape.outputs + o]) * Double(w[o * shape.inputs + i])
    } finish: {
      Float($1)
    }
  }

  func expectedWeightGradient() -> (weights: [Float], bias: [Float]) {
    let (x, dy) = (xView.array(), dyView.array())
    let weights = product(shape.outputs, shape.inputs, rows) { o, i, s in
      Double(x[s * shape.inputs + i]) * Double(dy[s * shape.outputs + o])
    } finish: {
      Float($1)
    }
    let bias = (0..<shape.outputs).map { o in
      Float((0..<rows).reduce(0.0) { $0 + Double(dy[$1 * shape.outputs + o]) })
    }
    return (weights, bias)
  }

  private func product(
    _ rows: Int, _ columns: Int, _ depth: Int, _ term: (Int, Int, Int) -> Double, finish: (Int, Double) -> Float
  ) -> [Float] {
    var result = [Float](repeating: 0, count: rows * columns)
    for row in 0..<rows {
      for column in 0..<columns {
        var sum = 0.0
        for k in 0..<depth { sum += term(row, column, k) }
        result[row * columns + column] = finish(column, sum)
      }
    }
    return result
  }

  // One float past an aligned address: a kernel that needs alignment would crash.
  private var xView: Floats { x.view[1..<1 + rows * shape.inputs] }
  private var dyView: Floats { dy.view[1..<1 + rows * shape.outputs] }
  private var weightView: Floats { weights.view[1..<1 + shape.weightCount] }

  private static func offset(_ values: [Float]) -> Buffer<Float> { Buffer([.nan] + values + [.nan]) }
}

/// Unaligned NaNs for a kernel to write on, between two guards that it must leave alone.
private struct Poisoned {
  private static let guardCount = 33
  private let buffer: Buffer<Float>
  let view: Floats

  init(_ count: Int) {
    buffer = Buffer(count: count + 2 * Self.guardCount)
    buffer.view.fill(with: .nan)
    for index in buffer.view.indices where index < Self.guardCount || index >= Self.guardCount + count {
      buffer.view[index] = Float(index)
    }
    view = buffer.view[Self.guardCount..<Self.guardCount + count]
  }

  func expectIntact(_ label: String) {
    let all = buffer.view.array()
    let intact = all.indices.allSatisfy { index in
      (index >= Self.guardCount && index < Self.guardCount + view.count) || all[index] == Float(index)
    }
    if !intact { Issue.record("\(label): written outside its bounds") }
  }
}
