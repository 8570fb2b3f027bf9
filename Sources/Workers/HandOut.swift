import Machine
import Synchronization

/// Which worker takes which index: lanes of indices, one for each L3 group that has workers.
///
/// The indices 0..<count are cut into a piece for each lane, as long as its part of the workers. Who belongs to a lane takes
/// from its piece first, so that a shard's buffers and a chunk's optimizer state stay on the same memory node step after step;
/// then from those of the other lanes of its node, then from the others', so that nobody idles. With one lane this is one
/// counter.
final class HandOut: Sendable {
  /// The next index of a piece. In cache lines of its own, since other lanes' workers change theirs all the time.
  private final class Lane: Sendable {
    private let before: (Int, Int, Int, Int, Int, Int) = (0, 0, 0, 0, 0, 0)
    let next = Atomic<Int>(0)
    /// Where the piece ends; written by the coordinator between fork-joins.
    nonisolated(unsafe) var end = 0
    private let after: (Int, Int, Int, Int, Int, Int, Int, Int) = (0, 0, 0, 0, 0, 0, 0, 0)
  }

  private let lanes: [Lane]
  /// Of each worker: its lane, then the others in the order in which it helps out, lane by lane.
  private let order: [[Int]]
  /// How many of the first n workers belong to the lanes before each; a row of `lanes.count` + 1 for every n.
  private let membersBefore: [Int]

  /// - Parameter seats: of the workers; left out, all of them are in one lane.
  init(threads: Int, seats: [Topology.Unit]?) {
    let groups = seats.map { Set($0.map(\.group)).sorted() } ?? [0]
    let laneOfWorker = (0..<threads).map { worker in seats.flatMap { groups.firstIndex(of: $0[worker].group) } ?? 0 }
    let nodeOfLane = groups.map { group in seats?.first { $0.group == group }?.node ?? 0 }
    lanes = groups.map { _ in Lane() }
    order = laneOfWorker.map { own in
      // From the own one on in a circle, so that not all begin to help out at the same lane.
      let circle = groups.indices.map { (own + $0) % groups.count }
      return circle.filter { nodeOfLane[$0] == nodeOfLane[own] } + circle.filter { nodeOfLane[$0] != nodeOfLane[own] }
    }
    membersBefore = (0...threads).flatMap { first in
      (0...groups.count).map { lane in laneOfWorker.prefix(first).count { $0 < lane } }
    }
  }

  /// Whether more than one lane has workers.
  var hasLanes: Bool { lanes.count > 1 }

  /// Prepares for indices 0..<count, taken by the first `workers` workers.
  func begin(count: Int, workers: Int) {
    let row = workers * (lanes.count + 1)
    for (index, lane) in lanes.enumerated() {
      lane.next.store(count * membersBefore[row + index] / workers, ordering: .relaxed)
      lane.end = count * membersBefore[row + index + 1] / workers
    }
  }

  /// Calls `body` with one index after the other until there is none left for this worker.
  ///
  /// - Parameter steals: whether it helps out in other lanes.
  @inline(__always)
  func take(worker: Int, steals: Bool = true, _ body: (Int) -> Void) {
    for number in order[worker] {
      let lane = lanes[number]
      let end = lane.end
      // Looked at before it is changed: a lane that is done stays in every core's cache.
      while lane.next.load(ordering: .relaxed) < end {
        let index = lane.next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < end else { break }
        body(index)
      }
      if !steals { return }
    }
  }
}
