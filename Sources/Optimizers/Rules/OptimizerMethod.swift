/// `optimizer.method` with the keys that belong to it: one of the rules of `RuleKinds`.
///
/// ```swift
/// let method = OptimizerMethod.sgd(momentum: 0.9, nesterov: true)
/// ```
public struct OptimizerMethod: Sendable, Equatable, CustomStringConvertible {
  package let rule: any Rule

  package init(_ rule: any Rule) {
    self.rule = rule
  }

  public static func == (left: OptimizerMethod, right: OptimizerMethod) -> Bool {
    left.rule.isEqual(to: right.rule)
  }

  /// The method's name in the config, with what tells its kinds apart: `sgd, Nesterov momentum 0.9`.
  public var description: String { rule.summary }
}
