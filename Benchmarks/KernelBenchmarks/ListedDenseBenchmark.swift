import Kernels

/// The three passes of a dense layer from lists of what is not zero, lists included; transposed weights are there, as they
/// are for the microbatches of a step but once.
struct ListedDenseBenchmark {
  private let benchmark: DenseBenchmark
  private let shape: DenseShape
  private let rows: Int
  private let transposed: Buffer<Float>
  private let scratch: Buffer<Float>

  init(_ benchmark: DenseBenchmark) {
    self.benchmark = benchmark
    shape = benchmark.shape
    rows = benchmark.rows
    transposed = Buffer(count: shape.transposed.weightCount)
    for panel in 0..<shape.panels {
      Dense.transpose(shape, panel: panel, weights: benchmark.weights.view, into: transposed.view)
    }
    scratch = Buffer(
      count: max(
        shape.listedScratchCount(rows: rows), DenseShape.listCount(rows: rows, columns: shape.inputs),
        DenseShape.listCount(rows: rows, columns: shape.outputs)))
  }

  /// Whether a network would take the lists.
  func isChosen(_ pass: ConvolutionPass) -> Bool {
    let (x, dy) = (benchmark.input.view, benchmark.gradient.view)
    return switch pass {
    case .forward: ZeroSkipping.listsRows(nonzeros: Dense.nonzeros(x), of: x.count)
    case .inputGradient: ZeroSkipping.listsRows(nonzeros: Dense.nonzeros(dy), of: dy.count)
    case .weightGradient:
      ZeroSkipping.listsOutputs(nonzeros: Dense.nonzeros(dy), samples: rows, outputs: shape.outputs)
    }
  }

  /// Error against the dense pass, of which no bit may differ, and median seconds of a pass.
  func measure(_ pass: ConvolutionPass, seconds: Double) -> (error: Double, seconds: Double) {
    let result = Buffer<Float>(count: benchmark.count(pass))
    let expected = Buffer<Float>(count: benchmark.count(pass))
    run(pass, into: result.view)
    benchmark.run(pass, into: expected.view)
    let error = relativeError(result, expected)
    let median = Timing.median(seconds: seconds) { run(pass, into: result.view) }
    return (withExtendedLifetime(result) { error }, median)
  }

  private func run(_ pass: ConvolutionPass, into result: Floats) {
    let x = Matrix(benchmark.input.view, rows: rows, columns: shape.inputs)
    let dy = Matrix(benchmark.gradient.view, rows: rows, columns: shape.outputs)
    switch pass {
    case .forward:
      Dense.list(x, into: scratch.view)
      Dense.listedForward(
        shape, lists: scratch.view, weights: benchmark.weights.view, bias: nil, relu: false,
        into: Matrix(result, rows: rows, columns: shape.outputs))
    case .inputGradient:
      Dense.list(dy, into: scratch.view)
      Dense.listedForward(
        shape.transposed, lists: scratch.view, weights: transposed.view, bias: nil, relu: false,
        into: Matrix(result, rows: rows, columns: shape.inputs))
    case .weightGradient:
      Dense.listedWeightGradient(
        shape, x: x, dy: dy, into: result, biasGradient: nil, accumulating: false, scratch: scratch.view)
    }
  }
}
