import Foundation

/// What the numbers of a training set need of a float, column by column (or channel by channel), found in double
/// precision while they are read.
struct ColumnSurvey: Codable {
  private struct Column: Codable {
    /// The first number; sums are of differences to it, so that their digits are those that tell numbers apart.
    var first = Double.nan
    var count = 0.0
    var sum = 0.0
    var squares = 0.0
    var low = Double.infinity
    var high = -Double.infinity
    /// Whether every number is a float.
    var isExact = true

    var mean: Double { first + sum / count }
    var deviation: Double { (max(0, squares - sum * sum / count) / count).squareRoot() }
    var magnitude: Double { max(abs(low), abs(high)) }
  }

  private var columns: [Column]

  /// A survey of that many columns, none of which has a number yet.
  init(columns count: Int) { columns = Array(repeating: Column(), count: count) }

  /// Number of columns.
  var columnCount: Int { columns.count }

  /// Adds one number.
  @inline(__always)
  mutating func add(_ number: Double, column index: Int) {
    if columns[index].count == 0 { columns[index].first = number }
    let difference = number - columns[index].first
    columns[index].count += 1
    columns[index].sum += difference
    columns[index].squares += difference * difference
    columns[index].low = min(columns[index].low, number)
    columns[index].high = max(columns[index].high, number)
    if Double(Float(number)) != number { columns[index].isExact = false }
  }

  // MARK: Standardised numbers

  /// A mean of this many deviations costs 8 of a float's 24 bits, in the float and again where it is subtracted.
  private static let mostDeviations = 256.0
  /// Beyond these magnitudes a deviation or its inverse may leave the range in which floats have all their bits.
  private static let magnitudes = 0x1p-64...0x1p64
  /// A column that differs by less than some units in a double's last place is constant but for its computation.
  private static let doubleNoise = 8 * Double.ulpOfOne

  /// How standardised columns are stored; `nil` where plain floats hold all of them well.
  func storedScale() -> StoredScale? {
    guard columns.contains(where: Self.needsScale) else { return nil }
    return StoredScale(
      columns.map { column in
        guard Self.needsScale(column) else { return (origin: 0, unit: 1, noise: 0) }
        let origin = column.mean
        let reach = max(column.high - origin, origin - column.low)
        if Self.isConstant(column) { return (origin: origin, unit: 1, noise: reach) }
        return (origin: origin, unit: Double(sign: .plus, exponent: reach.exponent, significand: 1), noise: 0)
      })
  }

  private static func isConstant(_ column: Column) -> Bool {
    column.high - column.low <= doubleNoise * column.magnitude
  }

  private static func needsScale(_ column: Column) -> Bool {
    guard column.high > column.low else { return false }
    return abs(column.mean) > mostDeviations * column.deviation || !magnitudes.contains(column.magnitude)
  }

  // MARK: Numbers that stay as they are

  /// A remark for each column whose numbers a plain float tells apart badly: most often because it is not standardised.
  ///
  /// - Parameters:
  ///   - name: names a column in the remark, such as `column 3 ("time")`.
  ///   - remedy: what to do about it.
  func lostDigits(_ name: (Int) -> String, remedy: String) -> [String] {
    var remarks: [String] = []
    for (index, column) in columns.enumerated() where !column.isExact && !Self.isConstant(column) {
      let isFar = column.magnitude > 0x1p14 * column.deviation
      let isTiny = column.magnitude < Double(Float.leastNormalMagnitude)
      guard isFar || isTiny else { continue }
      let spacing = Double(Float(column.magnitude).ulp)
      remarks.append(
        "\(name(index)) loses digits: it holds numbers from \(column.low) to \(column.high), which single precision tells "
          + "apart by \(Float(spacing)); \(remedy)")
    }
    guard remarks.count > 3 else { return remarks }
    return Array(remarks.prefix(3)) + ["\(remarks.count - 3) other columns lose digits in the same way"]
  }

  /// The smallest and the largest number of every column; `nil` where some column has none.
  var ranges: [ClosedRange<Double>]? {
    guard columns.allSatisfy({ $0.low <= $0.high }) else { return nil }
    return columns.map { $0.low...$0.high }
  }

  /// The means of all columns, to the bits of ``ChannelStatistics``; `nil` where some number is no float.
  var exactMeans: [Double]? {
    guard columns.allSatisfy({ $0.isExact && $0.count > 0 }) else { return nil }
    return columns.map(\.mean)
  }

  /// Whether some number may have been an integer beyond those that double precision holds one by one.
  var reachesBeyondDoubles: Bool { columns.contains { $0.count > 0 && $0.magnitude >= 0x1p53 } }
}
