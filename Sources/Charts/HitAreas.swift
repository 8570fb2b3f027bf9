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

  /// A point that can be found, or the middle of a histogram's bin.
  private typealias Place = (index: Int, point: ChartPoint, x: Double)

  /// Strips over the shown points of a laid-out chart.
  package init(_ layout: ChartLayout, points: [[ChartPoint]]) {
    let chart = layout.chart
    let named = chart.series.indices.filter { index in
      let series = chart.series[index]
      return series.stretchesAxis && (!series.name.isEmpty || chart.series.count == 1)
    }
    // What is inside the plot, in order of its place.
    let places = named.flatMap { index -> [Place] in
      let isHistogram = chart.series[index].form == .histogram
      return (isHistogram ? Self.middles(of: chart.series[index].points) : points[index])
        .filter { layout.xEnds.contains($0.x) && layout.yEnds.contains($0.y) }
        .map { (index: index, point: $0, x: layout.x($0.x)) }
    }.sorted { $0.x < $1.x }
    var groups: [[Place]] = []
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
      return Strip(left: left, right: right, text: Self.text(chart, named, group))
    }
  }

  /// The values of a strip at one x: that of a marker where there is one, else the last.
  private static func text(_ chart: Chart, _ named: [Int], _ group: [Place]) -> String {
    let marked = group.last { [.markers, .lineAndMarkers].contains(chart.series[$0.index].form) }
    guard let chosen = marked ?? group.last else { return "" }
    let x = chosen.point.x
    var lines = ["\(chart.xAxis.label) \(words(chart, chosen))"]
    for index in named {
      let series = chart.series[index]
      let values: [ChartPoint]
      switch series.form {
      case .histogram, .steps: values = held(series.points, at: x).map { [$0] } ?? []
      case .line, .markers, .lineAndMarkers:
        let own = group.filter { $0.index == index }.map(\.point)
        let nearest = own.min { abs($0.x - x) < abs($1.x - x) }
        values = own.filter { $0.x == nearest?.x }
      }
      if values.isEmpty { continue }
      let name = series.name.isEmpty ? chart.yAxis.label : series.name
      let shown = values.prefix(5).map { value($0, chart) } + (values.count > 5 ? ["…"] : [])
      lines.append("\(name): \(shown.joined(separator: ", "))")
    }
    return lines.joined(separator: "\n")
  }

  /// "3", or "0.1 to 0.2" of a bin.
  private static func words(_ chart: Chart, _ place: Place) -> String {
    let points = chart.series[place.index].points
    guard chart.series[place.index].form == .histogram,
      let end = points.firstIndex(where: { $0.x > place.point.x }), end > 0
    else { return chart.words(place.point.x, chart.xAxis) }
    // As many digits as tell the ends of a narrow bin apart.
    var ends = ("", "")
    for digits in 4...9 where ends.0 == ends.1 {
      ends = (
        chart.words(points[end - 1].x, chart.xAxis, digits: digits),
        chart.words(points[end].x, chart.xAxis, digits: digits)
      )
    }
    return "\(ends.0) to \(ends.1)"
  }

  /// The bins of a histogram, each at its middle.
  private static func middles(of points: [ChartPoint]) -> [ChartPoint] {
    zip(points, points.dropFirst()).map { ChartPoint($0.x + ($1.x - $0.x) / 2, $0.y) }
  }

  /// The point whose value holds at an x until the next one; `nil` outside of them, and in a gap.
  private static func held(_ points: [ChartPoint], at x: Double) -> ChartPoint? {
    guard let last = points.last, x <= last.x else { return nil }
    return points.last { $0.x <= x }.flatMap { $0.y.isFinite ? $0 : nil }
  }

  private static func value(_ point: ChartPoint, _ chart: Chart) -> String {
    let value = chart.words(point.y, chart.yAxis)
    guard let low = point.low, let high = point.high, low < high else { return value }
    return "\(value) (\(chart.words(low, chart.yAxis)) to \(chart.words(high, chart.yAxis)))"
  }
}
