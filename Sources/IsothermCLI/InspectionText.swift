import Charts
import Datasets
import Inspection
import Reports

/// What `isotherm data inspect` prints.
enum InspectionText {
  private static let mostColumns = 60
  private static let mostClasses = 120

  /// Counts, classes and columns.
  static func text(_ inspection: DataInspection, shape: SampleShape, style: TerminalStyle) -> String {
    var counts = "\(HumanFormat.count(inspection.train.samples)) "
    counts += inspection.test == nil ? "samples" : "training"
    if let validation = inspection.validation { counts += ", \(HumanFormat.count(validation.samples)) validation" }
    if let test = inspection.test { counts += " and \(HumanFormat.count(test.samples)) test samples" }
    var text = "\(inspection.name): \(counts) of \(shape), \(HumanFormat.bytes(inspection.memoryBytes))\n"
    switch inspection.task {
    case "classification": text += classes(inspection, style)
    case "regression": text += columns(inspection.targets, caption: "To predict", style)
    default: break
    }
    let name = shape.isImage ? "Channels" : "Columns"
    return text + columns(inspection.columns, caption: "\(name) of the training set", style)
  }

  /// A table column by column.
  static func table(_ inspection: DataInspection, style: TerminalStyle) -> String {
    var table = TextTable(
      caption: "\(inspection.name): \(HumanFormat.count(inspection.train.samples)) rows of "
        + "\(HumanFormat.count(inspection.columns.count)) columns",
      columns: [
        .text("column"), .init("numbers"), .init("missing"), .init("mean"), .init("deviation"), .init("least"),
        .init("greatest"), .text("texts"),
      ])
    for column in inspection.columns.prefix(mostColumns) {
      let numbers = [column.mean, column.deviation, column.minimum, column.maximum].map {
        column.count == 0 ? "" : HumanFormat.short($0, digits: 5)
      }
      let common = (column.commonTexts ?? []).prefix(3).map { "\($0.text) \($0.count)" }.joined(separator: ", ")
      let texts = column.differentTexts.map { "\(HumanFormat.count($0)) different: \(common)" } ?? ""
      table.append(
        [column.name, HumanFormat.count(column.count), HumanFormat.count(column.missing ?? 0)] + numbers + [texts])
    }
    let rest = inspection.columns.count - mostColumns
    return table.render(style) + (rest > 0 ? "  and \(HumanFormat.count(rest)) more columns\n" : "")
  }

  /// What to look at.
  static func warnings(_ inspection: DataInspection, style: TerminalStyle) -> String {
    let notes = "\n" + inspection.notes.map { "note: \(style.plain($0))\n" }.joined()
    if inspection.warnings.isEmpty { return notes + "Nothing to warn of.\n" }
    return notes
      + inspection.warnings.map { style.paint("warning", .strong) + ": \(style.plain($0))" }.joined(separator: "\n")
      + "\n"
  }

  private static func classes(_ inspection: DataInspection, _ style: TerminalStyle) -> String {
    let counts = inspection.train.samplesPerClass
    let most = counts.max() ?? 1
    var table = TextTable(columns: [.text("class"), .init(inspection.test == nil ? "samples" : "training")])
    if inspection.validation != nil { table.columns.append(.init("validation")) }
    if inspection.test != nil { table.columns.append(.init("test")) }
    table.columns.append(.text(""))
    for (index, name) in inspection.classNames.enumerated().prefix(mostClasses) {
      var row = [name, HumanFormat.count(counts[index])]
      if let validation = inspection.validation { row.append(HumanFormat.count(validation.samplesPerClass[index])) }
      if let test = inspection.test { row.append(HumanFormat.count(test.samplesPerClass[index])) }
      row.append(bar(Double(counts[index]) / Double(max(1, most)), style))
      table.append(row)
    }
    let rest = inspection.classNames.count - mostClasses
    return table.render(style) + (rest > 0 ? "  and \(HumanFormat.count(rest)) more classes\n" : "")
  }

  private static func bar(_ share: Double, _ style: TerminalStyle) -> String {
    String(repeating: style.unicode ? "▆" : "#", count: Int((share * 24).rounded(.up)))
  }

  private static func columns(_ columns: [ColumnStatistics], caption: String, _ style: TerminalStyle) -> String {
    var table = TextTable(
      caption: caption,
      columns: [.text("name"), .init("mean"), .init("deviation"), .init("least"), .init("greatest"), .text("")])
    for column in columns.prefix(mostColumns) {
      let remark =
        column.isConstant ? "constant" : column.isNearlyConstant ? "nearly constant" : column.notFinite > 0 ? "NaN" : ""
      table.append([
        column.name, HumanFormat.short(column.mean, digits: 5), HumanFormat.short(column.deviation, digits: 5),
        HumanFormat.short(column.minimum, digits: 5), HumanFormat.short(column.maximum, digits: 5), remark,
      ])
    }
    let rest = columns.count - mostColumns
    return table.render(style) + (rest > 0 ? "  and \(HumanFormat.count(rest)) more\n" : "")
  }
}
