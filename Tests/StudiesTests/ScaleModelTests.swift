import Gradients
import Statistics
import Configuration
import Coordinator
import Models
import Records
import Studies
import TestSupport
import Testing

@Suite("The cost model of a step")
struct ScaleModelTests {
  private let batches = [32, 64, 100, 256, 512, 1024, 4096]

  @Test("a grid of simulated steps gives back what each part of a step costs")
  func recovery() throws {
    let truth = SimulatedStep()
    let model = try #require(ScaleModel(fitting: truth.grid(threads: [1, 2, 3, 4, 6, 8], batches: batches)))
    for (term, expected) in [
      (ScaleModel.Term.sample, truth.sample), (.sharedSample, truth.contention), (.gradientConstant, truth.constant),
      (.wake, truth.wake), (.byte, truth.byte), (.sharedByte, truth.byteContention),
      (.reduceConstant, truth.updateConstant),
    ] {
      let found = try #require(model.seconds[term], "\(term)")
      #expect(abs(found / expected - 1) < 0.05, "\(term): \(found), expected \(expected)")
    }
  }

  @Test(
    "what it predicts for more threads, and for more shards, is what the simulation gives", arguments: [16, 64, 256])
  func prediction(threads: Int) throws {
    // Small enough that no number of shards makes siblings merge, which is not simulated.
    let truth = SimulatedStep(tensors: [30_000, 600, 6000, 10])
    let model = try #require(ScaleModel(fitting: truth.grid(threads: [1, 2, 4, 8], batches: batches)))
    for batch in [64, 1024, 4096] {
      for shards in [nil, 2, batch / 32] as [Int?] {
        let division = try SimulatedStep.division(batch, shards: shards)
        let expected = truth.observe(division, threads: threads).stepSeconds
        let found = model.cost(truth.work(division, threads: threads)).stepSeconds
        #expect(abs(found / expected - 1) < 0.03, "\(threads) threads, \(division): \(found), expected \(expected)")
      }
    }
  }

  @Test("the cost of a microbatch shows where microbatches differ")
  func microbatches() throws {
    let truth = SimulatedStep(microbatch: 400e-6)
    var observations: [ScaleModel.Observation] = []
    // Dense networks: n grows with the batch, 32 … 128.
    for batch in [64, 256, 512, 1024, 4096] {
      for threads in [1, 2, 4] {
        let division = try BatchDivision(batch: batch, isConvolutional: false)
        observations.append(truth.observe(division, threads: threads))
      }
    }
    let model = try #require(ScaleModel(fitting: observations))
    let found = try #require(model.seconds[.microbatch])
    #expect(abs(found / truth.microbatch - 1) < 0.15, "\(found)")
    #expect(abs((model.seconds[.sample] ?? 0) / truth.sample - 1) < 0.05)
  }

  @Test("from noisy times on a small grid, the main costs come out within the noise", arguments: 1...5)
  func noise(seed: Int) throws {
    let truth = SimulatedStep()
    let observations = try truth.grid(
      threads: [1, 2], batches: [64, 256, 1024, 4096], noise: 0.02, seed: UInt64(seed))
    let forecast = try #require(ScaleForecast(observations))
    #expect(abs((forecast.model.seconds[.sample] ?? 0) / truth.sample - 1) < 0.03)
    let division = try SimulatedStep.division(4096)
    for (threads, tolerance) in [(4, 0.1), (16, 0.4)] {
      let expected = truth.observe(division, threads: threads).stepSeconds
      let found = forecast.model.cost(truth.work(division, threads: threads)).stepSeconds
      #expect(abs(found / expected - 1) < tolerance, "\(threads): \(found), expected \(expected)")
    }
    #expect(try #require(forecast.record.worstHeldOutError) < 0.15)
    #expect(try #require(forecast.record.medianHeldOutError) < 0.04)
  }

  @Test("one outlier cell shows as the worst error on cells left out, at its size")
  func outlier() throws {
    let truth = SimulatedStep()
    let clean = try truth.grid(threads: [1, 2, 4], batches: batches, noise: 0.01)
    var planted = clean
    planted[13].gradientSeconds *= 1.6
    planted[13].reduceSeconds *= 1.6
    let forecast = try #require(ScaleForecast(planted))
    let errors = try planted.indices.map { try #require(forecast.heldOutSeconds($0)) / planted[$0].stepSeconds - 1 }
    // What is predicted from the others does not know of the outlier: 1 ÷ 1.6 of it.
    #expect(abs(errors[13] - (1 / 1.6 - 1)) < 0.05)
    #expect(errors.indices.max { abs(errors[$0]) < abs(errors[$1]) } == 13)
    #expect(abs(try #require(forecast.record.worstHeldOutError) - abs(errors[13])) < 1e-12)
    let before = try #require(ScaleForecast(clean)?.record.worstHeldOutError)
    #expect(before < 0.1)
  }

  @Test("the smallest grids give a model that says what it cannot tell")
  func smallGrids() throws {
    let truth = SimulatedStep()
    #expect(ScaleModel(fitting: []) == nil)

    let one = try #require(ScaleForecast(truth.grid(threads: [1], batches: [256])))
    #expect(one.model.told == [.sample, .byte])
    #expect(one.record.medianHeldOutError == nil)
    #expect(one.record.parameters.first { $0.term == .sharedSample }?.isTold == false)

    let row = try #require(ScaleModel(fitting: truth.grid(threads: [1], batches: batches)))
    #expect(!row.told.contains(.sharedSample) && !row.told.contains(.wake) && row.told.contains(.gradientConstant))

    // Two by two: what the four cells were is found again.
    let observations = try truth.grid(threads: [1, 2], batches: [256, 1024])
    let small = try #require(ScaleForecast(observations))
    #expect(small.model.told.isSuperset(of: [.sample, .sharedSample, .gradientConstant]))
    for observation in observations {
      #expect(abs(small.model.cost(observation.work).stepSeconds / observation.stepSeconds - 1) < 0.02)
    }
  }

  @Test("what limits a doubling is named after what was put in")
  func limits() throws {
    func reason(_ truth: SimulatedStep, _ batch: Int, shards: Int? = nil, from threads: Int) throws
      -> ScaleLimit.Reason
    {
      let model = try #require(ScaleModel(fitting: truth.grid(threads: [1, 2, 3, 4], batches: batches)))
      let division = try SimulatedStep.division(batch, shards: shards)
      return model.limit(
        from: truth.work(division, threads: threads), to: truth.work(division, threads: 2 * threads)
      ).reason
    }
    let light = SimulatedStep(contention: 0, byteContention: 0)
    #expect(try reason(light, 4096, from: 4) == .nothing)
    #expect(try reason(light, 4096, from: 16) == .shards)
    // 8 shards: 3 of them for the busiest of 3 workers, 2 for that of 6.
    #expect(try reason(light, 4096, shards: 8, from: 3) == .loadImbalance)
    #expect(try reason(SimulatedStep(contention: 20e-6), 4096, from: 4) == .memoryBandwidth)
    #expect(try reason(SimulatedStep(contention: 0, byteContention: 5e-9), 1024, from: 4) == .reduction)
    #expect(try reason(SimulatedStep(contention: 0, wake: 500e-6), 512, from: 4) == .forkJoin)
    // Samples still cost most, but they halve; what is done once a step does not.
    #expect(try reason(SimulatedStep(contention: 0, constant: 10e-3, byteContention: 0), 4096, from: 2) == .forkJoin)
  }

  @Test("the work of a step is counted as it is done")
  func work() throws {
    let division = try SimulatedStep.division(1024)
    let truth = SimulatedStep(tensors: [8192 * 3, 100])
    let work = truth.work(division, threads: 5)
    // 16 shards of two microbatches: 5 workers leave one of them 4.
    #expect(work.busiestSamples == 256 && work.busiestMicrobatches == 8)
    #expect(work.gradientWakes == 4 && work.updateWakes == 3)
    let count = 8192.0 * 3 + 100
    #expect(work.updatedBytes == 80 * count)
    #expect(work.mergedBytes == 0)
    let share = work.busiestUpdatedBytes / work.updatedBytes
    #expect(abs(share - 8192 / count) < 1e-12)

    // Large models merge siblings at once: 15 additions of three vectors, and one sum left to read.
    let large = SimulatedStep(tensors: [2_000_000]).work(division, threads: 2)
    #expect(large.mergedBytes == 360e6)
    #expect(large.busiestMergedBytes == 192e6)
    #expect(large.updatedBytes == 5 * 8e6)
  }

  @Test("products that wait for the update are divided by weights, not by shards")
  func deferredWork() throws {
    func work(_ division: BatchDivision, threads: Int, deferred: Double) -> StepWork {
      var work = SimulatedStep().work(division, threads: threads)
      work.deferredShare = deferred
      work.busiestDeferredShare = deferred > 0 ? 1 / Double(threads) : 0
      return work
    }
    let model = ScaleModel(seconds: [.sample: 1e-3, .sharedSample: 1e-5])
    let division = try SimulatedStep.division(512, shards: 4)
    for threads in [1, 4] {
      let whole = model.cost(work(division, threads: threads, deferred: 0))
      let parted = model.cost(work(division, threads: threads, deferred: 0.25))
      #expect(abs(parted.gradientSeconds - 0.75 * whole.gradientSeconds) < 1e-12)
      #expect(abs(parted.stepSeconds - whole.stepSeconds) < 1e-12, "\(threads) threads")
    }
    // Eight threads share four shards: only what waits goes on getting faster.
    let four = model.cost(work(division, threads: 4, deferred: 0.25))
    let eight = model.cost(work(division, threads: 8, deferred: 0.25))
    #expect(eight.compute == four.compute && eight.products == four.products / 2)
  }
}

@Suite("Non-negative least squares")
struct NonNegativeLeastSquaresTests {
  @Test("no point around the solution is better, and none of its parts is negative", arguments: 1...20)
  func optimal(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    func number() -> Double { Double.random(in: -1...1, using: &generator) }
    let rows = (0..<12).map { _ in (0..<5).map { _ in number() } }
    let targets = rows.map { _ in number() }
    let solution = NonNegativeLeastSquares.solve(rows, targets)
    #expect(solution.allSatisfy { $0 >= 0 })
    func residual(_ x: [Double]) -> Double {
      rows.indices.reduce(0.0) { sum, row in
        let error = x.indices.reduce(-targets[row]) { $0 + rows[row][$1] * x[$1] }
        return sum + error * error
      }
    }
    // Karush, Kuhn, Tucker: a part that is positive has no slope, one that is 0 has none downhill.
    for column in solution.indices {
      let slope = rows.indices.reduce(0.0) { sum, row in
        let error = solution.indices.reduce(-targets[row]) { $0 + rows[row][$1] * solution[$1] }
        return sum + rows[row][column] * error
      }
      let isFlat = abs(slope) < 1e-9
      #expect(solution[column] > 0 ? isFlat : slope > -1e-9)
    }
    for _ in 0..<50 {
      let other = solution.map { max(0, $0 + 0.1 * number()) }
      #expect(residual(other) >= residual(solution) - 1e-12)
    }
  }

  @Test("columns that say the same share nothing: the first of them takes it; a column of zeros gets 0")
  func collinear() {
    let rows = (1...4).map { [Double($0), 2 * Double($0), 0] }
    let solution = NonNegativeLeastSquares.solve(rows, [3, 6, 9, 12])
    #expect(abs(solution[0] - 3) < 1e-9)
    #expect(solution[1] == 0 && solution[2] == 0)
    #expect(NonNegativeLeastSquares.solve([[0, 0]], [1]) == [0, 0])
  }
}
