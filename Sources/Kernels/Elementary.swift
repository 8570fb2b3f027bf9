import CKernels

/// Elementary functions with one result everywhere: those of a system's library differ in their last bits between systems,
/// and between CPUs on one system.
package enum Elementary {
  /// ln x; −∞ for 0, NaN below.
  package static func log(_ x: Double) -> Double { natural_logarithm(x) }

  /// e^x.
  package static func exp(_ x: Double) -> Double { natural_exponential(x) }

  /// base^exponent of a base ≥ 0.
  package static func power(_ base: Double, _ exponent: Double) -> Double { power_of(base, exponent) }

  /// cos 2πt and sin 2πt of t whole turns.
  package static func cosineAndSine(turns: Double) -> (cosine: Double, sine: Double) {
    var (cosine, sine) = (0.0, 0.0)
    cosine_and_sine(turns, &cosine, &sine)
    return (cosine, sine)
  }
}
