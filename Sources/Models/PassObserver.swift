import Kernels

/// Looks at what a pass computes while it is there: an arena's storages are used again, so that nobody finds it afterwards.
///
/// A pass has at most one observer, which is asked for once a microbatch; without one, a pass costs nothing more.
package protocol PassObserver: AnyObject {
  /// Is shown the values at a point of the pass, which it only reads, and which are there during the call.
  func observe(_ point: PassPoint, of pass: Pass, _ values: Floats)

  /// Is told the sum of the microbatch's losses.
  func observe(_ loss: LossSum, of pass: Pass)
}

/// Where in a pass values are looked at; operations and tensors by their number in the network.
package enum PassPoint: Sendable, Hashable {
  /// What the network is given: [samples, …input].
  case input
  /// The numbers to predict: [samples, outputs].
  case targets
  /// What an operation gives: [samples, …output].
  case output(Int)
  /// The gradient of the loss by what an operation gives, as the backward pass of another leaves it, or, without one, the
  /// loss.
  case gradient(Int, by: Int?)
  /// The gradient by a tensor, summed over the samples of the shard so far, in the layout of memory; not of tensors whose
  /// shards leave factors.
  case tensorGradient(Int)
}
