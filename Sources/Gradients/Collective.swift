import Kernels

/// The seam to the other ranks of a run: all that the engine asks of them.
///
/// A collective moves bytes and never adds: sums are the engine's, in the order of the fixed tree, so that the bits do
/// not depend on how many ranks there are or how they talk. Every rank calls the same functions in the same order.
///
/// Nothing here throws: without the others a rank cannot go on, so a collective that loses one ends the program, and says
/// which rank it was.
package protocol Collective: Sendable {
  /// This process's number, 0..<`ranks`.
  var rank: Int { get }
  /// P, at least 1.
  var ranks: Int { get }
  /// The host of each rank, as it calls itself.
  var hosts: [String] { get }
  /// Whether any thread may call it, one at a time.
  var servesAnyThread: Bool { get }

  /// Brings parts of `values` from ranks that have them to ranks that want them, to the same places there.
  ///
  /// - Parameter deliveries: the same list on all ranks; those of others, and empty ones, are passed over.
  func exchange<Element>(_ values: View<Element>, _ deliveries: [Delivery])

  /// Begins an exchange, which ``finishOldest(beside:)`` ends; several may be on their way.
  func start<Element>(_ values: View<Element>, _ deliveries: [Delivery])

  /// Waits for the exchange that was started first of those on their way.
  ///
  /// - Parameter beside: whether others compute meanwhile, whom it must not keep from their cores.
  func finishOldest(beside: Bool)

  /// Whether some rank wishes what is asked: to stop, for one.
  func agree(_ wish: Bool) -> Bool

  /// From here on, a rank that does not answer for so many seconds is lost.
  func expectAnswers(within seconds: Double)
}

extension Collective {
  package var servesAnyThread: Bool { true }
  package func start<Element>(_ values: View<Element>, _ deliveries: [Delivery]) { exchange(values, deliveries) }
  package func finishOldest(beside: Bool) {}
  package func expectAnswers(within seconds: Double) {}
}

/// A part of some values that one rank has and another wants.
package struct Delivery: Sendable, Equatable {
  package let range: Range<Int>
  package let from: Int
  package let to: Int

  package init(_ range: Range<Int>, from: Int, to: Int) {
    self.range = range
    self.from = from
    self.to = to
  }

  /// What brings every rank's part to all others: rank i has part i.
  package static func all(_ parts: [Range<Int>]) -> [Delivery] {
    parts.enumerated().flatMap { owner, part in
      parts.indices.filter { $0 != owner && !part.isEmpty }.map { Delivery(part, from: owner, to: $0) }
    }
  }
}

/// The collective of a run of one process: there is nobody to talk to.
package struct LocalCollective: Collective {
  package var rank: Int { 0 }
  package var ranks: Int { 1 }
  package var hosts: [String] { [] }

  package init() {}

  package func exchange<Element>(_ values: View<Element>, _ deliveries: [Delivery]) {}
  package func agree(_ wish: Bool) -> Bool { wish }
}
