/// One pass of one layer shape, verified and timed.
struct KernelResult: Encodable {
  let model: String
  /// Such as "3×3 16→16, 32×32".
  let layer: String
  /// Layers of the model that have this shape.
  let layers: Int
  /// n.
  let microbatch: Int
  /// forward, inputGradient or weightGradient.
  let pass: String
  let algorithm: String
  /// Whether a network chooses this algorithm for the pass.
  let isChosen: Bool
  /// The largest difference from another algorithm, as a share of the largest value.
  let relativeError: Double
  /// Median time of one call.
  let seconds: Double
  /// Multiplications and additions of the direct algorithm, whatever the algorithm does, ÷ seconds ÷ 10⁹.
  let effectiveGFLOPs: Double
  /// effectiveGFLOPs ÷ the peak of one core. Winograd's algorithm can pass 1.
  let shareOfPeak: Double
}

/// All that `--json` prints.
struct BenchmarkReport: Encodable {
  let date: String
  let processor: String
  let kernels: String
  let blas: String
  /// Peak of one core.
  let peakGFLOPs: Double
  let results: [KernelResult]
  let updates: [UpdateBenchmark]
}
