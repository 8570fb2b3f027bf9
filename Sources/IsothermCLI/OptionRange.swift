import ArgumentParser

/// What numbers of options may be: wide enough for every use, and so narrow that no product of some of them overflows, and no
/// work without an end begins.
enum OptionRange {
  /// Samples of a batch.
  static let batches = 1...1 << 31
  /// Learning rates, and other factors of a step: what diverges at once is a result.
  static let rates = Double.leastNormalMagnitude...1e307
  /// Steps of a run.
  static let mostSteps = 1_000_000_000
  /// Numbers of threads; fewer are used where the system or OpenBLAS has a limit.
  static let threads = 1...65_536

  /// Seeds of one config.
  static let seeds = 1...1000

  /// Processes of a run.
  static let ranks = 1...1024

  /// Refuses a number out of a range; `nil` was not given.
  static func require<Number: Comparable>(
    _ option: String, _ found: Number?, in range: ClosedRange<Number>
  ) throws {
    guard let found, !range.contains(found) else { return }
    throw ValidationError("\(option): found \(found), allowed is a number \(words(range))")
  }

  /// "from 1 to 1000"; smallest and largest numbers that nobody writes are a bound that is not reached.
  static func words<Number>(_ range: ClosedRange<Number>) -> String {
    let (low, high) = ("\(range.lowerBound)", "\(range.upperBound)")
    let from =
      low == "\(Double.leastNormalMagnitude)" || low == "\(Double.leastNonzeroMagnitude)" ? "above 0" : "from \(low)"
    return high == "\(Double(1).nextDown)" ? from + " on, below 1" : from + ", up to \(high)"
  }
}
