import Charts
import Testing

@Suite("Charts of any numbers")
struct ExtremeNumberTests {
  private static let numbers = [
    0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude, 1e-300, 1e-280, 1, 1 + 0x1p-52, -1,
    1e15, 1e280, 1e300, -1e300, 1e308, -1e308,
    .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .infinity, -.infinity, .nan,
  ]
  private static let axes = [
    ChartAxis("a"), ChartAxis("a", includesZero: true), ChartAxis("a", wholeNumbers: true),
    ChartAxis("a", numbers: .percent), ChartAxis("a", numbers: .bytes), ChartAxis("a", limits: 0...1),
    ChartAxis("a", scale: .logarithmic(base: 10)), ChartAxis("a", scale: .logarithmic(base: 2)),
    ChartAxis("a", scale: .logarithmic(base: 10), numbers: .percent),
  ]

  @Test("every pair of numbers has an axis with finite ends, and few ticks on it", arguments: axes)
  func pairs(axis: ChartAxis) {
    for low in Self.numbers {
      for high in Self.numbers {
        let ends = axis.ends(of: [low, high])
        #expect(ends.lowerBound.isFinite && ends.upperBound.isFinite && ends.lowerBound < ends.upperBound)
        let ticks = AxisTicks(axis, over: ends, target: 6)
        #expect(ticks.major.count <= 12 && ticks.labels.count == ticks.major.count, "\(low) \(high)")
      }
    }
  }

  @Test("a line through all of them is drawn, as SVG and as text")
  func drawn() {
    let points = Self.numbers.flatMap { x in Self.numbers.map { ChartPoint(x, $0) } }
    for x in Self.axes {
      for y in Self.axes {
        let chart = Chart("all", x: x, y: y, series: [ChartSeries("line", points, color: .palette(0))])
        #expect(!chart.svg(id: "c").contains("nan") && !chart.svg(id: "c").contains("inf"))
        #expect(TextPlot(chart).render().contains("all"))
        #expect(!chart.spokenSummary.isEmpty)
      }
    }
  }

  @Test("every number has a text in every form")
  func texts() {
    for number in Self.numbers {
      for text in [
        HumanFormat.number(number), HumanFormat.short(number), HumanFormat.prefixed(number),
        HumanFormat.percent(number),
        HumanFormat.duration(number), HumanFormat.clock(number),
      ] { #expect(!text.isEmpty && text.count < 400) }
      #expect(abs(Int(within: number)) <= 1 << 53)
    }
    #expect(Int(within: .nan) == 0 && Int(within: 2.9) == 2 && Int(within: -1e308) == -(1 << 53))
  }
}
