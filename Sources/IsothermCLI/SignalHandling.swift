import Checkpoints
import Coordinator
import Foundation
import Synchronization

/// What SIGINT, SIGTERM and SIGHUP (a connection that was lost) do: it depends on what goes on.
///
/// The handler does it itself, with nothing but atomic flags and system calls: a Dispatch source would need threads of its
/// own, which a limit on processes may refuse.
enum SignalHandling {
  /// What goes on.
  enum Phase: UInt8 {
    /// Nothing that could be saved: the first signal ends the program, and what is half written is removed.
    case idle
    /// Steps that can be saved: the first signal asks for that, the second ends the program.
    case working
    /// Results are being written: the first signal lets that come to its end, the second ends the program.
    case finishing
  }

  private static let numbers = [SIGINT, SIGTERM, SIGHUP]
  private static let phase = Atomic<UInt8>(Phase.idle.rawValue)
  /// Whether the signal came that lets something come to its end.
  private static let wasAsked = Atomic<Bool>(false)
  private static let request = StopRequest()
  private static let stopping = Array("\nstopping after this step and saving; once more to stop immediately\n".utf8)
  private static let finishing = Array("\nwriting what is done; once more to stop immediately\n".utf8)

  /// The wish to stop, for work that can be saved.
  static var stop: StopRequest { request }

  /// Takes the signals over, for the whole of the program.
  static func install() {
    // A static's first use takes a lock, which a handler must not.
    _ = (phase.load(ordering: .relaxed), wasAsked.load(ordering: .relaxed), request, stopping, finishing)
    UnfinishedFiles.prepare()
    // Who started this program may have blocked them, which it inherits.
    for number in numbers { pass(number) }
    for number in numbers where !isIgnored(number) { signal(number) { SignalHandling.take($0) } }
    // What launchers of MPI hand on to all ranks: `isotherm launch` asks by it. It may come more than once.
    signal(SIGUSR1) { SignalHandling.ask($0) }
  }

  /// Says what goes on from here.
  static func begin(_ next: Phase) { phase.store(next.rawValue, ordering: .sequentiallyConsistent) }

  /// The handler.
  private static func take(_ number: Int32) {
    let now = phase.load(ordering: .sequentiallyConsistent)
    if now == Phase.idle.rawValue { endBySignal(number) }
    if wasAsked.exchange(true, ordering: .sequentiallyConsistent) {
      UnfinishedFiles.removeAll()
      _exit(128 + number)
    }
    request.raise()
    say(now == Phase.working.rawValue ? stopping : finishing)
  }

  /// The handler of a wish that ends nothing at once, however often it comes.
  private static func ask(_ number: Int32) {
    if phase.load(ordering: .sequentiallyConsistent) == Phase.idle.rawValue { endBySignal(number) }
    request.raise()
  }

  /// Ends as a program ends that does not handle the signal, so that whoever started it knows: for a shell, code 128 + n.
  private static func endBySignal(_ number: Int32) {
    UnfinishedFiles.removeAll()
    signal(number, SIG_DFL)
    pass(number)
    raise(number)
    // The first process of a container does not die of a signal.
    _exit(128 + number)
  }

  private static func say(_ words: [UInt8]) {
    _ = words.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
  }

  /// Lets a signal through that is blocked.
  private static func pass(_ number: Int32) {
    var one = sigset_t()
    sigemptyset(&one)
    sigaddset(&one, number)
    pthread_sigmask(SIG_UNBLOCK, &one, nil)
  }

  /// Whether who started this program wants it to go on when the connection is lost (`nohup`).
  static func isIgnored(_ number: Int32) -> Bool {
    guard number == SIGHUP else { return false }
    let before = signal(number, SIG_IGN)
    signal(number, before)
    return unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
