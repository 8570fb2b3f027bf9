import Kernels

/// The three passes of a dense layer; with a density below 1, of inputs and gradients that are partly zero.
struct DenseBenchmark {
  let shape: DenseShape
  let rows: Int
  let input: Buffer<Float>
  /// In the kernels' layout, and as [outputs, inputs] for OpenBLAS to compare with.
  let weights: Buffer<Float>
  private let plainWeights: Buffer<Float>
  let gradient: Buffer<Float>
  private let scratch: Buffer<Float>

  init(_ shape: DenseShape, rows: Int, density: Double = 1) {
    self.shape = shape
    self.rows = rows
    var inputs = BenchmarkInputs()
    input = inputs.buffer(rows * shape.inputs, density: density)
    plainWeights = inputs.buffer(shape.outputs * shape.inputs)
    gradient = inputs.buffer(rows * shape.outputs, density: density)
    scratch = Buffer(count: shape.scratchCount(rows: rows))
    weights = Buffer(count: shape.weightCount)
    for output in 0..<shape.outputs {
      for input in 0..<shape.inputs {
        weights.view[shape.index(output: output, input: input)] = plainWeights.view[output * shape.inputs + input]
      }
    }
  }

  var name: String { "dense \(shape.inputs)→\(shape.outputs)" }

  /// Multiplications and additions of each pass.
  var flops: Double { 2 * Double(rows) * Double(shape.inputs) * Double(shape.outputs) }

  /// Numbers that a pass gives.
  func count(_ pass: ConvolutionPass) -> Int {
    switch pass {
    case .forward: rows * shape.outputs
    case .inputGradient: rows * shape.inputs
    case .weightGradient: shape.weightCount
    }
  }

  /// Error and median seconds of a pass.
  func measure(_ pass: ConvolutionPass, seconds: Double) -> (error: Double, seconds: Double) {
    let result = Buffer<Float>(count: count(pass))
    run(pass, into: result.view)
    let error = relativeError(pass == .weightGradient ? plain(result) : result, expected(pass))
    let median = Timing.median(seconds: seconds) { run(pass, into: result.view) }
    return (withExtendedLifetime(result) { error }, median)
  }

  func run(_ pass: ConvolutionPass, into result: Floats) {
    let x = Matrix(input.view, rows: rows, columns: shape.inputs)
    let dy = Matrix(gradient.view, rows: rows, columns: shape.outputs)
    switch pass {
    case .forward:
      Dense.forward(
        shape, x: x, weights: weights.view, bias: nil, relu: false,
        into: Matrix(result, rows: rows, columns: shape.outputs), scratch: scratch.view)
    case .inputGradient:
      Dense.inputGradient(
        shape, dy: dy, weights: weights.view, into: Matrix(result, rows: rows, columns: shape.inputs),
        scratch: scratch.view)
    case .weightGradient:
      Dense.weightGradient(
        shape, x: x, dy: dy, into: result, biasGradient: nil, accumulating: false, scratch: scratch.view)
    }
  }

  /// The same product by OpenBLAS.
  private func expected(_ pass: ConvolutionPass) -> Buffer<Float> {
    let x = Matrix(input.view, rows: rows, columns: shape.inputs)
    let dy = Matrix(gradient.view, rows: rows, columns: shape.outputs)
    let w = Matrix(plainWeights.view, rows: shape.outputs, columns: shape.inputs)
    switch pass {
    case .forward:
      let y = Buffer<Float>(count: rows * shape.outputs)
      GEMM.multiply(x, by: w, transposed: true, into: Matrix(y.view, rows: rows, columns: shape.outputs))
      return y
    case .inputGradient:
      let dx = Buffer<Float>(count: rows * shape.inputs)
      GEMM.multiply(dy, by: w, into: Matrix(dx.view, rows: rows, columns: shape.inputs))
      return dx
    case .weightGradient:
      let dw = Buffer<Float>(count: shape.outputs * shape.inputs)
      GEMM.multiply(dy, transposed: true, by: x, into: Matrix(dw.view, rows: shape.outputs, columns: shape.inputs))
      return dw
    }
  }

  /// Weights in the kernels' layout as [outputs, inputs].
  private func plain(_ packed: Buffer<Float>) -> Buffer<Float> {
    let plain = Buffer<Float>(count: shape.outputs * shape.inputs)
    for output in 0..<shape.outputs {
      for input in 0..<shape.inputs {
        plain.view[output * shape.inputs + input] = packed.view[shape.index(output: output, input: input)]
      }
    }
    return plain
  }
}
