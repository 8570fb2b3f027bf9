import Keys

/// An update rule: what one step does to the weights, given their averaged gradient.
///
/// A rule is a value with the keys of its `optimizer.method` for properties. One file holds all that is its own: keys,
/// description, state, formula. What several rules share stands in `Parts`: momentum, trust ratio, clipping, decay.
/// `RuleKinds.all` lists the rules.
package protocol Rule: Sendable, Equatable {
  // MARK: Config

  /// The value of `optimizer.method`.
  static var name: String { get }
  /// What the schema says of it.
  static var about: String { get }
  /// The default of `learningRate.reference`.
  static var defaultRate: Double { get }
  /// The default of `learningRate.scaling`.
  static var defaultScaling: Scaling { get }
  /// Declares the rule's own keys.
  static func keys(_ section: Section, _ value: Self?) -> Self
  /// Reports what does not hold between the rule's keys and the batch, on the section of the whole config.
  func check(in section: Section, batch: Int, referenceBatch: Int)

  // MARK: Description

  /// The name in sentences: SGD.
  var title: String { get }
  /// The name in the config, with what tells its kinds apart, as `plan` prints it.
  var summary: String { get }
  /// m of heavy ball's or Nesterov's momentum; 0 for rules without.
  var momentum: Double { get }
  /// m, if the steps have a temperature of η·σ² ÷ (2B(1 − m)); `nil` for rules that rescale the gradient.
  var temperatureMomentum: Double? { get }
  /// Whether momentum looks one step ahead (Nesterov), which makes the weights' variance fall below the temperature's law.
  var looksAhead: Bool { get }
  /// p of η_opt ∝ (1 + B_noise ÷ B)^−p. A step of SGD is as long as its gradient: 1 (McCandlish et al. 2018, eq. 2.7).
  /// Rules that divide by the gradient's norm, or by the root of its mean square, divide by what grows with
  /// √(1 + B_noise ÷ B) itself: ½, the square-root rule (Malladi et al. 2022) far below the noise scale.
  var rateExponent: Double { get }

  // MARK: Update

  /// The rule with the constants of a batch `batchRatio` times the reference batch.
  func scaled(batchRatio: Double) -> Self
  /// Names of the state vectors, in the order of ``OptimizerState``, which are prefixes in checkpoints too.
  var stateNames: [String] { get }
  /// What must be known of a tensor before its weights change.
  var measures: Measured { get }
  /// Puts the chunk's direction u in the place of its gradient, and updates the state; the weights stay. Called, once for
  /// each chunk of all tensors and before any ``apply(_:)``, of rules that measure ``Measured/direction``.
  ///
  /// - Returns: Σ u² and Σ w² over the chunk.
  func prepare(_ chunk: RuleChunk) -> (direction: Double, weights: Double)
  /// Updates the chunk's weights, and the state where ``prepare(_:)`` has not. Allocates nothing.
  func apply(_ chunk: RuleChunk)
}

/// What a rule wants measured, beside ‖w‖, of each tensor that decays.
package enum Measured: Sendable {
  /// Neither this nor ‖w‖: a chunk is averaged and applied in one go.
  case nothing
  /// The averaged gradient: a pass over all chunks of its own.
  case gradient
  /// The direction that ``Rule/prepare(_:)`` makes of it, in a pass of its own.
  case direction
}

extension Rule {
  package static var defaultRate: Double { 0.1 }
  package static var defaultScaling: Scaling { .linear }
  package func check(in section: Section, batch: Int, referenceBatch: Int) {}

  package var summary: String { Self.name }
  package var momentum: Double { 0 }
  package var temperatureMomentum: Double? { nil }
  package var looksAhead: Bool { false }

  package func scaled(batchRatio: Double) -> Self { self }
  package var measures: Measured { .nothing }
  package func prepare(_ chunk: RuleChunk) -> (direction: Double, weights: Double) {
    preconditionFailure("\(Self.name) has no direction to prepare")
  }
}

extension Rule {
  /// The rule with the default of every key.
  package static var standard: Self { keys(.describing(), nil) }

  /// The rule as one of the values of `optimizer.method`.
  static var choice: Case<OptimizerMethod> {
    Case(name, about, { $0.rule as? Self }) { OptimizerMethod(keys($0, $1)) }
  }

  func isEqual(to other: any Rule) -> Bool { other as? Self == self }
}
