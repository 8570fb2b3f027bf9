/// A chart in characters: braille dots, eight to a cell, or plain marks where those cannot be shown or told apart.
package struct TextPlot: Sendable {
  /// What is drawn.
  package var chart: Chart
  /// Lines that the plot area takes.
  package var rows: Int
  /// Greatest width of the whole, in columns; the style's width may lower it.
  package var columns: Int

  /// A plot of a chart's lines and markers; its guides, spreads and notes are left out.
  ///
  /// Faint series are left out where there are others: raw data under a smoothed line only hides it here.
  package init(_ chart: Chart, rows: Int = 8, columns: Int = 72) {
    precondition(rows >= 2, "a text plot of \(rows) rows")
    self.chart = chart
    if chart.series.contains(where: { $0.stroke != .faint }) {
      self.chart.series.removeAll { $0.stroke == .faint }
    }
    self.rows = rows
    self.columns = columns
  }

  /// The plot with its title, axes and, for several series, a key; each line is indented by two spaces.
  package func render(_ style: TerminalStyle = TerminalStyle()) -> String {
    let title = "  " + style.paint(style.plain(heading), .strong) + "\n"
    guard !chart.isEmpty else { return title + "  no data yet\n" }
    let (xEnds, yEnds) = chart.ends(spreads: false, guides: false)
    let yTicks = AxisTicks(chart.yAxis, over: yEnds, target: max(rows / 2, 2), least: 3)
    let labels = yTicks.labels.map(style.plain)
    let labelWidth = labels.map(\.count).max() ?? 0
    let width = max(min(style.width, columns) - labelWidth - 5, 8)

    var named: [Int: String] = [:]
    for (tick, label) in zip(yTicks.major, labels) {
      let share = ChartLayout.share(tick, chart.yAxis, yEnds)
      let row = rows - 1 - min(max(Int(within: share * Double(rows)), 0), rows - 1)
      if named[row] == nil { named[row] = label }
    }
    var grid = TextGrid(width: width, height: rows, usesDots: usesDots(style))
    for (index, series) in chart.cut(to: yEnds).series.enumerated() {
      draw(series, index, into: &grid, xEnds, yEnds)
    }
    var text = title
    for row in 0..<rows {
      let label = named[row] ?? ""
      let axis = style.unicode ? (label.isEmpty ? "│" : "┤") : (label.isEmpty ? "|" : "+")
      let margin = "  " + String(repeating: " ", count: labelWidth - label.count) + label + " " + axis
      text += style.paint(margin, .quiet) + grid.line(row, style) + "\n"
    }
    return text + xAxisLines(width: width, margin: labelWidth + 3, xEnds, style) + key(style)
  }

  private var heading: String {
    let name = chart.title.isEmpty ? chart.yAxis.heading : chart.title
    return "\(name) against \(chart.xAxis.heading)"
  }

  /// Dots cannot tell series apart without colour.
  private func usesDots(_ style: TerminalStyle) -> Bool {
    style.unicode && (style.color || chart.series.count < 2)
  }

  private func draw(
    _ series: ChartSeries, _ index: Int, into grid: inout TextGrid, _ xEnds: ClosedRange<Double>,
    _ yEnds: ClosedRange<Double>
  ) {
    var last: (column: Int, row: Int)?
    for point in series.points {
      guard chart.xAxis.shows(point.x), chart.yAxis.shows(point.y) else {
        last = nil
        continue
      }
      let across = ChartLayout.share(point.x, chart.xAxis, xEnds)
      let up = ChartLayout.share(point.y, chart.yAxis, yEnds)
      guard (-0.001...1.001).contains(across), (-0.001...1.001).contains(up) else {
        last = nil
        continue
      }
      let place = grid.place(across: across, up: up)
      if let last, series.form != .markers {
        grid.line(from: last, to: place, series: index, steps: series.form == .steps || series.form == .histogram)
      } else {
        grid.mark(place, series: index)
      }
      last = place
    }
  }

  private func xAxisLines(width: Int, margin: Int, _ ends: ClosedRange<Double>, _ style: TerminalStyle) -> String {
    var target = max(width / 12, 2)
    while true {
      let ticks = AxisTicks(chart.xAxis, over: ends, target: target)
      if let lines = xAxisLines(ticks, width: width, ends, style, isLast: target <= 2) {
        let indentation = String(repeating: " ", count: margin)
        let corner = style.unicode ? " └" : " +"
        return style.paint(indentation + corner.dropFirst() + lines.rule, .quiet) + "\n"
          + style.paint(indentation + " " + lines.labels, .quiet) + "\n"
      }
      // At the last try, labels that would touch are left out.
      target -= 1
    }
  }

  /// `nil` if labels touch and this is not the last try.
  private func xAxisLines(
    _ ticks: AxisTicks, width: Int, _ ends: ClosedRange<Double>, _ style: TerminalStyle, isLast: Bool
  ) -> (rule: String, labels: String)? {
    var rule = Array(repeating: style.unicode ? "─" : "-", count: width)
    var labels = Array(repeating: Character(" "), count: width)
    var end = -1
    for (tick, label) in zip(ticks.major, ticks.labels.map(style.plain)) {
      let share = ChartLayout.share(tick, chart.xAxis, ends)
      let column = min(max(Int(within: share * Double(width)), 0), width - 1)
      let start = min(max(column - label.count / 2, 0), width - label.count)
      guard start > end else {
        if !isLast { return nil }
        continue
      }
      rule[column] = style.unicode ? "┬" : "+"
      for (offset, character) in label.enumerated() { labels[start + offset] = character }
      end = start + label.count
    }
    return (rule.joined(), String(String(labels).reversed().drop { $0 == " " }.reversed()))
  }

  private func key(_ style: TerminalStyle) -> String {
    guard chart.series.count > 1 else { return "" }
    let entries = chart.series.enumerated().filter { !$0.element.name.isEmpty }.map { index, series in
      let mark = usesDots(style) ? "━━" : String(TextGrid.mark(index, unicode: style.unicode))
      return style.paint(mark, TextGrid.role(index)) + " " + style.plain(series.name)
    }
    return "  " + entries.joined(separator: "   ") + "\n"
  }
}
