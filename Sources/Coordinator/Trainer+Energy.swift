import Dispatch
import Machine

/// What the machine's energy counters say of a run that has the machine to itself: not one of several processes or
/// replicas, of which each would count the others' too.
extension Trainer {
  /// A counter wraps after half an hour of full load at the soonest.
  private static let energyInterval: UInt64 = 10_000_000_000

  /// Begins to count; a run that goes on without what its first part took has no sum.
  func beginMetering() {
    let isAlone = plan.ranks == 1 && plan.share == .whole
    let isWhole = progress.step == 0 || progress.energyJoules != nil
    energy = isAlone && isWhole ? EnergyMeter() : nil
    energyBefore = progress.energyJoules ?? 0
    readEnergy()
  }

  /// Reads the counters, at most once in ten seconds.
  func followEnergy(at time: DispatchTime) {
    guard energy != nil, time.uptimeNanoseconds >= nextEnergy else { return }
    readEnergy()
  }

  /// Brings `progress` up to date.
  func readEnergy() {
    energy?.read()
    progress.energyJoules = energy?.joules.map { energyBefore + $0 }
    nextEnergy = DispatchTime.now().uptimeNanoseconds + Self.energyInterval
  }
}
