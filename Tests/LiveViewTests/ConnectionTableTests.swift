import LiveView
import NIOCore
import TestSupport
import Testing

@Suite("Places for connections")
struct ConnectionTableTests {
  private typealias Phase = ConnectionTable.Phase
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

  private func limits(_ connections: Int, ofAddress: Int) -> LiveLimits {
    var limits = LiveLimits()
    limits.connections = connections
    limits.connectionsPerAddress = ofAddress
    return limits
  }

  @Test("of full places the one with least claim goes, and among equals the one that has been so the longest")
  func claims() {
    // From the first that goes to the last: phases and since when.
    let order: [(phase: Phase, since: Int64)] = [
      (.silent, 1), (.asking, 2), (.silent, 3), (.resting, 0), (.resting, 5), (.answering, 0), (.behind, 4),
      (.following, 0), (.following, 2),
    ]
    var table = ConnectionTable(limits(order.count, ofAddress: order.count))
    var numbers: [Int] = Array(repeating: 0, count: order.count)
    // Let in the other way round, so that numbers say nothing.
    for index in order.indices.reversed() {
      let (number, instead) = table.admit(from: "a", now: start, within: .seconds(9))
      #expect(instead == nil)
      numbers[index] = number
    }
    for (index, entry) in order.enumerated() {
      table.enter(entry.phase, numbers[index], now: start + .seconds(entry.since), within: nil)
    }
    for expected in numbers {
      let (number, instead) = table.admit(from: "a", now: start + .seconds(10), within: .seconds(9))
      #expect(instead == expected)
      // The newcomer becomes a follower, the one with most claim.
      table.enter(.following, number, now: start + .seconds(100), within: nil)
      #expect(table.count == order.count)
    }
  }

  @Test("one address takes no place of another's as long as it has its own share")
  func addresses() {
    var table = ConnectionTable(limits(8, ofAddress: 3))
    var mine: [Int] = []
    for second in 0..<20 {
      let (number, instead) = table.admit(from: "a", now: start + .seconds(Int64(second)), within: .seconds(99))
      mine.append(number)
      #expect(instead == (second < 3 ? nil : mine[second - 3]))
    }
    #expect(table.count == 3)
    for guest in ["b", "c", "d", "e", "f"] {
      #expect(table.admit(from: guest, now: start + .seconds(50), within: .seconds(99)).instead == nil)
    }
    // All places are taken now: the oldest goes, whosever it is.
    #expect(table.admit(from: "g", now: start + .seconds(51), within: .seconds(99)).instead == mine[17])
    #expect(table.count == 8)
  }

  @Test("connections are overdue from the end of their time on, and in no other phase than the one it was for")
  func times() {
    var table = ConnectionTable(LiveLimits())
    let first = table.admit(from: "a", now: start, within: .seconds(5)).number
    let second = table.admit(from: "a", now: start + .seconds(1), within: .seconds(5)).number
    #expect(table.overdue(now: start + .milliseconds(4999)).isEmpty)
    #expect(table.overdue(now: start + .seconds(5)) == [first])
    #expect(table.overdue(now: start + .seconds(6)) == [first, second])
    table.enter(.answering, first, now: start + .seconds(5), within: .seconds(20))
    table.enter(.following, second, now: start + .seconds(5), within: nil)
    #expect(table.overdue(now: start + .seconds(24)).isEmpty)
    #expect(table.overdue(now: start + .seconds(9999)) == [first])
    table.remove(first)
    table.enter(.silent, first, now: start, within: .zero)
    #expect(table.overdue(now: start + .seconds(9999)).isEmpty && table.phase(of: first) == nil)
  }

  @Test("there are never more than may be, a newcomer is always in, and a reading follower goes only for its like")
  func anyOrder() {
    var generator = SeededGenerator(seed: 5)
    let phases: [Phase] = [.silent, .asking, .resting, .answering, .behind, .following]
    var table = ConnectionTable(limits(12, ofAddress: 5))
    var open: [Int: (address: String, phase: Phase)] = [:]
    for step in 0..<4000 {
      let now = start + .milliseconds(Int64(step))
      switch Int.random(in: 0..<4, using: &generator) {
      case 0:
        guard let number = open.keys.sorted().randomElement(using: &generator) else { continue }
        table.remove(number)
        open[number] = nil
      case 1:
        guard let number = open.keys.sorted().randomElement(using: &generator) else { continue }
        let phase = phases[Int.random(in: 0..<phases.count, using: &generator)]
        table.enter(phase, number, now: now, within: .seconds(1))
        open[number]?.phase = phase
      default:
        let address = "guest \(Int.random(in: 0..<4, using: &generator))"
        let rivals =
          open.filter { $0.value.address == address }.count >= 5 ? open.filter { $0.value.address == address } : open
        let (number, instead) = table.admit(from: address, now: now, within: .seconds(1))
        if let instead, open.removeValue(forKey: instead)?.phase == .following {
          #expect(rivals.values.allSatisfy { $0.phase == .following })
        }
        open[number] = (address, .silent)
        #expect(table.phase(of: number) == .silent)
      }
      #expect(table.count == open.count && table.count <= 12)
      #expect(Dictionary(grouping: open.values, by: \.address).values.allSatisfy { $0.count <= 5 })
    }
  }

  @Test("an IPv6 guest is a network, and an IPv4 address is the same in both of its forms")
  func guests() {
    #expect(ConnectionTable.guest(at: "192.0.2.7") == "192.0.2.7")
    #expect(ConnectionTable.guest(at: "::FFFF:192.0.2.7") == "192.0.2.7")
    #expect(ConnectionTable.guest(at: "2001:db8:1:2:3:4:5:6") == "2001:db8:1:2")
    #expect(ConnectionTable.guest(at: "2001:db8:1:2::6") == ConnectionTable.guest(at: "2001:db8:1:2:ffff::"))
    #expect(ConnectionTable.guest(at: "2001:db8::6") == "2001:db8:0:0")
    #expect(ConnectionTable.guest(at: "::1") == "0:0:0:0" && ConnectionTable.guest(at: "::") == "0:0:0:0")
    #expect(ConnectionTable.guest(at: "fe80::1%eth0") == "fe80:0:0:0")
    #expect(ConnectionTable.guest(at: "") == "")
  }
}

@Suite("The pace of answers")
struct PortionPaceTests {
  @Test("so many go at once after a pause, the others one after the other, each a step later")
  func pace() {
    let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
    var pace = PortionPace(perSecond: 100, atOnce: 3)
    let waits = (0..<7).map { _ in pace.take(now: start) }
    #expect(waits == [0, 0, 0, 10, 20, 30, 40].map { .milliseconds($0) })
    // After half a second all of it is forgotten.
    #expect((0..<4).map { _ in pace.take(now: start + .milliseconds(500)) } == [0, 0, 0, 10].map { .milliseconds($0) })
    // Who comes no faster than the pace never waits.
    for step in 0..<200 {
      #expect(pace.take(now: start + .seconds(1) + .milliseconds(Int64(step) * 10)) == .zero)
    }
  }
}
