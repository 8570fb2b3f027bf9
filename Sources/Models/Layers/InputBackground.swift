import Kernels

/// A first dense layer that counts its inputs from what stands for nothing: y = (b + W·c) + W·(x − c), where c is the
/// background, such as what `standardize` makes of a black pixel. So x − c has the zeros that the data had.
struct InputBackground: Sendable {
  private let shape: DenseShape
  /// c, as one sample.
  private let background: Buffer<Float>
  private let ones: Buffer<Float>
  private let negated: Buffer<Float>
  /// Where b + W·c lies among the packed weights, with scratch behind it.
  let packed: Range<Int>
  /// A storage for x − c.
  let storage: Int

  init(_ background: [Float], _ shape: DenseShape, in network: inout NetworkBuilder) {
    self.shape = shape
    self.background = Buffer(background)
    ones = Buffer([Float](repeating: 1, count: background.count))
    negated = Buffer(background.map { -$0 })
    packed = network.packed(shape.outputs + shape.scratchCount(rows: 1))
    storage = network.storage(network.microbatch * shape.inputs)
  }

  /// Computes b + W·c, the output for a sample that is nothing but background.
  func pack(weights: Floats, bias: Floats?, into packedWeights: Floats) {
    let own = packedWeights[packed]
    Dense.forward(
      shape, x: Matrix(background.view, rows: 1, columns: shape.inputs), weights: weights, bias: bias, relu: false,
      into: Matrix(own, rows: 1, columns: shape.outputs), scratch: own[shape.outputs..<own.count])
  }

  /// b + W·c.
  func bias(_ pass: Pass) -> Floats { pass.packedWeights[packed].prefix(shape.outputs) }

  /// x − c.
  func difference(_ x: Matrix, _ pass: Pass) -> Matrix {
    let difference = Matrix(pass.floats(storage), rows: x.rows, columns: x.columns)
    Elementwise.normalize(
      floats: x.storage, channels: shape.inputs, scale: ones.view, shift: negated.view, into: difference.storage)
    return difference
  }
}
