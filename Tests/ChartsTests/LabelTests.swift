import Charts
import TestSupport
import Testing

@Suite("Labels, hover and ideal lines of charts")
struct LabelTests {
  private func line(_ name: String, _ ys: [Double], form: ChartSeries.Form = .line) -> ChartSeries {
    ChartSeries(name, ys.enumerated().map { ChartPoint(Double($0), $1) }, form: form)
  }

  private func chart(_ series: [ChartSeries], guides: [ChartGuide] = []) -> Chart {
    Chart("t", x: ChartAxis("x"), y: ChartAxis("y"), series: series, guides: guides)
  }

  @Test("lines are named at their ends, in order and apart, and then have no key")
  func endLabels() throws {
    let layout = ChartLayout(
      chart([line("a", [0, 1]), line("b", [0, 1.001]), line("c", [0, 9])], guides: [.y(5, "goal")]), below: 0)
    #expect(layout.key.isEmpty)
    #expect(layout.endLabels.map(\.text) == ["c", "goal", "b", "a"])
    let heights = layout.endLabels.map(\.y)
    #expect(zip(heights, heights.dropFirst()).allSatisfy { $1 - $0 >= 17.9 })
    #expect(layout.endLabels.allSatisfy { $0.x > layout.right && $0.x < layout.chart.width })
    let reader = try #require(XMLReader.read(layout.chart.svg(id: "c")))
    #expect(reader.elements.contains { $0.attributes["class"] == "end p2" })
    // Those of lines that end at the top move down, not out of the plot.
    let high = ChartLayout(chart([line("a", [0, 9]), line("b", [0, 8.99]), line("c", [0, 8.98])]), below: 0)
    let places = high.endLabels.map(\.y)
    #expect(places.count == 3 && places.allSatisfy { $0 >= high.top + 7.9 })
    #expect(zip(places, places.dropFirst()).allSatisfy { $1 - $0 >= 17.9 })
  }

  @Test("where a line ends early, or a name is long, all lines are in the key")
  func keys() {
    var early = line("early", [1, 2, 3])
    early.points.removeLast()
    let long = String(repeating: "long ", count: 8)
    for series in [[early, line("b", [0, 1, 2])], [line(long, [1, 2]), line("b", [0, 1])]] {
      let layout = ChartLayout(chart(series), below: 0)
      #expect(layout.endLabels.isEmpty && layout.key.count == 2)
    }
    // Markers have no end: they alone are in the key.
    let mixed = ChartLayout(
      chart([line("a", [1, 2]), line("b", [2, 3]), line("m", [1, 3], form: .markers)]), below: 0)
    #expect(mixed.endLabels.count == 2 && mixed.key.map(\.text) == ["m"])
  }

  @Test("an ideal line leaves what was measured three quarters of the axis, and ends at its edge")
  func ideal() throws {
    for scale in [ChartAxis.Scale.linear, .logarithmic(base: 2)] {
      let measured = ChartSeries("measured", [ChartPoint(1, 100), ChartPoint(256, 180)])
      let ideal = ChartSeries.ideal("ideal", [ChartPoint(1, 100), ChartPoint(256, 25_600)])
      let chart = Chart("t", x: ChartAxis("x"), y: ChartAxis("y", scale: scale), series: [ideal, measured])
      let layout = ChartLayout(chart, below: 0)
      #expect(layout.y(100) - layout.y(180) > 0.64 * layout.plotHeight)
      let end = try #require(layout.chart.series[0].points.last)
      #expect(abs(layout.y(end.y) - layout.top) < 0.01 && end.x < 256)
      // A theory that is compared with is shown whole.
      var law = chart
      law.series[0] = .law("law", ideal.points)
      #expect(ChartLayout(law, below: 0).yEnds.contains(25_600))
    }
  }

  @Test("every place of the plot has the values of all series there, to be seen under the pointer")
  func hits() throws {
    let steps = line("train", (0..<1000).map { Double($0) })
    let test = ChartSeries("test", [ChartPoint(500, 7), ChartPoint(999, 8, low: 6, high: 9)], form: .lineAndMarkers)
    let svg = chart([steps, test]).svg(id: "c")
    let texts = svg.matches(of: #/<rect class="hit"[^>]*><title>([^<]*)<\/title>/#).map { String($0.1) }
    #expect(texts.count > 30 && texts.count <= 50)
    #expect(texts.last == "x 999\ntrain: 999\ntest: 8 (6 to 9)")
    #expect(texts.contains("x 500\ntrain: 500\ntest: 7"))
    let reader = try #require(XMLReader.read(svg))
    let rects = reader.elements.filter { $0.attributes["class"] == "hit" }
    var end: Double?
    for rect in rects {
      let left = try #require(Double(rect.attributes["x"] ?? ""))
      #expect(end.map { abs($0 - left) < 1e-6 } ?? true)
      end = left + (try #require(Double(rect.attributes["width"] ?? "")))
    }
  }

  @Test("the pointer finds each bin of a histogram, and what holds at a place where nothing changes")
  func binsUnderThePointer() throws {
    let bins = ChartSeries.histogram("h", edges: [0, 1, 2, 4], counts: [5, 0, 7])
    let steps = ChartSeries("s", [ChartPoint(0, 1), ChartPoint(3.5, 2)], form: .steps)
    let layout = ChartLayout(chart([bins, steps]), below: 0)
    let strips = HitAreas(layout, points: layout.chart.series.map(\.points)).strips
    #expect(
      strips.map(\.text) == [
        "x 0\nh: 5\ns: 1", "x 0 to 1\nh: 5\ns: 1", "x 1 to 2\nh: 0\ns: 1", "x 2 to 4\nh: 7\ns: 1",
        "x 3.5\nh: 7\ns: 2",
      ])
    #expect(strips.first?.left == layout.left && strips.last?.right == layout.right)
    // Narrow bins have as many digits as tell their ends apart.
    let narrow = ChartLayout(chart([.histogram("h", edges: [0.31071, 0.31072], counts: [5])]), below: 0)
    #expect(HitAreas(narrow, points: [[]]).strips.map(\.text) == ["x 0.31071 to 0.31072\nh: 5"])
    for (strip, next) in zip(strips, strips.dropFirst()) { #expect(strip.right == next.left) }
  }

  @Test("a marker hides the strip below it from the pointer only where it has a note of its own")
  func notedMarkers() {
    let points = [ChartPoint(1, 1), ChartPoint(2, 2, note: "a note")]
    let svg = chart([ChartSeries("m", points, form: .markers)]).svg(id: "c")
    #expect(svg.matches(of: #/class="mark p0"/#).count == 1)
    #expect(svg.matches(of: #/class="mark noted p0"[^>]*><title>a note</#).count == 1)
    #expect(ChartTheme.chartRules.contains(".chart path,.chart .end{pointer-events:none}"))
  }

  @Test("indices of known signs stand below the line, and no other name changes")
  func subscripts() {
    #expect(Markup.html("S = S_min (1 + B_crit/B)") == "S = S<sub>min</sub> (1 + B<sub>crit</sub>/B)")
    #expect(Markup.html("x_train <b> B_critical aB_crit _ a_") == "x_train &lt;b&gt; B_critical aB_crit _ a_")
    #expect(Markup.svg("|Δ_k − Δ_1|").contains("Δ<tspan class=\"below\" dy=\"3\">k</tspan><tspan dy=\"-3\"> − Δ"))
  }

  @Test("an upright axis has three ticks or more wherever numbers lie between its ends, written one way")
  func ticks() {
    var generator = SeededGenerator(seed: 5)
    for scale in [ChartAxis.Scale.linear, .logarithmic(base: 10), .logarithmic(base: 2)] {
      for _ in 0..<300 {
        let low = pow10(Double.random(in: -6...6, using: &generator))
        let high = low * (1 + pow10(Double.random(in: -2...3, using: &generator)))
        let ticks = AxisTicks(ChartAxis("y", scale: scale), over: low...high, target: 2, least: 3)
        #expect(ticks.major.count >= 3 && ticks.major.count <= 12, "\(scale) \(low)...\(high) \(ticks.labels)")
        let isPower = ticks.labels.filter { $0 != "0" }.map {
          $0.contains("10⁻") || $0.contains("·10") || $0.hasPrefix("10") && $0.contains { "⁰¹²³⁴⁵⁶⁷⁸⁹".contains($0) }
        }
        #expect(Set(isPower).count <= 1, "\(ticks.labels)")
        #expect(Set(ticks.labels).count == ticks.labels.count, "\(ticks.labels)")
      }
    }
  }

  private func pow10(_ exponent: Double) -> Double {
    let whole = Int(exponent.rounded(.down))
    let unit =
      whole < 0
      ? 1 / (0..<(-whole)).reduce(1.0) { value, _ in value * 10 } : (0..<whole).reduce(1.0) { value, _ in value * 10 }
    return unit * (1 + 9 * (exponent - exponent.rounded(.down)))
  }
}
