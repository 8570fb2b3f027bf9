import Kernels

/// The state vectors of an update rule, or one chunk of them, in the order of ``ParameterUpdate/stateNames``.
package struct OptimizerState: Sendable {
  /// SGD's and LARS's momentum, or Adam's first moment.
  package let first: Floats?
  /// Adam's second moment.
  package let second: Floats?

  /// The given vectors; SGD without momentum has none.
  package init(first: Floats? = nil, second: Floats? = nil) {
    self.first = first
    self.second = second
  }

  /// The part of each vector at `range`.
  package subscript(range: Range<Int>) -> OptimizerState {
    OptimizerState(first: first?[range], second: second?[range])
  }
}
