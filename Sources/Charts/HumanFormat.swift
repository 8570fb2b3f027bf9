import Foundation

/// Numbers as people read them: a few digits, and a unit behind a space.
package enum HumanFormat {
  /// Shown for a number that is missing or not finite.
  package static let missing = "–"

  /// A whole number with commas: 1,234,567.
  package static func count(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var text = value < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index).isMultiple(of: 3) { text += "," }
      text.append(digit)
    }
    return text
  }

  /// A number with `digits` significant digits: 0.0831, 3.20, 38,600; powers of ten below 0.0001 and from 10⁷ on.
  package static func number(_ value: Double, digits: Int = 3) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-inf" : "inf" }
    if value == 0 { return "0" }
    let exponent = exponentOfTen(value, digits: digits)
    if exponent < -4 || exponent >= 7 {
      let mantissa = trimmed(fixed(value / pow(10, Double(exponent)), decimals: digits - 1))
      return "\(mantissa)e\(exponent)"
    }
    if exponent >= digits - 1 {
      let unit = pow(10, Double(exponent - digits + 1))
      return count(Int(within: ((value / unit).rounded() * unit).rounded()))
    }
    let text = fixed(value, decimals: digits - 1 - exponent)
    guard exponent >= 3, let point = text.firstIndex(of: "."), let whole = Int(text[..<point]) else { return text }
    return count(whole) + text[point...]
  }

  /// A moment in UTC as people write it, from ISO 8601: 28 November 2026, 02:34 UTC. Anything else as it is.
  package static func date(_ iso: String) -> String {
    let months = [
      "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
      "December",
    ]
    let parts = iso.split(separator: "T", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1].hasSuffix("Z"), parts[1].count >= 6 else { return iso }
    let day = parts[0].split(separator: "-").map { Int($0) }
    guard day.count == 3, let year = day[0], let month = day[1], let date = day[2], (1...12).contains(month) else {
      return iso
    }
    return "\(date) \(months[month - 1]) \(year), \(parts[1].prefix(5)) UTC"
  }

  /// ``number(_:digits:)`` without zeros at the end of its fraction: 0.05, 3.2.
  package static func short(_ value: Double, digits: Int = 3) -> String { trimmed(number(value, digits: digits)) }

  /// A number with a decimal prefix: 950, 12.3 k, 4.56 M.
  package static func prefixed(_ value: Double) -> String {
    guard value.isFinite else { return missing }
    for (factor, prefix) in [(1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")]
    where abs(value) >= factor * 0.9995 {
      return number(value / factor) + prefix
    }
    return abs(value) >= 100 ? fixed(value, decimals: 0) : short(value)
  }

  /// A share of 0…1: 98.15 %.
  package static func percent(_ share: Double, decimals: Int = 2) -> String {
    share.isFinite ? fixed(share * 100, decimals: decimals) + " %" : missing
  }

  /// Memory: 512 B, 7.1 MiB, 12 GiB.
  package static func bytes(_ count: Int) -> String {
    var value = Double(count)
    var prefixes = ["KiB", "MiB", "GiB", "TiB"][...]
    guard abs(value) >= 1024 else { return "\(count) B" }
    value /= 1024
    while abs(value) >= 1023.5, prefixes.count > 1 {
      value /= 1024
      prefixes.removeFirst()
    }
    return fixed(value, decimals: abs(value) < 9.95 ? 1 : 0) + " " + prefixes[prefixes.startIndex]
  }

  /// A time: 0.8 ms, 1.3 s, 42 s, 3 min 07 s, 1 h 02 min, 3 d 04 h.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite else { return missing }
    switch seconds {
    case ..<0: return "-" + duration(-seconds)
    case 0: return "0 s"
    case ..<0.000_999_5: return short(seconds * 1e6, digits: 2) + " µs"
    case ..<0.099_95: return short(seconds * 1e3, digits: 2) + " ms"
    case ..<0.9995: return number(seconds * 1e3) + " ms"
    case ..<9.95: return fixed(seconds, decimals: 1) + " s"
    case ..<59.5: return fixed(seconds, decimals: 0) + " s"
    default: break
    }
    let whole = Int(within: min(seconds, 1e15).rounded())
    if whole < 3600 { return "\(whole / 60) min " + twoDigits(whole % 60) + " s" }
    let minutes = (whole + 30) / 60
    if minutes < 48 * 60 { return "\(minutes / 60) h " + twoDigits(minutes % 60) + " min" }
    let hours = (minutes + 30) / 60
    return "\(hours / 24) d " + twoDigits(hours % 24) + " h"
  }

  /// A countdown of fixed width: 0:42, 3:07, 1:02:30.
  package static func clock(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e7 else { return missing }
    let whole = Int(within: max(seconds, 0).rounded())
    let tail = twoDigits(whole % 60)
    return whole < 3600
      ? "\(whole / 60):" + tail
      : "\(whole / 3600):" + twoDigits(whole / 60 % 60) + ":" + tail
  }

  /// A number that may be missing.
  package static func optional(_ value: Double?, _ format: (Double) -> String) -> String {
    value.map(format) ?? missing
  }

  /// "1 point", "40 points".
  package static func plural(_ number: String, _ noun: String) -> String {
    number == "1" ? "1 \(noun)" : "\(number) \(noun)s"
  }

  /// A number with a fixed count of decimals, never "-0.0".
  package static func fixed(_ value: Double, decimals: Int) -> String {
    let text = String(format: "%.\(decimals)f", value)
    return text.hasPrefix("-") && text.allSatisfy { "-0.".contains($0) } ? String(text.dropFirst()) : text
  }

  /// The power of ten of the value after rounding to `digits`: 0.99996 counts as 1.
  private static func exponentOfTen(_ value: Double, digits: Int) -> Int {
    let exponent = Int(within: log10(abs(value)).rounded(.down))
    let scaled = abs(value) / pow(10, Double(exponent - digits + 1))
    return scaled.rounded() >= pow(10, Double(digits)) ? exponent + 1 : exponent
  }

  private static func trimmed(_ text: String) -> String {
    guard text.contains("."), !text.contains("e") else { return text }
    let kept = text.reversed().drop { $0 == "0" }
    return String((kept.first == "." ? kept.dropFirst() : kept).reversed())
  }

  private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
