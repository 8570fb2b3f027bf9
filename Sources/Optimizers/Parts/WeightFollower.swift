import Kernels

/// What evaluations measure in the place of the weights: a second set of parameters and running statistics, which follows
/// the first and begins as it. One may lead the weights in turn: Lookahead's.
package protocol WeightFollower: Sendable, Equatable {
  /// As `plan` prints it behind the rule.
  var summary: String { get }
  /// Moves a chunk of the follower behind a step, counted from 0, which has changed the chunk of the weights.
  ///
  /// It is elementwise, so that no split into chunks shows, and allocates nothing.
  func follow(_ weights: Floats, with follower: Floats, step: Int)
  /// The follower in a run of so many steps; by default itself.
  func over(steps: Int) -> Self
}

extension WeightFollower {
  package func over(steps: Int) -> Self { self }
}
