import Calendars
import Kernels

/// Which samples make up each batch: a pure function of the seed and the step, so that a resumed run needs no state.
///
/// - `reshuffle`: epoch e visits a permutation of the training set, a Fisher–Yates shuffle keyed by (seed, e).
/// - `iid`: sample i of step s is drawn from the whole set, keyed by (seed, s, i); an epoch is count ÷ batch steps.
/// - `sequential`: as the files have them.
///
/// The shuffled orders of two epochs are kept. They are written by ``prepare(_:)`` alone, which nobody calls while
/// others read: the coordinator calls it between its fork-joins.
package final class TrainingOrder: Sendable {
  /// Samples in the training set.
  package let count: Int
  /// Epochs and batches by step.
  package let calendar: StepCalendar
  /// How samples are drawn.
  package let order: SampleOrder
  /// Optimizer steps in the first epoch.
  package var stepsPerEpoch: Int { calendar.phases[0].stepsPerEpoch }
  private let philox: Philox
  private let permutations: [Buffer<UInt32>]
  private let preparedEpochs = Buffer<Int>([-1, -1])

  /// The order of `count` samples in batches of `batch`, which is at most `count`.
  package convenience init(count: Int, batch: Int, order: SampleOrder, lastBatch: LastBatch, seed: UInt64) {
    precondition(batch > 0 && batch <= count, "a batch of \(batch) from \(count) samples")
    let keepsLast = lastBatch == .keep && order != .iid
    let stepsPerEpoch = keepsLast ? (count + batch - 1) / batch : count / batch
    self.init(
      count: count, calendar: StepCalendar(batch: batch, stepsPerEpoch: stepsPerEpoch), order: order, seed: seed)
  }

  /// The order of `count` samples in the batches of a calendar, none larger than `count`.
  package init(count: Int, calendar: StepCalendar, order: SampleOrder, seed: UInt64) {
    precondition(calendar.largestBatch <= count, "a batch of \(calendar.largestBatch) from \(count) samples")
    precondition(count <= Int(Int32.max), "\(count) samples; at most \(Int32.max) can be ordered")
    self.count = count
    self.calendar = calendar
    self.order = order
    philox = Philox(seed: seed, purpose: .order)
    permutations = order == .reshuffle ? [Buffer(count: count), Buffer(count: count)] : []
  }

  /// The batch of a step, from 0.
  package func position(ofStep step: Int) -> BatchPosition {
    precondition(step >= 0, "step \(step)")
    let phase = calendar.phase(ofStep: step)
    let (epochs, rest) = (step - phase.firstStep).quotientAndRemainder(dividingBy: phase.stepsPerEpoch)
    let first = rest * phase.batch
    return BatchPosition(
      epoch: phase.firstEpoch + epochs, step: step, first: first, count: min(phase.batch, count - first))
  }

  /// Makes the order of the position's epoch ready for ``sample(_:_:)``; does nothing where it is ready.
  ///
  /// O(`count`) on the first step of an epoch, no allocation. The order of the epoch before stays readable.
  package func prepare(_ position: BatchPosition) {
    guard order == .reshuffle else { return }
    let slot = position.epoch & 1
    guard preparedEpochs.view[slot] != position.epoch else { return }
    shuffle(permutations[slot].view, epoch: position.epoch)
    preparedEpochs.view[slot] = position.epoch
  }

  /// The index in the training set of the batch's sample `index`, 0..<`position.count`.
  ///
  /// Any thread may ask, after ``prepare(_:)``.
  package func sample(_ position: BatchPosition, _ index: Int) -> Int {
    precondition(index >= 0 && index < position.count, "sample \(index) of a batch of \(position.count)")
    switch order {
    case .sequential:
      return position.first + index
    case .iid:
      let words = philox.block(word(position.step), word(index), 0)
      return Philox.bounded(words.x, words.y, below: count)
    case .reshuffle:
      let slot = position.epoch & 1
      precondition(
        preparedEpochs.view[slot] == position.epoch, "the order of epoch \(position.epoch) has not been prepared")
      return Int(permutations[slot].view[position.first + index])
    }
  }

  /// Fisher–Yates (Knuth, TAOCP 2, algorithm 3.4.2 P). One Philox block decides two exchanges.
  private func shuffle(_ permutation: View<UInt32>, epoch: Int) {
    for index in permutation.indices { permutation[index] = UInt32(index) }
    var words = SIMD4<UInt32>()
    for last in stride(from: count - 1, through: 1, by: -1) {
      let pair = count - 1 - last
      if pair.isMultiple(of: 2) { words = philox.block(word(epoch), word(pair / 2), 1) }
      let chosen =
        pair.isMultiple(of: 2)
        ? Philox.bounded(words.x, words.y, below: last + 1) : Philox.bounded(words.z, words.w, below: last + 1)
      let kept = permutation[last]
      permutation[last] = permutation[chosen]
      permutation[chosen] = kept
    }
  }
}

/// A number as one word of a Philox counter.
func word(_ number: Int) -> UInt32 { UInt32(truncatingIfNeeded: number) }
