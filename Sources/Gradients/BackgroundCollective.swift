import Kernels
import Workers

/// A rank's collective, of whose exchanges some go on while the rank computes.
///
/// MPI makes no progress by itself: messages move while somebody asks for them. So a thread of its own makes these exchanges,
/// one after the other, in an order that is the same on all ranks. Whatever else is asked of the others waits for them: calls
/// never overlap, and all ranks make them in one order.
package final class BackgroundCollective: Collective {
  package var rank: Int { base.rank }
  package var ranks: Int { base.ranks }
  package var hosts: [String] { base.hosts }
  package var servesAnyThread: Bool { base.servesAnyThread }
  /// Whether there is a thread; without one, ``finish()`` makes the exchanges.
  package let overlaps: Bool
  private let base: any Collective
  private let exchanges: JobSequence

  /// - Parameter overlaps: whether exchanges go on beside the computation, if `base` lets another thread call it.
  package init(_ base: any Collective, overlaps: Bool) {
    self.base = base
    self.overlaps = overlaps && base.servesAnyThread
    exchanges = JobSequence(thread: self.overlaps ? "isotherm.ranks" : nil)
  }

  deinit { exchanges.finish() }

  // MARK: In the background

  /// An exchange that begins as soon as so many parts of it are ready here.
  func job<Element>(parts: Int, _ values: View<Element>, _ deliveries: [Delivery]) -> JobSequence.Job {
    JobSequence.Job(parts: parts) { [base] in
      base.start(values, deliveries)
    } finish: { [base, overlaps] in
      base.finishOldest(beside: overlaps)
    }
  }

  /// Makes room for the exchanges of a step.
  func reserve(_ count: Int) { exchanges.reserve(count) }

  /// Lets some exchanges follow those that go on, each as soon as its parts are ready here.
  ///
  /// - Returns: the number of the first.
  func begin(_ jobs: [JobSequence.Job]) -> Int { exchanges.append(jobs) }

  func partIsReady(of exchange: Int) { exchanges.partIsReady(of: exchange) }

  /// Returns when an exchange is over.
  func wait(for exchange: Int) { exchanges.wait(for: exchange) }

  /// Returns when all exchanges are over.
  func finish() { exchanges.finish() }

  // MARK: At once

  package func exchange<Element>(_ values: View<Element>, _ deliveries: [Delivery]) {
    finish()
    base.exchange(values, deliveries)
  }

  package func agree(_ wish: Bool) -> Bool {
    finish()
    return base.agree(wish)
  }

  package func expectAnswers(within seconds: Double) { base.expectAnswers(within: seconds) }
}

extension Collective {
  /// Exchanges of this collective that may go on beside the computation.
  package func inBackground(overlaps: Bool) -> BackgroundCollective {
    self as? BackgroundCollective ?? BackgroundCollective(self, overlaps: overlaps)
  }
}
