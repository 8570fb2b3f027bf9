import Charts
import TestSupport
import Testing

@Suite("Plots in the terminal")
struct TextPlotTests {
  @Test("a plot keeps to its width and rows, in every style, for every chart", arguments: SampleCharts.all)
  func plot(_ chart: Chart) {
    for width in [30, 60, 100] {
      for unicode in [true, false] {
        let text = TextPlot(chart, rows: 6).render(TerminalStyle(width: width, unicode: unicode))
        let body = text.split(separator: "\n").dropFirst()
        if chart.isEmpty {
          #expect(text.contains("no data yet"))
          continue
        }
        #expect(body.prefix(8).allSatisfy { $0.count <= min(width, 72) }, "\(text)")
        #expect(body.count >= 8)
        #expect(unicode || text.allSatisfy { $0.isASCII }, "\(text)")
      }
    }
  }

  @Test("a rising line goes from the lower left to the upper right; a gap stays empty")
  func shape() {
    func rows(_ values: [Double]) -> [String] {
      let chart = Chart(
        "t", x: ChartAxis("x"), y: ChartAxis("y", range: 0...9),
        series: [ChartSeries("s", values.enumerated().map { ChartPoint(Double($0), $1) })])
      let text = TextPlot(chart, rows: 5, columns: 45).render(TerminalStyle(unicode: false))
      return text.split(separator: "\n").dropFirst().prefix(5).map { line in
        String(line.drop { !"|+".contains($0) }.dropFirst())
      }
    }
    let rising = rows((0..<10).map(Double.init))
    let columns = rising.compactMap { row in row.firstIndex(of: "*").map { row.distance(from: row.startIndex, to: $0) }
    }
    #expect(columns.count == 5 && zip(columns, columns.dropFirst()).allSatisfy { $0 > $1 })
    let level = rows([5, 5, 5, .nan, .nan, .nan, .nan, 5, 5, 5]).joined()
    #expect(level.contains("*          "))
  }
}
