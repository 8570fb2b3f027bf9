/// Whether the first row of a table names its columns, as its cells and those below tell.
///
/// It does where a column has text above numbers; where every cell is a name that does not occur again below it, and no
/// column holds numbers; and where the cells are 0, 1, 2, …, as pandas numbers columns.
struct HeaderEvidence {
  private(set) var isHeader = false
  /// Whether the cells are 0, 1, 2, ….
  private(set) var isCount = false
  /// Whether every row below has a cell more, at its beginning: the name of the row.
  private(set) var isShort = false

  init(_ sample: TableSample, missing: MissingWords) {
    guard let first = sample.rows.first else { return }
    let all = sample.rows.dropFirst().map { row in
      // What separators at the end of lines make.
      row.prefix(max(first.count, row.count - row.reversed().prefix(while: \.isEmpty).count))
    }
    // Rows of another length say nothing of what stands below a cell.
    let below = all.filter { $0.count == first.count }
    func isText(_ cell: [UInt8]) -> Bool { !sample.isNumber(cell) && !missing.contains(cell[...]) }
    if !all.isEmpty, all.allSatisfy({ $0.count == first.count + 1 }),
      first.allSatisfy(isText), all.joined().contains(where: sample.isNumber)
    {
      (isHeader, isShort) = (true, true)
      return
    }
    var hasNumbers = false
    var repeats = false
    for (column, name) in first.enumerated() {
      let cells = below.map { $0[column] }.filter { !missing.contains($0[...]) }
      let numbers = cells.count(where: sample.isNumber)
      if !cells.isEmpty, numbers * 2 >= cells.count {
        hasNumbers = true
        if isText(name) { isHeader = true }
      }
      if cells.contains(name) { repeats = true }
    }
    if !below.isEmpty, !hasNumbers, !repeats, first.contains(where: isText), first.count == Set(first).count {
      isHeader = true
    }
    // An unnamed column of row numbers may stand before them, and a name at their end.
    var numbers = first.map { String(decoding: $0, as: UTF8.self) }
    if numbers.first == "" { numbers.removeFirst() }
    let isCounting = numbers.count >= 3 && numbers.enumerated().allSatisfy { $1 == String($0) }
    if isCounting, !below.isEmpty, below.first.map(Array.init) != first { isHeader = true }
    isCount = isCounting && !below.isEmpty
    if all.isEmpty, !first.contains(where: sample.isNumber), first.contains(where: isText) { isHeader = true }
  }
}
