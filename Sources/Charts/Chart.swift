/// A plot: series over two axes, drawn as SVG.
///
/// The key stands above the plot and never covers data. Lines of more than 800 points are thinned so that every spike
/// stays; values that cannot be shown leave gaps.
package struct Chart: Sendable, Equatable {
  /// Names the chart for every reader.
  package var title: String
  /// Said to screen readers; `nil` is made from the data.
  package var summary: String?
  /// The axis along the bottom.
  package var xAxis: ChartAxis
  /// The axis at the left.
  package var yAxis: ChartAxis
  /// Drawn in order, so that later ones lie on top.
  package var series: [ChartSeries]
  /// Values that are marked across the plot.
  package var guides: [ChartGuide]
  /// A few words beside the y axis's heading, such as how a line was smoothed.
  package var remark: String?
  /// Width in the drawing's own coordinates, as ``height`` is; the page scales both.
  package var width: Double
  /// See ``width``.
  package var height: Double

  /// A chart; by default of a size that suits a page's grid of two columns.
  package init(
    _ title: String, x xAxis: ChartAxis, y yAxis: ChartAxis, series: [ChartSeries], guides: [ChartGuide] = [],
    summary: String? = nil, width: Double = 480, height: Double = 300
  ) {
    self.title = title
    self.summary = summary
    self.xAxis = xAxis
    self.yAxis = yAxis
    self.series = series
    self.guides = guides
    self.width = width
    self.height = height
  }

  /// What is written above the y axis: its heading, without what the title has said.
  package var yHeading: String {
    let isSaid = yAxis.label.lowercased() == title.lowercased()
    let words = isSaid ? [yAxis.unit, yAxis.scale == .linear ? nil : "log scale"] : [yAxis.heading]
    return (words + [remark]).compactMap(\.self).joined(separator: isSaid ? ", " : "; ")
  }

  /// Points of a series that both axes can show.
  package func visiblePoints(_ series: ChartSeries) -> [ChartPoint] {
    series.points.filter { xAxis.shows($0.x) && yAxis.shows($0.y) }
  }

  /// Whether there is anything to draw.
  package var isEmpty: Bool { series.allSatisfy { visiblePoints($0).isEmpty } }

  /// What the chart shows, in words: each series with its first, last, least and greatest value.
  package var spokenSummary: String {
    if let summary { return summary }
    if isEmpty { return "No data yet." }
    let sentences = series.compactMap { series -> String? in
      let points = visiblePoints(series)
      guard !series.name.isEmpty, let first = points.first, let last = points.last,
        let least = points.min(by: { $0.y < $1.y }), let greatest = points.max(by: { $0.y < $1.y })
      else { return nil }
      func at(_ point: ChartPoint) -> String { "\(spoken(point.y, yAxis)) at \(spoken(point.x, xAxis))" }
      if points.count == 1 { return "\(series.name): \(at(first))." }
      return "\(series.name): from \(at(first)) to \(at(last)); least \(at(least)), greatest \(at(greatest))."
    }
    return "\(yAxis.heading) against \(xAxis.heading). " + sentences.joined(separator: " ")
  }

  /// A value as the pointer shows it: whole numbers in full, others with so many digits.
  func words(_ value: Double, _ axis: ChartAxis, digits: Int = 4) -> String {
    guard axis.numbers == .plain else { return spoken(value, axis) }
    return value == value.rounded() && abs(value) < 1e12
      ? HumanFormat.count(Int(within: value)) : HumanFormat.short(value, digits: digits)
  }

  private func spoken(_ value: Double, _ axis: ChartAxis) -> String {
    switch axis.numbers {
    case .plain: HumanFormat.short(value)
    case .percent: HumanFormat.percent(value)
    case .bytes: HumanFormat.bytes(Int(within: min(max(value, 0), 1e18)))
    }
  }
}
