import Kernels
import Models
import Workers

extension GradientEngine {
  /// Has memory lie where it is used, before anything is written: a page comes from the memory node of the thread that
  /// touches it first.
  ///
  /// - A worker touches its own workspace.
  /// - A shard's buffers are touched on the node whose workers take the shard first, at every step.
  /// - Buffers that merge are nobody's: whoever needs one takes any that is free. They come from all nodes in turn, as do the
  ///   weights, which all workers read.
  ///
  /// On one node there is nothing to choose, and pages that a run never uses stay untouched.
  func placeMemory(_ pool: WorkerPool, shards: Int) {
    guard pool.hasManyNodes else { return }
    for shared in [state.parameters.view, packedWeights.view] { pool.interleave(shared.pages) }
    if gradients.merges { pool.interleave(gradients.sums.mergingPages) }
    pool.runOnEach { [workspaces] worker in workspaces[worker].fill(with: 0) }
    pool.runAtHome(shards) { [gradients] _, shard in gradients.touch(shard: shard) }
  }
}
