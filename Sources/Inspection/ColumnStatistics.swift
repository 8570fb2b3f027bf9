/// What the numbers of one column are like: of a table's column, an image's channel, or a number to predict.
package struct ColumnStatistics: Encodable, Sendable, Equatable {
  /// The column's name, or its number from 0.
  package var name: String
  /// Numbers that were looked at.
  package var count = 0
  /// Numbers that are NaN or infinite; no other figure counts them.
  package var notFinite = 0
  package var minimum = Double.infinity
  package var maximum = -Double.infinity
  package var mean = 0.0
  /// √(mean of (x − mean)²).
  package var deviation = 0.0
  /// Whether one number fills more than 99 % of the column.
  package var isNearlyConstant = false
  /// Empty cells of a table, and words that stand for them.
  package var missing: Int?
  /// Cells of a table that hold text; `count` does not count them.
  package var texts: Int?
  /// Different ones among the texts, as far as they are told apart.
  package var differentTexts: Int?
  /// Different numbers of a table's column, as far as ``mostDifferentNumbers`` are told apart.
  package var differentNumbers: Int?
  /// Whether the cells of a table's column count the rows: each is one more than the one above it.
  package var countsRows: Bool?
  /// The most frequent texts.
  package var commonTexts: [TextCount]?

  /// A text and how many cells hold it.
  package struct TextCount: Encodable, Sendable, Equatable {
    package var text: String
    package var count: Int
  }

  init(name: String) { self.name = name }

  /// Different numbers of a column that are told apart.
  package static let mostDifferentNumbers = 1000

  /// Whether all numbers are the same.
  package var isConstant: Bool { count > notFinite && minimum == maximum }
}

/// The numbers of a column while they are read, in double precision.
struct ColumnSums {
  private var statistics: ColumnStatistics
  /// The first number; sums are of differences to it, so that a large offset costs no digits.
  private var first = Double.nan
  private var sum = 0.0
  private var squares = 0.0
  /// The one number that may fill more than half of the column, and how far it leads (Boyer and Moore 1991).
  private var leader = Double.nan
  private var lead = 0

  init(name: String) { statistics = ColumnStatistics(name: name) }

  mutating func add(_ number: Double) {
    statistics.count += 1
    guard number.isFinite else {
      statistics.notFinite += 1
      return
    }
    if first.isNaN { first = number }
    let difference = number - first
    sum += difference
    squares += difference * difference
    statistics.minimum = min(statistics.minimum, number)
    statistics.maximum = max(statistics.maximum, number)
    if lead == 0 { leader = number }
    lead += number == leader ? 1 : -1
  }

  var result: ColumnStatistics {
    var result = statistics
    let count = Double(result.count - result.notFinite)
    guard count > 0 else { return result }
    result.mean = first + sum / count
    result.deviation = (max(0, squares - sum * sum / count) / count).squareRoot()
    // A number of share s leads by at least (2 s − 1) · count, and one that leads by so much has at least that share.
    result.isNearlyConstant = !result.isConstant && Double(lead) >= 0.98 * count && count >= 100
    return result
  }
}
