/// min ‖A·x − b‖² with x ≥ 0, for a handful of unknowns (Lawson and Hanson 1974, chapter 23).
///
/// The solution is the ordinary least-squares solution on the columns where x is positive, so all sets of columns are
/// tried: exact, without a starting point or a limit on iterations. Of sets that fit equally well the smallest is
/// taken, and of those the one with the earlier columns; so what the rows cannot tell apart is named once, in the
/// order of the columns.
package enum NonNegativeLeastSquares {
  /// The most unknowns: 2^12 sets of columns.
  package static let mostColumns = 12
  /// Sums of squares that differ by less than this share of ‖b‖² count as equal.
  private static let tolerance = 1e-10

  /// The solution; a column of zeros gets 0.
  ///
  /// - Parameters:
  ///   - rows: A, row by row, all of the same length.
  ///   - targets: b, one a row.
  package static func solve(_ rows: [[Double]], _ targets: [Double]) -> [Double] {
    precondition(rows.count == targets.count, "\(rows.count) rows for \(targets.count) targets")
    let columns = rows.first?.count ?? 0
    precondition(columns <= mostColumns, "\(columns) unknowns; at most \(mostColumns)")
    // Columns of length 1 make pivots comparable.
    let scales = (0..<columns).map { column in rows.reduce(0) { $0 + $1[column] * $1[column] }.squareRoot() }
    let used = scales.indices.filter { scales[$0] > 0 }
    func dot(_ left: (Int) -> Double, _ right: (Int) -> Double) -> Double {
      rows.indices.reduce(0) { $0 + left($1) * right($1) }
    }
    let products = used.map { i in used.map { j in dot({ rows[$0][i] / scales[i] }, { rows[$0][j] / scales[j] }) } }
    let right = used.map { i in dot({ rows[$0][i] / scales[i] }, { targets[$0] }) }
    let whole = dot({ targets[$0] }, { targets[$0] })

    var best: (set: [Int], solution: [Double], residual: Double) = ([], [], whole)
    // Sets in the order of their size, so that a larger one has to be better to win.
    let sets = (1..<max(1, 1 << used.count)).map { bits in used.indices.filter { bits >> $0 & 1 == 1 } }
    for set in sets.sorted(by: { ($0.count, $0.description) < ($1.count, $1.description) }) {
      guard let solution = solve(products, right, on: set), solution.allSatisfy({ $0 >= 0 }) else { continue }
      let explained = zip(set, solution).reduce(0) { $0 + right[$1.0] * $1.1 }
      let residual = whole - explained
      if residual < best.residual - tolerance * whole { best = (set, solution, residual) }
    }
    var result = [Double](repeating: 0, count: columns)
    for (place, value) in zip(best.set, best.solution) { result[used[place]] = value / scales[used[place]] }
    return result
  }

  /// Solves the normal equations on some columns by Cholesky's method; `nil` where those depend on one another.
  private static func solve(_ products: [[Double]], _ right: [Double], on set: [Int]) -> [Double]? {
    let count = set.count
    var factor = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    for row in 0..<count {
      for column in 0...row {
        var sum = products[set[row]][set[column]]
        for inner in 0..<column { sum -= factor[row][inner] * factor[column][inner] }
        if row == column {
          guard sum > 1e-9 else { return nil }
          factor[row][row] = sum.squareRoot()
        } else {
          factor[row][column] = sum / factor[column][column]
        }
      }
    }
    var solution = set.map { right[$0] }
    for row in 0..<count {
      for inner in 0..<row { solution[row] -= factor[row][inner] * solution[inner] }
      solution[row] /= factor[row][row]
    }
    for row in (0..<count).reversed() {
      for inner in (row + 1)..<max(row + 1, count) { solution[row] -= factor[inner][row] * solution[inner] }
      solution[row] /= factor[row][row]
    }
    return solution
  }
}
