import Charts
import Records

/// One page of several studies of one kind: each of their charts, one over the other.
package enum StudyOverlayReport {
  /// Makes the page from the pages of the studies, at least two; equal names get a number.
  ///
  /// A chart is drawn where several studies have one of its title. All series of a study have one colour; lines that
  /// are ideal or given rather than measured are drawn once.
  package static func page(_ kind: StudyKind, _ studies: [(name: String, page: ReportPage)]) -> ReportPage {
    let names = distinct(studies.map(\.name))
    let pages = studies.map(\.page)
    var titles: [String] = []
    for chart in pages.flatMap(\.charts) where !titles.contains(chart.title) && !chart.isEmpty {
      titles.append(chart.title)
    }
    let charts = titles.compactMap { title -> Chart? in
      let parts = zip(names, pages).enumerated().compactMap { index, study in
        study.1.charts.first { $0.title == title && !$0.isEmpty }.map { (index: index, name: study.0, chart: $0) }
      }
      return parts.count > 1 ? overlay(parts) : nil
    }
    return ReportPage(
      title: names.joined(separator: ", ") + " – Isotherm",
      kicker: "Isotherm · \(studies.count) \(kind.rawValue) studies",
      headline: "\(studies.count) \(kind.rawValue) studies, one over the other: \(names.joined(separator: ", ")).",
      sections: [
        .init("What each one found", [.facts(zip(names, pages).map { (name: $0, value: $1.headline) })]),
        .init("Together", [.charts(charts)]),
      ], footer: "Made by Isotherm from the records of the studies.")
  }

  private static func overlay(_ parts: [(index: Int, name: String, chart: Chart)]) -> Chart {
    var chart = parts[0].chart
    chart.summary = nil
    chart.series = parts.enumerated().flatMap { place, part in
      part.chart.series.compactMap { series -> ChartSeries? in
        if series.color == .muted { return place == 0 ? series : nil }
        var copy = series
        copy.name = series.name.isEmpty ? part.name : "\(part.name): \(series.name)"
        copy.color = .palette(part.index)
        return copy
      }
    }
    chart.guides = parts.flatMap { part in
      part.chart.guides.map { ChartGuide(label: "\(part.name): \($0.label)", direction: $0.direction, value: $0.value) }
    }
    chart.xAxis.range = union(parts.map(\.chart.xAxis.range))
    chart.yAxis.range = union(parts.map(\.chart.yAxis.range))
    return chart
  }

  /// The range that holds all; `nil`, which follows from the data, if one is.
  private static func union(_ ranges: [ClosedRange<Double>?]) -> ClosedRange<Double>? {
    var union = ranges[0]
    for range in ranges.dropFirst() {
      guard let range, let sofar = union else { return nil }
      union = min(range.lowerBound, sofar.lowerBound)...max(range.upperBound, sofar.upperBound)
    }
    return union
  }

  private static func distinct(_ names: [String]) -> [String] {
    names.enumerated().map { index, name in
      let same = names[..<index].filter { $0 == name }.count
      return names.filter { $0 == name }.count > 1 ? "\(name) \(same + 1)" : name
    }
  }
}
