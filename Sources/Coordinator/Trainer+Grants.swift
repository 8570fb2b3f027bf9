import Dispatch
import Machine
import Workers

extension Trainer {
  /// Lets the workers follow a quota or an affinity that has changed while the run is running; looks once a second.
  func followGrants(at time: DispatchTime) {
    guard let change = grants?.look(at: time.uptimeNanoseconds) else { return }
    follow(change)
  }

  /// As many workers as are granted take part from the next fork on, to the same bits. Where the units are others, nobody is
  /// held any more: the scheduler knows best what is left.
  package func follow(_ change: GrantWatch.Change) {
    pool.activate(change.workers)
    if change.movesUnits { pool.unpin() }
  }

  /// Workers that take part at the moment.
  package var activeWorkers: Int { pool.activeWorkers }
}
