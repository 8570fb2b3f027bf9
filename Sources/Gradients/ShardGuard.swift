import Kernels
import Models
import Workers

/// Computes some shards of a step once more, on another worker where there is one, and compares the bits: a core or a
/// memory that computes wrongly shows before its gradient reaches the weights.
///
/// Which shards is decided by the seed and the step, for a share of all shards in the long run; by whom, by who is free.
/// No result depends on it. What both workers read (weights, samples) is not checked: a bit that flips there is the same
/// for both.
package final class ShardGuard: Sendable {
  /// Of a shard that was computed twice, with different results.
  package struct Finding: Sendable, Equatable {
    package var shard: Int
    /// The workers that computed it first and again.
    package var workers: [Int]
  }

  /// A shard's first result, and who has it in work.
  private struct Entry: BitwiseCopyable {
    /// −1 before anybody took it.
    var worker = -1
    var isClaimed = false
    var first: UInt64 = 0
  }

  /// A second computation of a step.
  private struct Second: BitwiseCopyable {
    var shard = 0
    var worker = 0
    var result: UInt64 = 0
  }

  /// Share of the shards that are computed twice, 0…1.
  package let share: Double
  private let random: Philox
  private let workers: Int
  /// By shard; each worker writes those that it took, under the monitor.
  private let entries: Monitor<[Entry]>
  private let seconds: Buffer<Second>
  /// Where the second computations leave what they compute, one for each that can go on at once.
  private let scratch: [Scratch]
  /// Written by the coordinator between fork-joins.
  private let current = Buffer<Current>([Current()])
  /// For tests: a bit that is flipped in a shard's first result.
  private let disturbance = Monitor<Disturbance?>(nil)

  private struct Current: BitwiseCopyable {
    var step = 0
    var first = 0
    var shards = 0
    var count = 0
    /// The first of the shards that may be computed twice, counted from `first`.
    var start = 0

    /// The shard at a distance from the first one that may be computed twice.
    func candidate(_ distance: Int) -> Int { first + (start + distance) % shards }

    /// Whether a shard may be computed twice: of twice as many as are, so that whoever does finds one of another worker.
    func mayRepeat(_ shard: Int) -> Bool {
      count > 0 && (shard - first - start + shards) % shards < candidates
    }

    var candidates: Int { min(2 * count, shards) }
  }

  /// A bit that a test flips.
  package struct Disturbance: Sendable {
    package var step: Int
    package var shard: Int
    package var element: Int
    package var bit: Int

    package init(step: Int, shard: Int, element: Int, bit: Int) {
      self.step = step
      self.shard = shard
      self.element = element
      self.bit = bit
    }
  }

  /// Memory for one second computation.
  struct Scratch: Sendable {
    let sums: Buffer<Float>
    let factors: Buffer<Float>
    let statistics: Buffer<Float>
  }

  /// A guard of steps of at most `shards` shards.
  ///
  /// - Parameters:
  ///   - sums: floats that a shard leaves as sums, as `factors`, as running statistics.
  init(share: Double, seed: UInt64, shards: Int, workers: Int, sums: Int, factors: Int, statistics: Int) {
    precondition(share > 0 && share <= 1, "a guard of the share \(share)")
    self.share = share
    self.workers = workers
    random = Philox(seed: seed, purpose: .guarding)
    entries = Monitor([Entry](repeating: Entry(), count: shards))
    let most = Self.most(share: share, shards: shards, workers: workers)
    seconds = Buffer(count: most)
    scratch = (0..<min(most, workers)).map { _ in
      Scratch(sums: Buffer(count: sums), factors: Buffer(count: factors), statistics: Buffer(count: statistics))
    }
  }

  /// Bytes that such a guard takes.
  static func bytes(share: Double, shards: Int, workers: Int, floats: Int) -> Int {
    Int.saturatingProduct(
      min(most(share: share, shards: shards, workers: workers), workers), floats, MemoryLayout<Float>.stride)
  }

  /// A bound on the shards of a step that are computed twice, also by fewer workers and of fewer shards.
  private static func most(share: Double, shards: Int, workers: Int) -> Int {
    min(shards, Int(share * Double(shards)) + workers)
  }

  /// How many shards of a step are computed twice: one or the other number, so that it is `share · shards` in the mean.
  ///
  /// Numbers that leave no worker without work are chosen, as far as there are any: a single second computation behind
  /// shards that go evenly into the workers would take as long as one on each of them, and a step T times the share more.
  package static func counts(share: Double, shards: Int, workers: Int) -> (lower: Int, upper: Int) {
    let wanted = share * Double(shards)
    let idle = (workers - shards % workers) % workers
    let rounds = max(0, Int((wanted - Double(idle)) / Double(workers)))
    let lower = wanted < Double(idle) ? 0 : idle + rounds * workers
    let upper = wanted < Double(idle) ? idle : lower + workers
    return (min(lower, shards), min(upper, shards))
  }

  // MARK: By the coordinator, between fork-joins

  /// Decides for a step how many of the shards that this process computes are computed twice, by so many workers.
  func begin(step: Int, shards: Range<Int>, workers: Int) -> Int {
    let words = random.block(UInt32(truncatingIfNeeded: step), UInt32(truncatingIfNeeded: step >> 32), 0)
    let uniform = Double(words.x) / 0x1p32
    let (lower, upper) = Self.counts(share: share, shards: shards.count, workers: workers)
    let more = upper > lower ? (share * Double(shards.count) - Double(lower)) / Double(upper - lower) : 0
    let count = min(uniform < more ? upper : lower, seconds.view.count)
    let start = shards.isEmpty ? 0 : Philox.bounded(words.y, words.z, below: shards.count)
    current.view[0] = Current(
      step: step, first: shards.lowerBound, shards: shards.count, count: count, start: start)
    if count > 0 {
      entries.withLock { entries in for shard in entries.indices { entries[shard] = Entry() } }
    }
    return count
  }

  /// What the step's second computations say; the first shard in order that has two results.
  var finding: Finding? {
    let count = current.view[0].count
    guard count > 0 else { return nil }
    return entries.withLock { entries in
      var found: Finding?
      for index in 0..<count {
        let second = seconds.view[index]
        let first = entries[second.shard]
        guard first.first != second.result, second.shard < found?.shard ?? .max else { continue }
        found = Finding(shard: second.shard, workers: [first.worker, second.worker])
      }
      return found
    }
  }

  /// Has a bit of a shard's first result flipped, as a faulty core would: for tests.
  package func disturb(_ disturbance: Disturbance?) { self.disturbance.withLock { $0 = disturbance } }

  // MARK: By workers

  /// Whether the step has shards that are computed twice.
  var isActive: Bool { count > 0 }

  /// Shards of the step that are computed twice.
  var count: Int { current.view[0].count }

  /// A worker takes a shard for the first time, and leaves factors here.
  func take(shard: Int, worker: Int, _ factors: ShardFactors?) {
    guard current.view[0].mayRepeat(shard) else { return }
    // Between factors may lie what an earlier step left there, which no second computation would find.
    factors?.storage.fill(with: 0)
    entries.withLock { $0[shard].worker = worker }
  }

  /// The shard's first result is there.
  func note(shard: Int, _ sums: Floats, _ result: () -> UInt64) {
    let now = current.view[0]
    disturbance.withLock { disturbance in
      guard let flip = disturbance, flip.step == now.step, flip.shard == shard else { return }
      sums[flip.element] = Float(bitPattern: sums[flip.element].bitPattern ^ 1 << UInt32(flip.bit))
    }
    guard now.mayRepeat(shard) else { return }
    let first = result()
    entries.withLock { $0[shard].first = first }
  }

  /// The shard that a worker computes again: the first of those that may be that another worker has
  /// taken, and nobody computes again; where there is none, one of its own.
  func choose(worker: Int) -> Int {
    let now = current.view[0]
    return entries.withLock { entries in
      var chosen: Int?
      for distance in 0..<now.candidates {
        let shard = now.candidate(distance)
        if entries[shard].isClaimed { continue }
        if chosen == nil { chosen = shard }
        guard entries[shard].worker != worker else { continue }
        chosen = shard
        break
      }
      guard let chosen else { preconditionFailure("more second computations than shards") }
      entries[chosen].isClaimed = true
      return chosen
    }
  }

  /// Where the second computation `index` of a step leaves what it computes.
  func scratch(_ index: Int, worker: Int) -> Scratch {
    // As many as can go on at once: one for each worker, or one for each computation.
    scratch[scratch.count == workers ? worker : index]
  }

  /// The second result is there.
  func finish(_ index: Int, shard: Int, worker: Int, _ result: UInt64) {
    seconds.view[index] = Second(shard: shard, worker: worker, result: result)
  }
}
