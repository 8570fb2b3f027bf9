import NIOCore

/// Which connections are open, what each is at, and which of them has to go for another.
///
/// A newcomer is always let in. Where all places are taken, the one closed for it is the one that has least claim: first
/// those that have not said what they want, then those that have been answered, then those that read an answer, then
/// followers that do not read; a follower that reads goes only where all do. Among equals, the one that has been so the
/// longest goes.
package struct ConnectionTable: Sendable {
  /// What a connection is at, with least claim first.
  package enum Phase: Int, Sendable, Comparable {
    /// It was opened and has sent nothing, or a part of a request.
    case silent, asking
    /// It was answered.
    case resting
    /// It is being answered.
    case answering
    /// It follows the work, and has not read its last page, or has.
    case behind, following

    package static func < (first: Phase, second: Phase) -> Bool { first.claim < second.claim }

    /// A part of a request is no more than none.
    private var claim: Int { self == .asking ? Phase.silent.rawValue : rawValue }
  }

  private struct Entry {
    var address: String
    var phase: Phase
    var since: NIODeadline
    var deadline: NIODeadline?
  }

  private let most: Int
  private let mostOfAddress: Int
  private var entries: [Int: Entry] = [:]
  private var lastNumber = 0

  package init(_ limits: LiveLimits) {
    most = max(1, limits.connections)
    mostOfAddress = max(1, min(limits.connectionsPerAddress, limits.connections))
  }

  /// Connections that are open.
  package var count: Int { entries.count }

  /// Connections in some phases.
  package func count(in phases: Phase...) -> Int { entries.values.count { phases.contains($0.phase) } }

  /// What a connection is at; `nil` once it has gone.
  package func phase(of number: Int) -> Phase? { entries[number]?.phase }

  /// Lets a connection in.
  ///
  /// - Returns: its number, and that of the connection that has to be closed for it, which has left the table already.
  package mutating func admit(
    from address: String, now: NIODeadline, within time: TimeAmount
  ) -> (number: Int, instead: Int?) {
    var instead: Int?
    if entries.values.count(where: { $0.address == address }) >= mostOfAddress {
      instead = least { $0.address == address }
    } else if entries.count >= most {
      instead = least { _ in true }
    }
    if let instead { entries[instead] = nil }
    lastNumber += 1
    entries[lastNumber] = Entry(address: address, phase: .silent, since: now, deadline: now + time)
    return (lastNumber, instead)
  }

  /// A connection comes to another phase, and may be in it for some time, or as long as it likes.
  package mutating func enter(_ phase: Phase, _ number: Int, now: NIODeadline, within time: TimeAmount?) {
    guard entries[number] != nil else { return }
    entries[number]?.phase = phase
    entries[number]?.since = now
    entries[number]?.deadline = time.map { now + $0 }
  }

  /// Forgets a connection that was closed.
  package mutating func remove(_ number: Int) { entries[number] = nil }

  /// Connections that have been in their phase for longer than they may, those that have been so longest first.
  package func overdue(now: NIODeadline) -> [Int] {
    entries.filter { $0.value.deadline.map { $0 <= now } ?? false }.sorted(by: Self.goesBefore).map(\.key)
  }

  /// The follower that has left its page unread for the longest.
  package var slowestFollower: Int? { least { $0.phase == .behind } }

  private func least(where isMeant: (Entry) -> Bool) -> Int? {
    entries.filter { isMeant($0.value) }.min(by: Self.goesBefore)?.key
  }

  private static func goesBefore(_ first: (key: Int, value: Entry), _ second: (key: Int, value: Entry)) -> Bool {
    if first.value.phase < second.value.phase { return true }
    if second.value.phase < first.value.phase { return false }
    return (first.value.since, first.key) < (second.value.since, second.key)
  }

  /// Whose connection one from an address is: an IPv4 address, or an IPv6 network, as a guest has all addresses of it.
  package static func guest(at address: String) -> String {
    let text = address.lowercased()
    if text.hasPrefix("::ffff:"), text.contains(".") { return String(text.dropFirst("::ffff:".count)) }
    guard text.contains(":") else { return text }
    let halves = text.prefix { $0 != "%" }.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
    let groups = halves.map { $0.split(separator: ":").map(String.init) }
    let missing = max(0, 8 - groups.reduce(0) { $0 + $1.count })
    let all = (groups.first ?? []) + Array(repeating: "0", count: missing) + (groups.count > 1 ? groups[1] : [])
    return all.prefix(4).joined(separator: ":")
  }
}
