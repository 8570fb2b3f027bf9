/// The Hessian's eigenvalues at the minimum, ascending, and the variance of one sample's gradient along each direction.
package struct CurvatureSpectrum: Codable, Sendable, Equatable {
  package var eigenvalues: [Double]
  package var covariances: [Double]
  /// Curvatures up to this one count as flat.
  package var flatness: Double

  package init(eigenvalues: [Double], covariances: [Double], flatness: Double) {
    self.eigenvalues = eigenvalues
    self.covariances = covariances
    self.flatness = flatness
  }
}
