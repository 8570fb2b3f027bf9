/// The decimal number in `bytes`, or in a part of them, as the nearest double-precision one; `nil` for anything else, infinity and NaN included.
///
/// Numbers of at most 15 digits with a small exponent are exact in one multiplication or division (Clinger 1990, "How
/// to Read Floating Point Numbers Accurately", §4); the rest goes through the standard library.
///
/// - Parameter point: what stands before the fraction.
func parseNumber(_ bytes: [UInt8], _ part: Range<Int>? = nil, point: UInt8 = UInt8(ascii: ".")) -> Double? {
  let range = part ?? bytes.indices
  var index = range.lowerBound
  var isNegative = false
  if index < range.upperBound, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") {
    isNegative = bytes[index] == UInt8(ascii: "-")
    index += 1
  }
  var mantissa = 0
  var digits = 0
  var fractionDigits = 0
  var hasPoint = false
  while index < range.upperBound {
    let byte = bytes[index]
    if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
      guard digits < 15 else { return parseSlowly(bytes, range, point) }
      mantissa = mantissa * 10 + Int(byte - UInt8(ascii: "0"))
      digits += 1
      if hasPoint { fractionDigits += 1 }
    } else if byte == point, !hasPoint {
      hasPoint = true
    } else {
      return parseSlowly(bytes, range, point)
    }
    index += 1
  }
  guard digits > 0 else { return nil }
  let magnitude = Double(mantissa) / powersOfTen[fractionDigits]
  return isNegative ? -magnitude : magnitude
}

/// 10⁰ to 10¹⁵, all exact.
private let powersOfTen: [Double] = (0...15).map { power in (0..<power).reduce(1.0) { value, _ in value * 10 } }

private func parseSlowly(_ bytes: [UInt8], _ range: Range<Int>, _ point: UInt8) -> Double? {
  // The standard library also reads "nan", "inf" and hexadecimal numbers.
  var hasDigit = false
  for byte in bytes[range] {
    if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
      hasDigit = true
    } else if byte != point, !"+-eE".utf8.contains(byte) {
      return nil
    }
  }
  guard hasDigit else { return nil }
  let text = bytes[range].map { $0 == point ? UInt8(ascii: ".") : $0 }
  guard let number = Double(String(decoding: text, as: UTF8.self)), number.isFinite else { return nil }
  return number
}
