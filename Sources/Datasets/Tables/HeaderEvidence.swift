/// Whether the first row of a table names its columns, as its cells and those below tell.
///
/// It does where a column has text above numbers; where every cell is a name that does not occur again below it, and no
/// column holds numbers; and where the cells are 0, 1, 2, …, as pandas numbers columns.
struct HeaderEvidence {
  private(set) var isHeader = false
  /// Whether the cells are 0, 1, 2, ….
  private(set) var isCount = false

  init(_ sample: TableSample, missing: MissingWords) {
    guard let first = sample.rows.first else { return }
    let below = sample.rows.dropFirst()
    func isText(_ cell: [UInt8]) -> Bool { !sample.isNumber(cell) && !missing.contains(cell[...]) }
    var hasNumbers = false
    var repeats = false
    for (column, name) in first.enumerated() {
      let cells = below.compactMap { $0.count > column ? $0[column] : nil }.filter { !missing.contains($0[...]) }
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
    if isCounting, !below.isEmpty, sample.rows.dropFirst().first != first { isHeader = true }
    isCount = isCounting && !below.isEmpty
    if below.isEmpty, !first.contains(where: sample.isNumber), first.contains(where: isText) { isHeader = true }
  }
}
