/// Reads dates in cells as numbers.
///
/// Days are counted from 1970-01-01 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil).
public enum CellDate {
  /// How dates are written.
  public enum Format: String, Codable, Sendable, CaseIterable {
    /// ISO 8601: 2024-05-31, also with slashes.
    case iso = "yyyy-mm-dd"
    case dotted = "d.m.yyyy"
    /// Also with dashes.
    case dayFirst = "d/m/yyyy"
    /// Also with dashes.
    case monthFirst = "m/d/yyyy"
  }

  /// Seconds since 1970-01-01T00:00Z, and whether the cell has a time of day; `nil` for anything else.
  ///
  /// The time is `hh:mm[:ss[.fraction]]`, behind `T` or blanks, with `Z` or a difference to UTC behind it or nothing.
  static func seconds(_ text: ArraySlice<UInt8>, _ format: Format) -> (seconds: Double, hasTime: Bool)? {
    var scanner = Scanner(rest: text)
    guard let first = scanner.number(), let separator = scanner.next(), let second = scanner.number(),
      scanner.next() == separator, let third = scanner.number()
    else { return nil }
    let isYearFirst = first.digits == 4
    guard (isYearFirst ? first : third).digits == 4, (isYearFirst ? third : first).digits <= 2, second.digits <= 2
    else { return nil }
    let (year, month, day): (Int, Int, Int)
    switch (format, separator, isYearFirst) {
    case (.iso, UInt8(ascii: "-"), true), (.iso, UInt8(ascii: "/"), true):
      (year, month, day) = (first.value, second.value, third.value)
    case (.dotted, UInt8(ascii: "."), false), (.dayFirst, UInt8(ascii: "/"), false),
      (.dayFirst, UInt8(ascii: "-"), false):
      (year, month, day) = (third.value, second.value, first.value)
    case (.monthFirst, UInt8(ascii: "/"), false), (.monthFirst, UInt8(ascii: "-"), false):
      (year, month, day) = (third.value, first.value, second.value)
    default: return nil
    }
    guard let days = days(year: year, month: month, day: day) else { return nil }
    if scanner.rest.isEmpty { return (Double(days) * 86_400, false) }
    guard let time = scanner.time() else { return nil }
    return (Double(days) * 86_400 + time, true)
  }

  /// The formats in which all of some texts are dates.
  static func formats(of texts: some Collection<[UInt8]>) -> [Format] {
    Format.allCases.filter { format in texts.allSatisfy { seconds($0[...], format) != nil } }
  }

  private static func days(year: Int, month: Int, day: Int) -> Int? {
    let isLeap = year % 4 == 0 && year % 100 != 0 || year % 400 == 0
    let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard (1...12).contains(month), day >= 1, day <= lengths[month - 1] else { return nil }
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private struct Scanner {
    var rest: ArraySlice<UInt8>

    mutating func next() -> UInt8? { rest.popFirst() }

    /// A whole number of at most nine digits.
    mutating func number() -> (value: Int, digits: Int)? {
      var value = 0
      var digits = 0
      while let byte = rest.first, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
        guard digits < 9 else { return nil }
        value = value * 10 + Int(byte - UInt8(ascii: "0"))
        digits += 1
        rest.removeFirst()
      }
      return digits > 0 ? (value, digits) : nil
    }

    /// Seconds since midnight UTC.
    mutating func time() -> Double? {
      guard let mark = next(), mark == UInt8(ascii: "T") || mark == UInt8(ascii: " ") else { return nil }
      while rest.first == UInt8(ascii: " ") { rest.removeFirst() }
      guard let hours = number(), next() == UInt8(ascii: ":"), let minutes = number(), hours.value < 24,
        hours.digits <= 2, minutes.value < 60, minutes.digits == 2
      else { return nil }
      var seconds = Double(hours.value * 3600 + minutes.value * 60)
      if rest.first == UInt8(ascii: ":") {
        rest.removeFirst()
        guard let whole = number(), whole.value <= 60, whole.digits == 2 else { return nil }
        seconds += Double(whole.value)
        if rest.first == UInt8(ascii: ".") {
          rest.removeFirst()
          guard let part = number() else { return nil }
          seconds += Double(part.value) / (0..<part.digits).reduce(1.0) { power, _ in power * 10 }
        }
      }
      while rest.first == UInt8(ascii: " ") { rest.removeFirst() }
      guard let zone = next() else { return seconds }
      if zone == UInt8(ascii: "Z") { return rest.isEmpty ? seconds : nil }
      guard zone == UInt8(ascii: "+") || zone == UInt8(ascii: "-"), let offset = number() else { return nil }
      var minutesOff = offset.digits == 4 ? offset.value / 100 * 60 + offset.value % 100 : offset.value * 60
      if offset.digits <= 2, rest.first == UInt8(ascii: ":") {
        rest.removeFirst()
        guard let minutes = number() else { return nil }
        minutesOff += minutes.value
      }
      guard rest.isEmpty, minutesOff <= 24 * 60 else { return nil }
      return seconds - Double(zone == UInt8(ascii: "-") ? -minutesOff : minutesOff) * 60
    }
  }
}
