import Charts

extension HumanFormat {
  /// A note as a sentence of its own; a key of the config at its beginning stays as it is written.
  static func sentence(_ note: String) -> String {
    let word = note.prefix { $0 != " " }
    let isKey = word.dropLast().contains { $0 == "." || $0.isUppercase }
    return (isKey ? note : note.prefix(1).uppercased() + note.dropFirst()) + "."
  }

  /// A noise scale, which may be infinite: 312, ∞.
  package static func scale(_ value: Double, digits: Int = 3) -> String {
    value == .infinity ? "∞" : number(value, digits: digits)
  }

  /// A throughput: 950 samples/s, 12.3 k samples/s.
  package static func rate(_ samplesPerSecond: Double) -> String {
    samplesPerSecond.isFinite ? prefixed(samplesPerSecond) + " samples/s" : missing
  }
}
