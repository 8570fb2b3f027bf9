import Records
import Testing

@Suite("What equilibrium chains say together")
struct EquilibriumRecordTests {
  @Test("a collapse has the mean and the worst pair: the farthest of the same temperature, the nearest of others")
  func collapse() {
    func pair(_ ratio: Double, _ distance: Double) -> Collapse.Pair {
      Collapse.Pair(first: 0, second: 1, temperatureRatio: ratio, distance: distance)
    }
    let collapse = Collapse(
      pairs: [pair(1, 0.02), pair(2, 0.5), pair(1.003, 0.06), pair(1.99, 0.3), pair(1, 0.01)],
      expectedBySampling: 0.02)
    #expect(abs((collapse.sameTemperature ?? 0) - 0.03) < 1e-15)
    #expect(abs((collapse.otherTemperature ?? 0) - 0.4) < 1e-15)
    #expect(collapse.sameTemperatureLargest == 0.06 && collapse.otherTemperatureLeast == 0.3)
    let none = Collapse(pairs: [], expectedBySampling: nil)
    #expect(none.sameTemperature == nil && none.otherTemperatureLeast == nil)
  }

  @Test("two starts differ by so many errors of their difference, √(a² + b²)")
  func starts() {
    func score(_ coldError: Double, _ hotError: Double) -> Double {
      EquilibriumStart(
        learningRate: 0.1, batch: 4, momentum: 0.5, hotFactor: 2, hotSteps: 10, coldMeanLoss: 1, coldError: coldError,
        hotMeanLoss: 1.5, hotError: hotError, coldTrace: [], hotTrace: []
      ).score
    }
    #expect(abs(score(0.03, 0.04) - 10) < 1e-12)
    #expect(score(0, 0) == 0)
  }

  @Test("the temperature index is η ÷ (B(1 − m)), and every record of a chain has its own")
  func temperature() {
    #expect(abs(TemperatureIndex.value(learningRate: 0.3, batch: 20, momentum: 0.9) - 0.15) < 1e-15)
    let start = EquilibriumStart(
      learningRate: 0.3, batch: 20, momentum: 0.9, hotFactor: 2, hotSteps: 10, coldMeanLoss: 1, coldError: 0,
      hotMeanLoss: 1, hotError: 0, coldTrace: [], hotTrace: [])
    let shuffled = ReshuffledChain(
      learningRate: 0.3, batch: 20, momentum: 0.9, excessLoss: 1, excessLossError: 0, independentExcessLoss: 1,
      independentError: 0, isStationary: true)
    #expect(abs(start.temperatureIndex - 0.15) < 1e-15 && abs(shuffled.temperatureIndex - 0.15) < 1e-15)
  }
}
