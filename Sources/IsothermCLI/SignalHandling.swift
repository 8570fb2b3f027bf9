import Coordinator
import Foundation

/// Turns the first SIGINT, SIGTERM or SIGHUP (a connection that was lost) into a wish to stop after the step; the second one ends the program at once.
///
/// The handler does it itself, with nothing but an atomic flag and `write`: a Dispatch source would need threads of its
/// own, which a limit on processes may refuse.
final class SignalHandling {
  private static let numbers = [SIGINT, SIGTERM, SIGHUP]
  private static let stopping = Array("\nstopping after this step and saving; once more to stop at once\n".utf8)
  /// What the handler raises.
  private static let request = StopRequest()

  /// The wish to stop, for the work that can.
  var stop: StopRequest { Self.request }

  /// Takes the signals over.
  init() {
    // A static's first use takes a lock, which a handler must not.
    _ = (Self.stopping, Self.request)
    // Who started this program may have blocked them, which it inherits.
    var all = sigset_t()
    sigemptyset(&all)
    for number in Self.numbers { sigaddset(&all, number) }
    pthread_sigmask(SIG_UNBLOCK, &all, nil)
    for number in Self.numbers where !Self.isIgnored(number) {
      signal(number) { number in
        if SignalHandling.request.isRaised { _exit(128 + number) }
        SignalHandling.request.raise()
        _ = SignalHandling.stopping.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
      }
    }
  }

  /// Whether who started this program wants it to go on when the connection is lost (`nohup`).
  private static func isIgnored(_ number: Int32) -> Bool {
    guard number == SIGHUP else { return false }
    let before = signal(number, SIG_IGN)
    signal(number, before)
    return unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  /// Leaves signals to the system again.
  func end() {
    for number in Self.numbers where !Self.isIgnored(number) { signal(number, SIG_DFL) }
  }
}
