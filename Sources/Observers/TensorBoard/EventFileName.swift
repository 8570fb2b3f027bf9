/// How TensorBoard's readers find event files, and in which order they take them up: by names alone.
package enum EventFileName {
  private static let prefix = "events.out.tfevents."

  /// A time of ten digits, the last one behind which a name still sorts as its number does; no clock shows it before
  /// the year 2286, so a name with a larger number is no time.
  private static let mostSeconds = 9_999_999_999

  /// Whether a file is one of events.
  package static func isOne(_ name: String) -> Bool { name.hasPrefix(prefix) }

  /// The seconds since 1970 in a name; `nil` where it has none.
  package static func seconds(_ name: String) -> Int? {
    guard isOne(name), let seconds = Int(name.dropFirst(prefix.count).prefix { $0.isNumber }), seconds < mostSeconds
    else { return nil }
    return seconds
  }

  /// A name that readers take up behind all that are there.
  ///
  /// A run that was resumed within a second, or under a clock that was put back, comes later all the same.
  ///
  /// - Parameters:
  ///   - names: the event files of the directory, whoever wrote them.
  ///   - now: seconds since 1970.
  package static func next(behind names: [String], now: Int, host: String, process: Int32) -> String {
    let begin = max(now, (names.compactMap(seconds).max() ?? 0) + 1)
    let host = host.filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "." }
    return prefix + "\(begin).\(host).\(process).isotherm"
  }
}
