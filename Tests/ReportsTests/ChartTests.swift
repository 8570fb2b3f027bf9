import Charts
import Foundation
import Records
import Reports
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Elements of an XML text, or nil if it is not well-formed.
final class XMLReader: NSObject, XMLParserDelegate {
  private(set) var elements: [(name: String, attributes: [String: String])] = []
  private(set) var text = ""

  static func read(_ xml: String) -> XMLReader? {
    let reader = XMLReader()
    let parser = XMLParser(data: Data(xml.utf8))
    parser.delegate = reader
    return parser.parse() ? reader : nil
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    elements.append((name, attributes))
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

  func paths(_ words: String) -> [String] {
    elements.filter { $0.name == "path" && ($0.attributes["class"] ?? "").hasPrefix(words) }
      .compactMap { $0.attributes["d"] }
  }
}

@Suite("Charts")
struct ChartTests {
  static let all: [Chart] =
    RunOutcome.allCases.flatMap { RunCharts.all(SampleRuns.digits(outcome: $0)) } + SampleStudies.page.charts
    + ScaleReport.page(SampleScale.record).charts

  @Test("every chart is well-formed, titled and described, and all its coordinates are finite", arguments: all)
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

  @Test("no text goes beyond the drawing's sides, and no two labels of the key touch", arguments: all)
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
    let chart = RunCharts.learningRate(SampleRuns.digits())
    #expect(chart.spokenSummary.contains("learning rate: from 0.103 at 0.05 to 0.004 at 40"))
    #expect(chart.spokenSummary.contains("greatest 0.4"))
  }

  @Test("a run's plots show warmup, decay, divergence and target")
  func runCharts() {
    let done = RunCharts.all(SampleRuns.digits())
    #expect(done.map(\.title) == ["Loss", "Test accuracy", "Learning rate", "Throughput"])
    #expect(done[2].guides == [.x(5, "end of warmup")])
    #expect(RunCharts.loss(SampleRuns.digits(outcome: .diverged)).guides.map(\.label) == ["diverged"])
    let target = RunCharts.accuracy(SampleRuns.digits(outcome: .targetReached))
    #expect(target?.guides == [.y(0.97, "target 97 %")])
    var regression = SampleRuns.digits()
    regression.metrics = MetricsLog(
      regression.metrics.lines.map { line in
        line.isTraining ? line : .evaluation(step: line.step, epoch: line.epoch, testLoss: 1, testAccuracy: nil)
      })
    #expect(RunCharts.all(regression).map(\.title) == ["Loss", "Learning rate", "Throughput"])
  }
}
