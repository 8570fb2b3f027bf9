/// Names of lines at their ends, in place of a key, where there is room at the right for all of them.
package struct EndLabels {
  /// One name.
  package struct Label {
    package var sample: ChartLayout.KeyEntry.Sample
    package var text: String
    package var x: Double
    package var y: Double
    /// Whether the text ends at `x`, inside the plot, rather than beginning there.
    package var isInside: Bool
  }

  /// Height of a line of labels.
  static let lineHeight = 18.0
  /// What they may take of the chart's width.
  private static let greatestShare = 0.25

  /// Which of the chart's entries are labelled, and where their lines end; inside are ideal lines that were cut.
  private let entries: [(sample: ChartLayout.KeyEntry.Sample, text: String, point: ChartPoint, isInside: Bool)]
  /// Room that the names take at the right.
  let width: Double

  /// `nil` where a line ends early, names are too long, or no two lines are there to be told apart.
  init?(_ chart: Chart, _ xEnds: ClosedRange<Double>, _ yEnds: ClosedRange<Double>, height: Double) {
    var entries: [(sample: ChartLayout.KeyEntry.Sample, text: String, point: ChartPoint, isInside: Bool)] = []
    for (index, series) in chart.series.enumerated() where !series.name.isEmpty && series.form != .markers {
      guard series.form != .histogram, let last = chart.visiblePoints(series).last, yEnds.contains(last.y) else {
        return nil
      }
      let isEarly = ChartLayout.share(last.x, chart.xAxis, xEnds) < 0.9
      if isEarly, series.stretchesAxis { return nil }
      entries.append((.series(index), series.name, last, isEarly))
    }
    for (index, guide) in chart.guides.enumerated() where guide.direction == .y && !guide.label.isEmpty {
      guard yEnds.contains(guide.value) else { return nil }
      entries.append((.guide(index), guide.label, ChartPoint(xEnds.upperBound, guide.value), false))
    }
    let outside = entries.filter { !$0.isInside }
    let widest = outside.map { Markup.width(of: $0.text, fontSize: ChartLayout.fontSize) }.max() ?? 0
    guard entries.count > 1, widest <= chart.width * Self.greatestShare,
      Double(outside.count) * Self.lineHeight <= height
    else { return nil }
    self.entries = entries
    width = widest + 8
  }

  /// Whether the entry has a label.
  func contains(_ sample: ChartLayout.KeyEntry.Sample) -> Bool { entries.contains { $0.sample == sample } }

  /// The labels, each at its line's end as far as they leave one another room.
  func placed(
    right: Double, top: Double, bottom: Double, x: (Double) -> Double, y: (Double) -> Double
  ) -> [Label] {
    let inside = entries.filter(\.isInside).map { entry in
      // A line that was cut leaves the plot at its upper or lower edge; on its left nothing was measured there.
      let isHigh = y(entry.point.y) < (top + bottom) / 2
      return Label(
        sample: entry.sample, text: entry.text, x: x(entry.point.x) - 7, y: isHigh ? top + 12 : bottom - 6,
        isInside: true)
    }
    var labels = entries.filter { !$0.isInside }.map { entry in
      Label(sample: entry.sample, text: entry.text, x: right + 8, y: y(entry.point.y) + 4.5, isInside: false)
    }
    labels.sort { $0.y < $1.y }
    for index in labels.indices {
      let least = index > 0 ? labels[index - 1].y + Self.lineHeight : top + 8
      labels[index].y = max(labels[index].y, least)
    }
    // Not below the plot, where the last tick's label reaches beyond its right end.
    var greatest = bottom - 4
    for index in labels.indices.reversed() {
      labels[index].y = min(labels[index].y, greatest)
      greatest = labels[index].y - Self.lineHeight
    }
    return labels + inside
  }
}
