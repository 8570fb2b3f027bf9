/// The comparisons of several runs that Isotherm makes.
package enum StudyKind: String, Codable, Sendable, CaseIterable {
  /// Speed against threads and batch.
  case scale
  /// Training to a target against the batch.
  case sweep
  /// The gradient's noise scale at given weights.
  case noise
  /// The loss distribution that SGD settles into, against its temperature.
  case equilibrium
  /// One large step against several small ones.
  case linearity
  /// The loss against a rising learning rate.
  case rate
}
