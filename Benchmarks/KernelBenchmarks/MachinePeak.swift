import CPeak
import Kernels

/// What one core of this machine can do at most, measured.
struct MachinePeak {
  /// Multiplications and additions a second of one core, in registers.
  let flopsPerSecond: Double

  /// Measures with the widest vectors that the kernels in use have.
  static func measure(seconds: Double) -> MachinePeak {
    let width: PeakWidth =
      switch KernelPath.active {
      case .portable, .fused: .width4
      case .avx2: .width8
      case .avx512: .width16
      }
    let rounds: Int64 = 200_000
    let flops = Double(peak_run(width, rounds))
    // The best, not the median: a peak is what no neighbour has disturbed.
    let best = Timing.samples(seconds: seconds) { _ = peak_run(width, rounds) }.min() ?? .infinity
    return MachinePeak(flopsPerSecond: flops / best)
  }
}
