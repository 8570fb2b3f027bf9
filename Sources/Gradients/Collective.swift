import Kernels

/// The seam to the other ranks of a run: all that the engine asks of them.
///
/// A collective moves bytes and never adds: sums are the engine's, in the order of the fixed tree, so that the bits do
/// not depend on how many ranks there are or how they talk. Every rank calls the same functions in the same order.
package protocol Collective: Sendable {
  /// This process's number, 0..<`ranks`.
  var rank: Int { get }
  /// P, at least 1.
  var ranks: Int { get }

  /// Gives every rank all parts of `values`: rank i has written part i.
  ///
  /// - Parameter parts: one for each rank, the same on all ranks; some may be empty.
  func gather<Element>(_ values: View<Element>, parts: [Range<Int>])

  /// Whether some rank wishes what is asked: to stop, for one.
  func agree(_ wish: Bool) -> Bool
}

/// The collective of a run of one process: there is nobody to talk to.
package struct LocalCollective: Collective {
  package var rank: Int { 0 }
  package var ranks: Int { 1 }

  package init() {}

  package func gather<Element>(_ values: View<Element>, parts: [Range<Int>]) {}
  package func agree(_ wish: Bool) -> Bool { wish }
}
