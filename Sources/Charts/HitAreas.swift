/// Where the pointer finds values: strips over the plot's whole height, each as wide as what it stands for, with the
/// values of all series there.
package struct HitAreas {
  /// One strip.
  package struct Strip {
    package var left: Double
    package var right: Double
    /// "epoch 3", and then a line a series.
    package var text: String
  }

  package let strips: [Strip]

  /// Narrower than a fiftieth of the plot no strip is easily found.
  private static let most = 48

  /// Strips over the shown points of a laid-out chart.
  init(_ layout: ChartLayout, points: [[ChartPoint]]) {
    let chart = layout.chart
    let named = chart.series.indices.filter { index in
      let series = chart.series[index]
      return series.stretchesAxis && series.form != .histogram && (!series.name.isEmpty || chart.series.count == 1)
    }
    // What is inside the plot, in order of its place.
    let places = named.flatMap { index in
      points[index].filter { layout.xEnds.contains($0.x) && layout.yEnds.contains($0.y) }
        .map { (index: index, point: $0, x: layout.x($0.x)) }
    }.sorted { $0.x < $1.x }
    var groups: [[(index: Int, point: ChartPoint, x: Double)]] = []
    for place in places {
      if let first = groups.last?.first, place.x - first.x <= layout.plotWidth / Double(Self.most) {
        groups[groups.count - 1].append(place)
      } else {
        groups.append([place])
      }
    }
    strips = groups.indices.map { number in
      let group = groups[number]
      let left = number > 0 ? (groups[number - 1].last!.x + group[0].x) / 2 : layout.left
      let right = number + 1 < groups.count ? (group.last!.x + groups[number + 1][0].x) / 2 : layout.right
      return Strip(left: left, right: right, text: Self.text(chart, group.map { ($0.index, $0.point) }))
    }
  }

  /// The values of a strip at one x: that of a marker where there is one, else the last.
  private static func text(_ chart: Chart, _ group: [(index: Int, point: ChartPoint)]) -> String {
    let marked = group.last { [.markers, .lineAndMarkers].contains(chart.series[$0.index].form) }
    guard let x = (marked ?? group.last)?.point.x else { return "" }
    var lines = ["\(chart.xAxis.label) \(chart.words(x, chart.xAxis))"]
    for index in chart.series.indices {
      let own = group.filter { $0.index == index }.map(\.point)
      guard let nearest = own.min(by: { abs($0.x - x) < abs($1.x - x) }) else { continue }
      let name = chart.series[index].name.isEmpty ? chart.yAxis.label : chart.series[index].name
      let here = own.filter { $0.x == nearest.x }
      let values = here.prefix(5).map { value($0, chart) } + (here.count > 5 ? ["…"] : [])
      lines.append("\(name): \(values.joined(separator: ", "))")
    }
    return lines.joined(separator: "\n")
  }

  private static func value(_ point: ChartPoint, _ chart: Chart) -> String {
    let value = chart.words(point.y, chart.yAxis)
    guard let low = point.low, let high = point.high, low < high else { return value }
    return "\(value) (\(chart.words(low, chart.yAxis)) to \(chart.words(high, chart.yAxis)))"
  }
}
