/// The Hessian's eigenvalues at the minimum, ascending, and the variance of one sample's gradient along each direction.
public struct CurvatureSpectrum: Codable, Sendable, Equatable {
  public var eigenvalues: [Double]
  public var covariances: [Double]
  /// Curvatures up to this one count as flat.
  public var flatness: Double

  public init(eigenvalues: [Double], covariances: [Double], flatness: Double) {
    self.eigenvalues = eigenvalues
    self.covariances = covariances
    self.flatness = flatness
  }
}
