import Charts
import Foundation
import TestSupport
import Testing

@Suite("Axes")
struct AxisTests {
  private func ticks(_ axis: ChartAxis, _ low: Double, _ high: Double, target: Int = 6) -> AxisTicks {
    AxisTicks(axis, over: low...high, target: target)
  }

  @Test("linear ticks are multiples of 1, 2 or 5, exact, with equal decimals")
  func linear() {
    let axis = ChartAxis("y")
    #expect(ticks(axis, 0, 1).major == [0, 0.2, 0.4, 0.6, 0.8, 1])
    #expect(ticks(axis, 0, 1).labels == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    #expect(ticks(axis, -0.013, 0.031).labels == ["-0.01", "0.00", "0.01", "0.02", "0.03"])
    #expect(ticks(axis, 0, 41_000).labels == ["0", "10 k", "20 k", "30 k", "40 k"])
    #expect(ticks(axis, 0, 8_000).labels == ["0", "2,000", "4,000", "6,000", "8,000"])
    #expect(ticks(axis, 0, 2.4e6).labels == ["0", "0.5 M", "1.0 M", "1.5 M", "2.0 M"])
  }

  @Test("whole numbers have no ticks between them; shares are percent")
  func special() {
    #expect(ticks(ChartAxis("epoch", wholeNumbers: true), 0, 3).major == [0, 1, 2, 3])
    #expect(
      ticks(ChartAxis("a", numbers: .percent), 0.5, 1).labels == ["50 %", "60 %", "70 %", "80 %", "90 %", "100 %"])
    #expect(ticks(ChartAxis("a", numbers: .percent), 0.97, 0.975, target: 5).labels.first == "97.0 %")
  }

  @Test("logarithmic ticks are decades, with 1-2-5 or 1-3 between few and strides between many")
  func logarithmic() {
    let axis = ChartAxis("loss", scale: .logarithmic(base: 10))
    #expect(ticks(axis, 0.01, 2).labels == ["0.01", "0.03", "0.1", "0.3", "1"])
    #expect(ticks(axis, 1, 11).labels == ["1", "2", "5", "10"])
    #expect(ticks(axis, 1e-3, 1e3, target: 8).major == [1e-3, 1e-2, 1e-1, 1, 10, 100, 1e3])
    #expect(ticks(axis, 1e-12, 1e12).major.count <= 6)
    #expect(ticks(axis, 1e-12, 1e12).labels.contains("10¹⁰"))
    #expect(ticks(axis, 3.1, 3.4).major.count >= 2)
    let batches = ChartAxis("batch", scale: .logarithmic(base: 2))
    #expect(ticks(batches, 30, 520).labels == ["32", "64", "128", "256", "512"])
    #expect(ticks(batches, 30, 17_000, target: 5).labels == ["32", "128", "512", "2,048", "8,192"])
  }

  @Test("ticks are in range, rising, few, and told apart by their labels, over any range")
  func everyRange() {
    var generator = SeededGenerator(seed: 11)
    for scale in [ChartAxis.Scale.linear, .logarithmic(base: 10), .logarithmic(base: 2)] {
      for _ in 0..<300 {
        let low = pow(10, Double.random(in: -5...5, using: &generator))
        let high = low * (1 + pow(10, Double.random(in: -3...3, using: &generator)))
        let axis = ChartAxis("x", scale: scale)
        let ticks = AxisTicks(axis, over: low...high, target: 6)
        let label = "\(scale) \(low)...\(high): \(ticks.labels)"
        #expect(ticks.major.count >= 1 && ticks.major.count <= 12, "\(label)")
        #expect(ticks.major.allSatisfy { $0 >= low * (1 - 1e-8) && $0 <= high * (1 + 1e-8) }, "\(label)")
        #expect(zip(ticks.major, ticks.major.dropFirst()).allSatisfy { $0 < $1 }, "\(label)")
        #expect(Set(ticks.labels).count == ticks.labels.count, "\(label)")
      }
    }
  }
}
