import Kernels
import Workers

/// Ranks that are threads of one process: what `verify` and tests compare with runs over several processes.
package final class SharedCollective: Collective {
  /// Where all ranks of a run meet, and leave what the others want.
  package final class Room: Sendable {
    fileprivate struct State {
      var waiting = 0
      var meeting = 0
      /// Of each delivery of the exchange that goes on, by its number.
      var parcels: [Int: [UInt8]] = [:]
      var wish = false
      var agreed = false
      /// Bytes that each rank has sent in exchanges.
      var sent: [Int: Int] = [:]
    }

    package let ranks: Int
    fileprivate let state = Monitor(State())

    package init(ranks: Int) { self.ranks = ranks }

    /// Bytes that a rank has sent in exchanges so far.
    package func sentBytes(_ rank: Int) -> Int { state.withLock { $0.sent[rank] ?? 0 } }

    /// Waits until all ranks are here; the last to come does `last`.
    fileprivate func meet(_ last: (inout State) -> Void = { _ in }) {
      var meeting = 0
      // All are woken at once: one that comes to the next meeting early must not be woken in the place of one still here.
      state.broadcast { state in
        meeting = state.meeting
        state.waiting += 1
        guard state.waiting == ranks else { return }
        last(&state)
        state.waiting = 0
        state.meeting += 1
      }
      state.wait { $0.meeting == meeting ? nil : () }
    }
  }

  package let rank: Int
  package let hosts: [String]
  private let room: Room
  package var ranks: Int { room.ranks }

  package init(rank: Int, in room: Room) {
    self.rank = rank
    self.room = room
    hosts = Array(repeating: "here", count: room.ranks)
  }

  package func exchange<Element>(_ values: View<Element>, _ deliveries: [Delivery]) {
    for (number, delivery) in deliveries.enumerated() where delivery.from == rank && !delivery.range.isEmpty {
      let bytes = values[delivery.range].byteArray()
      room.state.withLock {
        $0.parcels[number] = bytes
        $0.sent[rank, default: 0] += bytes.count
      }
    }
    room.meet()
    for (number, delivery) in deliveries.enumerated() where delivery.to == rank && !delivery.range.isEmpty {
      guard let bytes = room.state.withLock({ $0.parcels[number] }) else { continue }
      values[delivery.range].withUnsafeBytes { place in
        precondition(place.count == bytes.count, "\(bytes.count) bytes for a place of \(place.count)")
        place.copyBytes(from: bytes)
      }
    }
    // Nobody brings anything new before all have read.
    room.meet { $0.parcels = [:] }
  }

  package func agree(_ wish: Bool) -> Bool {
    room.state.withLock { $0.wish = $0.wish || wish }
    room.meet {
      $0.agreed = $0.wish
      $0.wish = false
    }
    let agreed = room.state.withLock { $0.agreed }
    room.meet()
    return agreed
  }
}
