/// A number of a run as monitoring systems collect it, with its labels.
package struct Metric: Sendable, Equatable {
  /// How a number moves.
  package enum Kind: String, Sendable {
    /// Up and down.
    case gauge
    /// Only up, from zero at the start of the process.
    case counter
  }

  /// Lower-case words joined by `_`, the unit at the end; a counter ends in `_total`.
  package var name: String
  /// What the number is, in a sentence.
  package var help: String
  package var kind: Kind
  /// Names of letters, digits and `_`, and any text.
  package var labels: [(name: String, value: String)]
  package var value: Double

  /// A gauge, if not said otherwise.
  package init(
    _ name: String, _ help: String, _ value: Double, kind: Kind = .gauge,
    labels: [(name: String, value: String)] = []
  ) {
    self.name = name
    self.help = help
    self.kind = kind
    self.labels = labels
    self.value = value
  }

  package static func == (first: Metric, second: Metric) -> Bool {
    first.text == second.text
  }
}

extension Metric {
  /// Media type of ``text``: Prometheus' text exposition format, version 0.0.4.
  package static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

  /// The metric in that format: its help, its kind and its value, a line each.
  package var text: String {
    let shown = labels.map { "\($0.name)=\"\(Self.escaped($0.value).replacing("\"", with: "\\\""))\"" }
    let braces = shown.isEmpty ? "" : "{" + shown.joined(separator: ",") + "}"
    return "# HELP \(name) \(Self.escaped(help))\n# TYPE \(name) \(kind.rawValue)\n\(name)\(braces) \(number)\n"
  }

  /// `+Inf`, `-Inf` and `NaN` are words of the format; a whole number has no point.
  private var number: String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    return Int(exactly: value).map { "\($0)" } ?? "\(value)"
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\r\n", with: "\\n").replacing("\n", with: "\\n")
  }
}
