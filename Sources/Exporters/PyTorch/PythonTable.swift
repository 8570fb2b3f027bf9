import Datasets

/// What makes a network's inputs of a table's row, in Python.
struct PythonTable {
  private let form: TableForm
  private let hasDates: Bool

  init(_ form: TableForm) {
    self.form = form
    hasDates = form.columns.contains { if case .date = $0.kind { true } else { false } }
  }

  /// Modules of the standard library that it wants.
  var imports: [String] {
    ["import re", "from dataclasses import dataclass"] + (hasDates ? ["from datetime import date"] : [])
  }

  /// Words for missing cells.
  var constants: [String] {
    let words = Set(form.wordsForMissing.map { $0.lowercased() } + [""]).sorted()
    let lines = PythonFile.constant("MISSING", .list(words.map { .string($0) }, isTall: false))
    // Columns of a table without names have their places.
    return lines + (form.isHeaderless ? ["COLUMN_NAMES = list(map(str, range(\(form.columnCount))))"] : [])
  }

  /// The columns, and the functions that read their cells.
  var definitions: [[String]] {
    [columnClass + ["", ""] + columns, number] + (hasDates ? [seconds] : []) + [encode]
  }

  private var columnClass: [String] {
    """
    @dataclass
    class Column:
        \"""A column that becomes one input, or with oneHot an input for each text.\"""

        name: str
        kind: str
        texts: tuple = ()
        fill: float = 0.0
        marks_missing: bool = False
    """.lines
  }

  private var columns: [String] {
    let calls = form.columns.map { column -> PythonExpression in
      var arguments = [PythonArgument(.string(column.name))]
      var texts: [String]?
      switch column.kind {
      case .number: arguments.append(PythonArgument(.string("number")))
      case .date(let format, let inDays):
        arguments.append(PythonArgument(.string("\(inDays ? "days" : "seconds") \(format.rawValue)")))
      case .oneHot(let list):
        arguments.append(PythonArgument(.string("oneHot")))
        texts = list
      case .ordinal(let list):
        arguments.append(PythonArgument(.string("ordinal")))
        texts = list
      }
      if let texts { arguments.append(PythonArgument(.list(texts.map { .string($0) }, isTall: false))) }
      if case .oneHot = column.kind {
      } else {
        arguments.append(PythonArgument(.number(column.fill), label: "fill"))
      }
      if column.marksMissing { arguments.append(PythonArgument(.text("True"), label: "marks_missing")) }
      return .call("Column", arguments)
    }
    return PythonFile.constant("COLUMNS", .list(calls, isTall: true))
  }

  private var number: [String] {
    """
    def number(text):
        \"""The decimal number in a cell, or None.\"""
        if re.fullmatch(r"[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?", text):
            return float(text)
        return None
    """.lines
  }

  private var seconds: [String] {
    """
    DATES = {
        "yyyy-mm-dd": r"(?P<year>\\d{4})([-/])(?P<month>\\d\\d?)\\2(?P<day>\\d\\d?)",
        "d.m.yyyy": r"(?P<day>\\d\\d?)(\\.)(?P<month>\\d\\d?)\\2(?P<year>\\d{4})",
        "d/m/yyyy": r"(?P<day>\\d\\d?)([-/])(?P<month>\\d\\d?)\\2(?P<year>\\d{4})",
        "m/d/yyyy": r"(?P<month>\\d\\d?)([-/])(?P<day>\\d\\d?)\\2(?P<year>\\d{4})",
    }
    TIME = (
        r"([T ] *(?P<hour>\\d\\d?):(?P<minute>\\d\\d)(:(?P<second>\\d\\d?(\\.\\d+)?))?"
        r" *(Z|(?P<sign>[+-])(?P<zone_hour>\\d\\d?):?(?P<zone_minute>\\d\\d)?)?)?"
    )


    def seconds(text, written):
        \"""Seconds from 1970-01-01T00:00Z to the date in a cell, or None.\"""
        match = re.fullmatch(DATES[written] + TIME, text, re.ASCII)
        if match is None:
            return None
        try:
            day = date(int(match["year"]), int(match["month"]), int(match["day"]))
        except ValueError:
            return None
        count = (day - date(1970, 1, 1)).days * 86400.0
        count += int(match["hour"] or 0) * 3600 + int(match["minute"] or 0) * 60
        count += float(match["second"] or 0)
        zone = int(match["zone_hour"] or 0) * 3600 + int(match["zone_minute"] or 0) * 60
        return count + zone if match["sign"] == "-" else count - zone
    """.lines
  }

  private var encode: [String] {
    let date =
      hasDates
      ? """

                  elif column.kind.startswith(("days", "seconds")):
                      unit, written = column.kind.split(" ")
                      value = seconds(text, written)
                      if value is not None and unit == "days":
                          value /= 86400
      """ : ""
    let missing =
      form.missing == .mean
      ? ""
      : """

                  if missing:
                      raise ValueError(f"column {column.name}: the cell is missing")
      """
    return
      """
      def encode(row):
          \"""The model's inputs of a row: a dictionary from columns' names to cells.\"""
          inputs = []
          for column in COLUMNS:
              cell = row[column.name]
              text = "" if cell is None else str(cell).strip(" \\t")
              value = None
              if column.kind == "number":
                  value = number(text)\(date.replacing("            ", with: "        "))
              missing = value is None and text.lower() in MISSING\(missing.replacing("            ", with: "        "))
              if column.kind == "oneHot":
                  inputs += [float(text == other and not missing) for other in column.texts]
              else:
                  if column.kind == "ordinal" and not missing:
                      value = column.texts.index(text) if text in column.texts else None
                      missing = value is None
                  if value is None and not missing:
                      raise ValueError(f"column {column.name}: {cell!r} is no {column.kind}")
                  inputs.append(column.fill if missing else float(value))
              if column.marks_missing:
                  inputs.append(float(missing))
          return inputs
      """.lines
  }
}
