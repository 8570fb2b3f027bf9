import Charts
import Foundation
import TestSupport
import Testing

/// Charts of every form over every pair of scales, with gaps, spreads, guides and a long key.
enum SampleCharts {
  static let all: [Chart] =
    scales.flatMap { x in
      scales.map { y in
        let xAxis = ChartAxis("time", unit: "s", scale: x)
        return Chart(
          "every form", x: xAxis, y: ChartAxis("share", scale: y, numbers: .percent), series: forms, guides: guides)
      }
    } + [
      Chart("bytes", x: ChartAxis("x", wholeNumbers: true), y: ChartAxis("memory", numbers: .bytes), series: [long]),
      Chart("bins", x: ChartAxis("x"), y: ChartAxis("y", includesZero: true), series: [bins]),
      Chart("one point", x: ChartAxis("x"), y: ChartAxis("y"), series: [ChartSeries("s", [ChartPoint(3, 0)])]),
      Chart("nothing", x: ChartAxis("x"), y: ChartAxis("y"), series: []),
    ]

  private static let scales = [ChartAxis.Scale.linear, .logarithmic(base: 2), .logarithmic(base: 10)]

  private static let forms: [ChartSeries] = {
    let all: [ChartSeries.Form] = [.line, .steps, .markers, .lineAndMarkers]
    return all.enumerated().map { index, form in
      let points = (1...23).map { place in
        let y = place == 7 ? .nan : 0.01 * Double(place * (index + 1))
        return ChartPoint(pow(1.7, Double(place)), y, low: y * 0.8, high: y * 1.3, note: "<\(place)>")
      }
      return ChartSeries(
        "a series of the form \(form)", points, form: form, spread: index == 0 ? .band : .errorBars,
        color: index == 2 ? .ramp(2, of: 7) : .automatic)
    }
  }()

  private static let guides: [ChartGuide] = [.x(40, "forty"), .x(44, "forty-four"), .y(0.5, "half"), .y(-1, "below")]

  private static let long = ChartSeries(
    "long", (0..<5000).map { ChartPoint(Double($0), 2e9 * (1 + sin(Double($0) / 300))) }, stroke: .faint)

  private static let bins = ChartSeries.histogram("h", edges: [0, 1, 2.5, 3], counts: [4, 0, 2])
}

@Suite("Charts")
struct ChartTests {
  @Test(
    "every chart is well-formed, titled and described, and all its coordinates are finite", arguments: SampleCharts.all)
  func wellFormed(_ chart: Chart) throws {
    for svg in [chart.svg(id: "c1"), chart.svgFile()] {
      let reader = try #require(XMLReader.read(svg), "\(chart.title): not well-formed")
      #expect(reader.elements.first?.attributes["role"] == "img")
      #expect(reader.elements.contains { $0.name == "title" } && reader.elements.contains { $0.name == "desc" })
      #expect(reader.text.contains(chart.title))
      #expect(!svg.lowercased().contains("nan") && !svg.contains("inf "))
    }
    #expect(!chart.svg(id: "c1").contains("http"))
  }

  @Test("no text goes beyond the drawing's sides, and no two labels of the key touch", arguments: SampleCharts.all)
  func textFits(_ chart: Chart) throws {
    let reader = try #require(XMLReader.read(chart.svg(id: "c1")))
    for element in reader.elements where element.name == "text" {
      let x = try #require(Double(element.attributes["x"] ?? ""))
      let y = try #require(Double(element.attributes["y"] ?? ""))
      #expect(x >= 0 && x <= chart.width && y > 0 && y <= chart.height, "\(element)")
    }
  }

  @Test("names and titles are escaped")
  func escaping() throws {
    let chart = Chart(
      "<b>&\"title'\u{0}", x: ChartAxis("a < b"), y: ChartAxis("<i>"),
      series: [
        ChartSeries("</svg><script>", [ChartPoint(0, 1, note: "<&>")], form: .markers),
        ChartSeries("b", [ChartPoint(1, 2)]),
      ])
    let svg = chart.svg(id: "x")
    #expect(XMLReader.read(svg) != nil)
    #expect(!svg.contains("<script") && !svg.contains("<b>") && !svg.contains("<i>"))
  }

  @Test("a chart without data says so")
  func empty() {
    for points in [[], [ChartPoint(0, .nan), ChartPoint(.infinity, 1)]] {
      let chart = Chart("t", x: ChartAxis("x"), y: ChartAxis("y"), series: [ChartSeries("s", points)])
      #expect(chart.isEmpty)
      #expect(chart.svg(id: "x").contains("No data yet"))
    }
    let onLog = Chart(
      "t", x: ChartAxis("x"), y: ChartAxis("y", scale: .logarithmic(base: 10)),
      series: [ChartSeries("s", [ChartPoint(1, 0), ChartPoint(2, -1)])])
    #expect(onLog.isEmpty)
  }

  @Test("a gap in the data is a gap in the line, and a lone point is a dot")
  func gaps() throws {
    let points = [1, 2, .nan, 3, .infinity, 4, 5].enumerated().map { ChartPoint(Double($0), $1) }
    let chart = Chart("t", x: ChartAxis("x"), y: ChartAxis("y"), series: [ChartSeries("s", points)])
    let line = try #require(XMLReader.read(chart.svg(id: "x"))?.paths("line").first)
    #expect(line.count { $0 == "M" } == 3)
    #expect(line.contains("h0"))
  }

  @Test("steps hold their value; error bars, bands and histograms are drawn once for what they stand for")
  func forms() throws {
    let points = [ChartPoint(0, 1, low: 0.5, high: 2), ChartPoint(1, 3, low: 2, high: 4), ChartPoint(2, 2)]
    func read(_ series: ChartSeries) throws -> XMLReader {
      try #require(
        XMLReader.read(Chart("t", x: ChartAxis("x"), y: ChartAxis("y"), series: [series]).svg(id: "x")))
    }
    let steps = try read(ChartSeries("s", points, form: .steps))
    #expect(try #require(steps.paths("line").first).count { $0 == "H" } == 2)
    #expect(steps.paths("whisker").count == 2)
    let band = try read(ChartSeries("s", points, spread: .band))
    #expect(band.paths("band").count == 1 && band.paths("whisker").isEmpty)
    let histogram = try read(.histogram("h", edges: [0, 1, 2, 3], counts: [4, 0, 2]))
    #expect(histogram.paths("band").count == 1)
    #expect(try read(ChartSeries("s", points, form: .markers)).paths("mark").count == 3)
  }

  @Test("a point's place follows its axis: halfway in the logarithm is halfway across")
  func places() throws {
    func marks(_ scale: ChartAxis.Scale, _ xs: [Double]) throws -> [Double] {
      let chart = Chart(
        "t", x: ChartAxis("x", scale: scale, range: xs[0]...xs[2]), y: ChartAxis("y"),
        series: [ChartSeries("s", xs.map { ChartPoint($0, 1) })])
      let path = try #require(XMLReader.read(chart.svg(id: "x"))?.paths("line").first)
      return path.split(whereSeparator: { "ML".contains($0) }).compactMap { Double($0.split(separator: " ")[0]) }
    }
    for (scale, xs) in [(ChartAxis.Scale.linear, [0.0, 5, 10]), (.logarithmic(base: 2), [64, 512, 4096])] {
      let places = try marks(scale, xs)
      #expect(abs(places[0] + places[2] - 2 * places[1]) <= 0.2, "\(places)")
    }
  }

  @Test("greater values are higher, as far as they are greater")
  func heights() throws {
    for (scale, ys) in [(ChartAxis.Scale.linear, [0.0, 5, 10]), (.logarithmic(base: 10), [0.01, 1, 100])] {
      let chart = Chart(
        "t", x: ChartAxis("x"), y: ChartAxis("y", scale: scale, range: ys[0]...ys[2]),
        series: [ChartSeries("s", ys.enumerated().map { ChartPoint(Double($0), $1) })])
      let path = try #require(XMLReader.read(chart.svg(id: "x"))?.paths("line").first)
      let heights = path.split(whereSeparator: { "ML".contains($0) }).compactMap { point in
        point.split(separator: " ").dropFirst().first.flatMap { Double($0) }
      }
      // SVG counts from the top.
      try #require(heights.count == 3)
      #expect(heights[0] > heights[1] && abs(heights[0] + heights[2] - 2 * heights[1]) <= 0.2, "\(heights)")
    }
  }

  @Test("the description says in numbers what the curve does")
  func description() {
    let points = [0.103, 0.4, 0.004].enumerated().map { ChartPoint(Double($0 * 20), $1) }
    let chart = Chart("t", x: ChartAxis("epoch"), y: ChartAxis("rate"), series: [ChartSeries("rate", points)])
    #expect(
      chart.spokenSummary
        == "rate against epoch. rate: from 0.103 at 0 to 0.004 at 40; least 0.004 at 40, greatest 0.4 at 20.")
  }
}
