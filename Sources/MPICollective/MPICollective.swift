import CMPI
import Foundation
import Gradients
import Kernels
import Synchronization

/// The ranks of a run as processes that a launcher of MPI has started, on this machine or several.
///
/// The library is loaded when the first collective is made, so a program that no launcher has started needs none. It moves
/// bytes and never adds. All functions are called by one thread at a time.
///
/// A rank that does not answer within ``expectAnswers(within:)`` ends this process, and by MPI all others, with a message
/// that names it: MPI itself would wait for ever where a cable was cut.
package final class MPICollective: Collective {
  /// A message on its way.
  private struct Message {
    var request = cmpi_request()
    var peer = 0
    /// The exchange that it belongs to.
    var turn: Int32 = 0
    var isDone = false
  }

  private struct State {
    /// Those of the exchanges on their way, in their order; the array's memory is kept, so that none allocates.
    var messages: [Message] = []
    /// Of the exchange that was started last.
    var turn: Int32 = 0
    /// Of the one that ends next.
    var oldest: Int32 = 1
    var patience = Double.infinity
  }

  /// Bytes of a message at most; longer parts are several.
  private static let messageBytes = 16 << 20
  /// Tags below what every MPI has.
  private static let tags: Int32 = 16_384

  package let rank: Int
  package let ranks: Int
  /// What the library says that it is, in one line.
  package let version: String
  /// The host of each rank, as it calls itself. Set before anybody else has this object.
  package private(set) nonisolated(unsafe) var hosts: [String] = []
  /// Whether the library takes calls of several threads, one at a time.
  package let servesAnyThread: Bool
  private let family: cmpi_family
  private let state = Mutex(State())
  private let bits: Buffer<UInt8>

  /// Joins the others that the launcher has started.
  ///
  /// - Throws: ``MPIError`` where no library is found, or it does not start.
  package init(_ launch: MPILaunch) throws(MPIError) {
    let found = try Self.open(launch)
    family = found.family
    version = found.version
    var provided: Int32 = 0
    try Self.require(family, family.start(&provided), "MPI_Init_thread")
    servesAnyThread = provided >= CMPI_THREAD_SERIALIZED
    var (rank, ranks) = (Int32(0), Int32(0))
    try Self.require(family, family.size(&rank, &ranks), "MPI_Comm_size")
    self.rank = Int(rank)
    self.ranks = Int(ranks)
    bits = Buffer(count: 2)
    // More than a few exchanges have; how many go on at a time depends on timing.
    state.withLock { $0.messages.reserveCapacity(1024) }
    guard ranks == launch.ranks else {
      throw MPIError(
        "\(launch.family.rawValue)'s launcher has started \(launch.ranks) ranks, but the library that was loaded "
          + "(\(found.version)) knows of \(ranks): launcher and library are of different installations; name the "
          + "launcher's library in \(MPILaunch.libraryVariable)")
    }
    hosts = gather(Array(ProcessInfo.processInfo.hostName.utf8)).map { String(decoding: $0, as: UTF8.self) }
  }

  private static func open(_ launch: MPILaunch) throws(MPIError) -> (family: cmpi_family, version: String) {
    var problems: [String] = []
    var (version, problem) = ([CChar](repeating: 0, count: 8192), [CChar](repeating: 0, count: 8192))
    for candidate in launch.candidates {
      if let family = cmpi_open(candidate, &version, &problem) {
        return (family.pointee, text(version).split(separator: "\n").first.map(String.init) ?? "")
      }
      problems.append("\(candidate): \(text(problem))")
    }
    throw MPIError(
      "\(launch.family.rawValue)'s launcher has started \(launch.ranks) ranks, but its library cannot be used:"
        + problems.map { "\n  \($0)" }.joined()
        + "\n  install it (Debian: apt install \(launch.family.package)), or name it in \(MPILaunch.libraryVariable)")
  }

  private static func text(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func require(_ family: cmpi_family, _ error: Int32, _ call: String) throws(MPIError) {
    guard error != 0 else { return }
    throw MPIError("\(call) failed: \(words(family, error))")
  }

  private static func words(_ family: cmpi_family, _ error: Int32) -> String {
    var characters = [CChar](repeating: 0, count: 8192)
    family.describe(error, &characters)
    return text(characters)
  }

  // MARK: Collective

  package func exchange<Element>(_ values: View<Element>, _ deliveries: [Delivery]) {
    start(values, deliveries)
    finishOldest(beside: false)
  }

  package func start<Element>(_ values: View<Element>, _ deliveries: [Delivery]) {
    let stride = MemoryLayout<Element>.stride
    state.withLock { state in
      values.withUnsafeBytes { bytes in
        state.turn = (state.turn + 1) % Self.tags
        for delivery in deliveries where delivery.from == rank || delivery.to == rank {
          precondition(
            delivery.range.lowerBound >= 0 && delivery.range.upperBound <= values.count,
            "delivery of \(delivery.range) of \(values.count) elements")
          post(bytes, delivery.range.lowerBound * stride..<delivery.range.upperBound * stride, delivery, &state)
        }
      }
    }
  }

  package func finishOldest(beside: Bool) { state.withLock { finish(&$0, beside: beside) } }

  /// A wish spreads in ⌈log₂ P⌉ rounds, in which each rank tells one that is twice as far away as in the round before.
  package func agree(_ wish: Bool) -> Bool {
    bits.view[0] = wish ? 1 : 0
    var distance = 1
    while distance < ranks {
      let (next, previous) = ((rank + distance) % ranks, (rank - distance + ranks) % ranks)
      state.withLock { state in
        bits.view.withUnsafeBytes { bytes in
          state.turn = (state.turn + 1) % Self.tags
          post(bytes, 0..<1, Delivery(0..<1, from: rank, to: next), &state)
          post(bytes, 1..<2, Delivery(1..<2, from: previous, to: rank), &state)
          finish(&state, beside: false)
        }
      }
      bits.view[0] |= bits.view[1]
      distance *= 2
    }
    return bits.view[0] != 0
  }

  // MARK: Messages

  private func post(
    _ bytes: UnsafeMutableRawBufferPointer, _ range: Range<Int>, _ delivery: Delivery, _ state: inout State
  ) {
    guard let base = bytes.baseAddress else { return }
    var start = range.lowerBound
    while start < range.upperBound {
      let count = min(Self.messageBytes, range.upperBound - start)
      let isSent = delivery.from == rank
      var message = Message(peer: isSent ? delivery.to : delivery.from, turn: state.turn)
      let error =
        isSent
        ? family.send(base + start, Int32(count), Int32(message.peer), state.turn, &message.request)
        : family.receive(base + start, Int32(count), Int32(message.peer), state.turn, &message.request)
      if error != 0 { fail("MPI refuses a message \(isSent ? "to" : "from") \(name(message.peer)): \(words(error))") }
      state.messages.append(message)
      start += count
    }
  }

  /// Waits until all messages of the oldest exchange have left and come. Asking for one moves those of the others too.
  private func finish(_ state: inout State, beside: Bool) {
    var last = DispatchTime.now().uptimeNanoseconds
    let count = state.messages.prefix { $0.turn == state.oldest }.count
    var left = count
    var idle = 0
    while left > 0 {
      var hasMoved = false
      for index in 0..<count where !state.messages[index].isDone {
        var done: Int32 = 0
        let error = family.test(&state.messages[index].request, &done)
        let peer = state.messages[index].peer
        if error != 0 { fail("a message between this rank and \(name(peer)) failed: \(words(error))") }
        guard done != 0 else { continue }
        state.messages[index].isDone = true
        left -= 1
        hasMoved = true
      }
      if hasMoved {
        idle = 0
        last = DispatchTime.now().uptimeNanoseconds
        continue
      }
      idle += 1
      Self.rest(idle, beside: beside)
      if idle.isMultiple(of: 512), Double(DispatchTime.now().uptimeNanoseconds - last) * 1e-9 > state.patience {
        loseAnswer(state)
      }
    }
    state.messages.removeFirst(count)
    state.oldest = (state.oldest + 1) % Self.tags
  }

  /// A message comes soon, or it does not: ranks may be more than cores, and those that wait must not keep the others from
  /// their work.
  private static func rest(_ idle: Int, beside: Bool) {
    switch idle {
    case ..<500 where !beside: return
    case ..<1000 where !beside: sched_yield()
    case ..<20_000: usleep(50)
    default: usleep(1000)
    }
  }

  // MARK: Ends

  /// From here on, a rank that does not answer for so many seconds is lost; before, ranks may take what time they want.
  package func expectAnswers(within seconds: Double) { state.withLock { $0.patience = seconds } }

  /// Leaves the others, who leave too.
  package func finish() {
    expectAnswers(within: .infinity)
    meet()
    _ = family.finish()
  }

  /// Ends all ranks, since this one cannot go on; whoever started them gets the code.
  package func abort(_ code: Int32) -> Never {
    // MPI may wait for somebody who is not there any more.
    signal(SIGALRM, SIG_DFL)
    alarm(5)
    _ = family.abort(code)
    _exit(code)
  }

  private func loseAnswer(_ state: State) -> Never {
    let silent = Set(state.messages.filter { !$0.isDone }.map(\.peer)).sorted().map(name)
    fail(
      "no answer from \(silent.joined(separator: ", ")) for \(Int(state.patience)) s: the process hangs, or the network "
        + "between the hosts is cut; what was saved stays, and --resume continues from it with the ranks that are left")
  }

  private func fail(_ message: String) -> Never {
    let text = "isotherm: \(name(rank)): \(message)\n"
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    abort(1)
  }

  private func name(_ rank: Int) -> String {
    hosts.indices.contains(rank) ? "rank \(rank) on \(hosts[rank])" : "rank \(rank)"
  }

  private func words(_ error: Int32) -> String { Self.words(family, error) }
}
