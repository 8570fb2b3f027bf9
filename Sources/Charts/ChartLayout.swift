import Foundation

/// Where everything of a chart stands, in the drawing's coordinates.
package struct ChartLayout {
  /// Pages set text larger on narrow screens; room is kept for that size.
  package static let fontSize = 16.0
  package static let lineHeight = 20.0

  package struct KeyEntry {
    package enum Sample: Equatable { case series(Int), guide(Int) }
    package var sample: Sample
    package var text: String
    package var x: Double
    package var y: Double
  }

  package let chart: Chart
  package let xEnds: ClosedRange<Double>
  package let yEnds: ClosedRange<Double>
  package let xTicks: AxisTicks
  package let yTicks: AxisTicks
  package let key: [KeyEntry]
  /// Names at the ends of lines; those are not in the key.
  package let endLabels: [EndLabels.Label]
  /// Labels of guides across the x axis, which stand above the plot, each over its line.
  package let guideLabels: [(guide: Int, x: Double, y: Double)]
  /// Baseline of the y axis's heading.
  package let headingY: Double
  package let left: Double
  package let right: Double
  package let top: Double
  package let bottom: Double
  package var plotWidth: Double { right - left }
  package var plotHeight: Double { bottom - top }

  /// Lays a chart out below `startY`.
  package init(_ chart: Chart, below startY: Double) {
    let ends = chart.ends(spreads: true, guides: true)
    (xEnds, yEnds) = ends
    let chart = chart.cut(to: ends.y)
    self.chart = chart

    let headingWidth = Markup.width(of: chart.yHeading, fontSize: Self.fontSize)
    headingY = startY + 15
    bottom = chart.height - 2 * Self.lineHeight - 6
    let names =
      chart.isEmpty
      ? nil : EndLabels(chart, ends.x, ends.y, height: bottom - headingY - 2 * Self.lineHeight)
    let (key, keyEnd) = Self.placeKey(chart, names, firstLine: headingY, from: headingWidth + 24)
    self.key = key
    right = chart.width - 12 - (names?.width ?? 0)
    let guideRows = chart.isEmpty ? 0 : chart.guides.filter { $0.direction == .x && !$0.label.isEmpty }.count
    // A first guess of the plot's height is enough to choose ticks, and those give the left edge.
    let guessedTop = keyEnd + (guideRows > 0 ? Self.lineHeight : 0)

    yTicks = AxisTicks(chart.yAxis, over: yEnds, target: max(Int(within: (bottom - guessedTop) / 42), 2), least: 3)
    let widest = yTicks.labels.map { Markup.width(of: $0, fontSize: Self.fontSize) }.max() ?? 0
    left = min(max(widest + 10, 24), chart.width * 0.4)

    // Fewer ticks until no two labels touch.
    var target = 9
    var ticks = AxisTicks(chart.xAxis, over: xEnds, target: target)
    while target > 2, Self.collide(ticks, chart.xAxis, xEnds, width: right - left) {
      target -= 1
      ticks = AxisTicks(chart.xAxis, over: xEnds, target: target)
    }
    xTicks = ticks
    let spots = chart.isEmpty ? [] : Self.spots(chart, xEnds, left: left, right: right)
    let rows = (spots.map(\.row).max() ?? -1) + 1
    guideLabels = spots.map { ($0.guide, $0.x, keyEnd + 8 + Double($0.row) * Self.lineHeight) }
    let (top, bottom, left, right) = (keyEnd + Double(rows) * Self.lineHeight + (rows > 0 ? 4 : 0), bottom, left, right)
    self.top = top
    endLabels =
      names?.placed(
        right: right, top: top, bottom: bottom,
        x: { left + Self.share($0, chart.xAxis, ends.x) * (right - left) },
        y: { bottom - Self.share($0, chart.yAxis, ends.y) * (bottom - top) }) ?? []
  }

  /// Puts each label of a guide into the first row in which it touches no other.
  private static func spots(
    _ chart: Chart, _ ends: ClosedRange<Double>, left: Double, right: Double
  ) -> [(guide: Int, x: Double, row: Int)] {
    var rowEnds: [Double] = []
    var result: [(guide: Int, x: Double, row: Int)] = []
    let shown = chart.guides.indices.filter { index in
      let guide = chart.guides[index]
      return guide.direction == .x && !guide.label.isEmpty && chart.xAxis.shows(guide.value)
        && ends.contains(guide.value)
    }
    for index in shown.sorted(by: { chart.guides[$0].value < chart.guides[$1].value }) {
      let width = Markup.width(of: chart.guides[index].label, fontSize: fontSize)
      let center = left + share(chart.guides[index].value, chart.xAxis, ends) * (right - left)
      let start = max(min(center - width / 2, chart.width - width), 0)
      let row = rowEnds.firstIndex { $0 + 12 <= start } ?? rowEnds.count
      if row == rowEnds.count { rowEnds.append(0) }
      rowEnds[row] = start + width
      result.append((index, start + width / 2, row))
    }
    return result
  }

  /// Horizontal position of a value.
  package func x(_ value: Double) -> Double { left + Self.share(value, chart.xAxis, xEnds) * plotWidth }

  /// Vertical position of a value.
  package func y(_ value: Double) -> Double { bottom - Self.share(value, chart.yAxis, yEnds) * plotHeight }

  /// 0…1 along an axis, also beyond its ends.
  package static func share(_ value: Double, _ axis: ChartAxis, _ ends: ClosedRange<Double>) -> Double {
    let low = axis.position(ends.lowerBound)
    return (axis.position(value) - low) / (axis.position(ends.upperBound) - low)
  }

  private static func collide(
    _ ticks: AxisTicks, _ axis: ChartAxis, _ ends: ClosedRange<Double>, width: Double
  ) -> Bool {
    var end = -Double.infinity
    for (tick, label) in zip(ticks.major, ticks.labels) {
      let center = share(tick, axis, ends) * width
      let half = Markup.width(of: label, fontSize: fontSize) / 2
      if center - half < end + 14 { return true }
      end = center + half
    }
    return false
  }

  package static let sampleWidth = 24.0

  /// Sets the key from the right of the heading's line on, over as many lines as it takes.
  private static func placeKey(
    _ chart: Chart, _ names: EndLabels?, firstLine: Double, from headingEnd: Double
  ) -> (key: [KeyEntry], top: Double) {
    var named: [(KeyEntry.Sample, String)] = chart.series.indices.filter { !chart.series[$0].name.isEmpty }
      .map { (.series($0), chart.series[$0].name) }
    named += chart.guides.indices
      .filter { chart.guides[$0].direction == .y && !chart.guides[$0].label.isEmpty }
      .map { (.guide($0), chart.guides[$0].label) }
    // A series alone needs no key: the heading says what it is.
    let isAlone = chart.series.count == 1 && chart.guides.allSatisfy { $0.direction == .x }
    if isAlone { named = [] }
    if chart.isEmpty { named = [] }
    named.removeAll { entry in names?.contains(entry.0) ?? false }

    let widths = named.map { sampleWidth + 6 + Markup.width(of: $0.1, fontSize: fontSize) }
    let gap = 16.0
    let inOneLine = widths.reduce(0, +) + gap * Double(max(widths.count - 1, 0))
    let sharesLine = inOneLine <= chart.width - 12 - headingEnd
    var x = sharesLine ? chart.width - 12 - inOneLine : 0
    var y = sharesLine || named.isEmpty ? firstLine : firstLine + lineHeight
    var key: [KeyEntry] = []
    for (entry, width) in zip(named, widths) {
      if !sharesLine, x > 0, x + width > chart.width {
        x = 0
        y += lineHeight
      }
      key.append(KeyEntry(sample: entry.0, text: entry.1, x: x, y: y))
      x += width + gap
    }
    return (key, y + 14)
  }
}
