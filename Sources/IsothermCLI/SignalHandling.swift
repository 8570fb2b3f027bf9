import Dispatch
import Foundation
import Isotherm

/// Turns the first SIGINT or SIGTERM into a wish to stop after the step; the second one ends the program at once.
final class SignalHandling {
  private let sources: [any DispatchSourceSignal]

  init(raising stop: StopRequest) {
    let queue = DispatchQueue(label: "isotherm.signals")
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        if stop.isRaised { _exit(128 + number) }
        stop.raise()
        printRemark("\nstopping after this step and saving; once more to stop at once")
      }
      source.resume()
      return source
    }
  }

  /// Leaves signals to the system again.
  func end() {
    for source in sources { source.cancel() }
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
  }
}
