import Foundation

/// Where an axis has its ticks.
package struct AxisTicks: Equatable {
  /// Ticks with a label and a grid line, rising.
  package var major: [Double]
  /// Ticks between them, without a label.
  package var minor: [Double]
  /// Labels of the major ticks.
  package var labels: [String]

  /// Ticks for an axis from `range.lowerBound` to `range.upperBound`, about `target` of them and never more than
  /// twice as many; more where there would else be fewer than `least` of them.
  package init(_ axis: ChartAxis, over range: ClosedRange<Double>, target: Int, least: Int) {
    self.init(axis, over: range, target: target)
    for more in max(target, 2)..<(max(target, 2) + 7) where major.count < least {
      self.init(axis, over: range, target: more + 1)
    }
    // Within a decade, a logarithmic axis has room for ticks at equal steps.
    guard major.count < least, axis.scale != .linear, range.upperBound < 10 * range.lowerBound else { return }
    for target in 4...9 where major.count < least {
      major = Self.linear(range, target: target, whole: axis.wholeNumbers, percent: false).filter { $0 > 0 }
    }
    minor = []
    labels = Self.labels(major, axis)
  }

  /// Ticks for an axis from `range.lowerBound` to `range.upperBound`, about `target` of them and never more than
  /// twice as many.
  package init(_ axis: ChartAxis, over range: ClosedRange<Double>, target: Int) {
    let target = max(target, 2)
    switch axis.scale {
    case .linear:
      major = Self.linear(range, target: target, whole: axis.wholeNumbers, percent: axis.numbers == .percent)
      minor = []
    case .logarithmic(base: 10): (major, minor) = Self.decades(range, target: target)
    case .logarithmic(let base): (major, minor) = (Self.powers(of: base, range, target: target), [])
    }
    if major.count < 2, axis.scale != .linear {
      major = Self.linear(range, target: target, whole: axis.wholeNumbers, percent: false).filter { $0 > 0 }
      minor = []
    }
    labels = Self.labels(major, axis)
  }

  /// Multiples of 1, 2 or 5 times a power of ten.
  private static func linear(
    _ range: ClosedRange<Double>, target: Int, whole: Bool, percent: Bool
  ) -> [Double] {
    let length = range.upperBound - range.lowerBound
    guard length > 0, length.isFinite else { return [range.lowerBound] }
    var step = niceStep(length / Double(target))
    if whole { step = max(step, 1) }
    let first = (range.lowerBound / step - 1e-9).rounded(.up)
    let last = (range.upperBound / step + 1e-9).rounded(.down)
    guard first <= last else { return [] }
    // A product of a whole number with a power of ten is exact where a running sum is not.
    return stride(from: first, through: last, by: 1).map { multiple($0, step) }
  }

  /// The least of 1, 2, 5 × 10ⁿ that is at least the least step.
  private static func niceStep(_ least: Double) -> Double {
    let exponent = log10(least).rounded(.down)
    let unit = pow(10, exponent)
    for factor in [1.0, 2, 5] where factor * unit >= least * (1 - 1e-9) { return factor * unit }
    return pow(10, exponent + 1)
  }

  private static func multiple(_ count: Double, _ step: Double) -> Double {
    step < 1 ? count / (1 / step).rounded() : count * step
  }

  /// Decades; where there are few, also 2 and 5 times them; where there are many, every second, third, ….
  private static func decades(_ range: ClosedRange<Double>, target: Int) -> (major: [Double], minor: [Double]) {
    // A range that ends at 0 or beyond all numbers has no more decades than there are numbers.
    let first = max(-323, Int(within: log10(range.lowerBound).rounded(.down)))
    let last = max(first, min(308, Int(within: log10(range.upperBound).rounded(.up))))
    func values(_ factors: [Double], every stride: Int = 1) -> [Double] {
      var ticks: [Double] = []
      for exponent in first...last where exponent.isMultiple(of: stride) {
        for factor in factors {
          let tick = factor * power(exponent)
          if tick >= range.lowerBound * (1 - 1e-9) && tick <= range.upperBound * (1 + 1e-9) { ticks.append(tick) }
        }
      }
      return ticks
    }
    for factors in [[1.0, 2, 5], [1, 3]] {
      let major = values(factors)
      if major.count <= target { return (major, values([2, 3, 4, 5, 6, 7, 8, 9]).filter { !major.contains($0) }) }
    }
    let whole = values([1])
    let stride = max((whole.count + target - 1) / target, 1)
    return (values([1], every: stride), stride == 1 ? values([2, 3, 4, 5, 6, 7, 8, 9]) : whole)
  }

  private static func powers(of base: Int, _ range: ClosedRange<Double>, target: Int) -> [Double] {
    let base = Double(base)
    let first = Int(within: (log(range.lowerBound) / log(base) - 1e-9).rounded(.up))
    let last = Int(within: (log(range.upperBound) / log(base) + 1e-9).rounded(.down))
    guard first <= last else { return [] }
    let stride = max((last - first + target) / target, 1)
    return Swift.stride(from: first, through: last, by: stride).map { pow(base, Double($0)) }
  }

  /// A power of ten, as exact as its literal.
  private static func power(_ exponent: Int) -> Double { Double("1e\(exponent)") ?? pow(10, Double(exponent)) }

  private static func labels(_ ticks: [Double], _ axis: ChartAxis) -> [String] {
    let step = zip(ticks.dropFirst(), ticks).map { $0 - $1 }.min() ?? 0
    let isLog = axis.scale != .linear
    let largest = ticks.map(abs).max() ?? 0
    // Digits that tell neighbours apart.
    let digits =
      step > 0 ? max(Int(within: log10(largest).rounded(.down)) - Int(within: log10(step).rounded(.down)) + 1, 1) : 3
    let most = axis.scale == .logarithmic(base: 2) ? 1e9 : 1e6
    let usesPowers = !ticks.allSatisfy { $0 >= 0.0009999 && $0 < most }
    return ticks.map { tick in
      switch axis.numbers {
      case .percent:
        let decimals = isLog || step <= 0 ? 0 : max(0, -Int(within: log10(step * 100).rounded(.down)))
        return isLog && tick < 0.01
          ? HumanFormat.short(tick * 100) + " %" : HumanFormat.percent(tick, decimals: min(decimals, 6))
      case .bytes: return HumanFormat.bytes(Int(within: min(max(tick, 0), 1e18).rounded()))
      case .plain where isLog: return plain(tick, digits: digits, usesPowers: usesPowers)
      case .plain:
        if largest >= 10_000 { return prefixed(tick, step: step, largest: largest) }
        if largest < 0.001 { return scaled(tick, step: step, largest: largest) }
        let decimals = step > 0 ? max(0, -Int(within: (log10(step) + 1e-9).rounded(.down))) : 3
        return decimals == 0
          ? HumanFormat.count(Int(within: tick.rounded())) : HumanFormat.fixed(tick, decimals: decimals)
      }
    }
  }

  /// Short decimals, or powers of ten where those of any tick are long: 0.05, 1,000; 10⁶, 3·10⁻⁵.
  private static func plain(_ value: Double, digits: Int, usesPowers: Bool) -> String {
    guard usesPowers else {
      return value >= 1 && value == value.rounded()
        ? HumanFormat.count(Int(within: value)) : HumanFormat.short(value, digits: max(digits, 6))
    }
    let exponent = Int(within: (log10(value) + 1e-9).rounded(.down))
    let mantissa = HumanFormat.short(value / power(exponent), digits: max(digits, 3))
    return (mantissa == "1" ? "" : mantissa + "·") + "10" + raised(exponent)
  }

  private static func raised(_ exponent: Int) -> String {
    let superscripts = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    let digits = String(abs(exponent)).compactMap(\.wholeNumberValue).map { superscripts[$0] }
    return (exponent < 0 ? "⁻" : "") + String(digits)
  }

  /// All ticks of an axis with the same power of ten: 0, 2·10⁻⁴, 4·10⁻⁴.
  private static func scaled(_ value: Double, step: Double, largest: Double) -> String {
    if value == 0 || largest == 0 { return "0" }
    let exponent = Int(within: (log10(largest) + 1e-9).rounded(.down))
    let unit = power(max(exponent, -300))
    let decimals = step > 0 ? max(0, -Int(within: (log10(step / unit) + 1e-9).rounded(.down))) : 1
    return HumanFormat.fixed(value / unit, decimals: min(decimals, 17)) + "·10" + raised(exponent)
  }

  /// All ticks of an axis with the same decimal prefix: 0, 20 k, 40 k.
  private static func prefixed(_ value: Double, step: Double, largest: Double) -> String {
    if value == 0 { return "0" }
    let steps: [(unit: Double, prefix: String)] = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")]
    let (unit, prefix) = steps.first { largest >= $0.unit } ?? (1, "")
    let decimals = step > 0 ? max(0, -Int(within: (log10(step / unit) + 1e-9).rounded(.down))) : 1
    return HumanFormat.fixed(value / unit, decimals: min(decimals, 6)) + " " + prefix
  }
}
