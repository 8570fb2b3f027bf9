extension Chart {
  /// Ends of both axes. What is ideal stretches the y axis by a third of the data's length at most, so that the data keep
  /// three quarters of it, and is cut off there.
  ///
  /// - Parameters:
  ///   - spreads: whether the points' spreads have to fit.
  ///   - guides: whether the guides have to.
  package func ends(spreads: Bool, guides: Bool) -> (x: ClosedRange<Double>, y: ClosedRange<Double>) {
    let shown = series.map { ($0.stretchesAxis, visiblePoints($0)) }
    func values(_ direction: ChartGuide.Direction) -> [Double] {
      guides && !isEmpty ? self.guides.filter { $0.direction == direction }.map(\.value) : []
    }
    func heights(_ points: [ChartPoint]) -> [Double] {
      points.flatMap { spreads ? [$0.y, $0.low ?? $0.y, $0.high ?? $0.y] : [$0.y] }
    }
    let x = xAxis.ends(of: shown.flatMap { $0.1.map(\.x) } + values(.x))
    let measured = shown.filter(\.0).flatMap { heights($0.1) } + values(.y)
    let ideal = shown.filter { !$0.0 }.flatMap { heights($0.1) }.filter(yAxis.shows)
    guard shown.contains(where: { $0.0 && !$0.1.isEmpty }) else { return (x, yAxis.ends(of: measured + ideal)) }
    let own = yAxis.ends(of: measured)
    guard let least = ideal.min(), let greatest = ideal.max() else { return (x, own) }
    let (low, high) = (yAxis.position(own.lowerBound), yAxis.position(own.upperBound))
    let room = (high - low) / 3
    let bottom = least < own.lowerBound ? max(least, yAxis.value(at: low - room)) : own.lowerBound
    let top = greatest > own.upperBound ? min(greatest, yAxis.value(at: high + room)) : own.upperBound
    return (x, bottom < top && bottom.isFinite && top.isFinite ? bottom...top : own)
  }

  /// The chart with its ideal lines cut where they leave the y axis.
  func cut(to ends: ClosedRange<Double>) -> Chart {
    var chart = self
    for index in series.indices where !series[index].stretchesAxis {
      chart.series[index].points = cut(visiblePoints(series[index]), to: ends)
    }
    return chart
  }

  private func cut(_ points: [ChartPoint], to ends: ClosedRange<Double>) -> [ChartPoint] {
    var result: [ChartPoint] = []
    for point in points {
      if ends.contains(point.y) {
        result.append(point)
        continue
      }
      guard let last = result.last else { continue }
      let edge = point.y > ends.upperBound ? ends.upperBound : ends.lowerBound
      let (from, to) = (yAxis.position(last.y), yAxis.position(point.y))
      let share = (yAxis.position(edge) - from) / (to - from)
      let x = xAxis.position(last.x) + share * (xAxis.position(point.x) - xAxis.position(last.x))
      if x.isFinite { result.append(ChartPoint(xAxis.value(at: x), edge)) }
      break
    }
    return result
  }
}
