import Foundation

/// One axis of a chart.
package struct ChartAxis: Sendable, Equatable {
  /// How values map to positions.
  package enum Scale: Sendable, Equatable {
    case linear
    /// Ticks at powers of the base, 2 or 10; values that are not positive leave gaps.
    case logarithmic(base: Int)
  }

  /// How tick labels are written.
  package enum Numbers: Sendable, Equatable {
    /// 0.05, 1,024, 40 k.
    case plain
    /// Shares of 0…1 as 98 %.
    case percent
    /// Bytes as 7 MiB.
    case bytes
  }

  /// What the axis measures.
  package var label: String
  /// Stands behind the label.
  package var unit: String?
  /// How values map to positions.
  package var scale: Scale
  /// How tick labels are written.
  package var numbers: Numbers
  /// Ends of the axis; `nil` takes them from the data.
  package var range: ClosedRange<Double>?
  /// Ends beyond which the room around the data never goes, such as 0…1 for shares.
  package var limits: ClosedRange<Double>
  /// Whether a linear axis starts at 0, as lengths of bars and comparisons of amounts need it.
  package var includesZero: Bool
  /// Whether ticks between whole numbers make no sense.
  package var wholeNumbers: Bool

  /// An axis; by default linear over the data.
  package init(
    _ label: String, unit: String? = nil, scale: Scale = .linear, numbers: Numbers = .plain,
    range: ClosedRange<Double>? = nil, limits: ClosedRange<Double> = -Double.infinity...Double.infinity,
    includesZero: Bool = false, wholeNumbers: Bool = false
  ) {
    self.label = label
    self.unit = unit
    self.scale = scale
    self.numbers = numbers
    self.range = range
    self.limits = limits
    self.includesZero = includesZero
    self.wholeNumbers = wholeNumbers
  }

  /// "loss (log scale)", "throughput, samples/s".
  package var heading: String {
    let name = unit.map { "\(label), \($0)" } ?? label
    return scale == .linear ? name : name + " (log scale)"
  }

  /// Whether the axis can show the value: beyond these bounds lengths, ratios and the room around them would be infinite.
  package func shows(_ value: Double) -> Bool {
    scale == .linear ? abs(value) <= 1e300 : value >= 1e-280 && value <= 1e280
  }

  /// The value's place on a line on which equal steps have equal lengths.
  package func position(_ value: Double) -> Double { scale == .linear ? value : log(value) }

  /// The inverse of ``position(_:)``.
  func value(at position: Double) -> Double { scale == .linear ? position : exp(position) }

  /// Ends of the axis for these values, with a little room around them.
  package func ends(of values: some Sequence<Double>) -> ClosedRange<Double> {
    if let range, range.lowerBound < range.upperBound, scale == .linear || range.lowerBound > 0 { return range }
    var low = Double.infinity
    var high = -Double.infinity
    for value in values where shows(value) {
      low = min(low, value)
      high = max(high, value)
    }
    guard low <= high else { return scale == .linear ? 0...1 : 1...10 }
    if case .logarithmic(let base) = scale {
      let room = low < high ? exp(0.04 * (log(high) - log(low))) : Double(base).squareRoot()
      return clamped(low / room, high * room)
    }
    if includesZero {
      low = min(low, 0)
      high = max(high, 0)
    }
    // Closer together than any step between ticks can be.
    if high - low < 1e-290 {
      return abs(low) < 1e-280 ? clamped(-0.5, 0.5) : clamped(low - abs(low) * 0.1, high + abs(high) * 0.1)
    }
    let room = (high - low) * 0.05
    return clamped(includesZero && low == 0 ? 0 : low - room, includesZero && high == 0 ? 0 : high + room)
  }

  private func clamped(_ low: Double, _ high: Double) -> ClosedRange<Double> {
    let low = max(low, limits.lowerBound)
    let high = min(high, limits.upperBound)
    return low < high ? low...high : low...(low + max(abs(low), 1) * 0.1)
  }
}
