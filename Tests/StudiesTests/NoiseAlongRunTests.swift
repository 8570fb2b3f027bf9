import Statistics
import Gradients
import Configuration
import Coordinator
import Datasets
import Foundation
import Models
import TestSupport
import Testing

@Suite("Noise scale along a run")
struct NoiseAlongRunTests {
  /// The README's config.
  private var digits: String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .path + "/Configs/digits.json"
  }

  /// The config of the README's first run: the gradient's |G|² falls by four orders of magnitude on the way.
  @Test("of the README's run is the exact one of the last hundred steps, within the interval that it states")
  func digitsRun() throws {
    let configuration = try RunConfiguration.decode(contentsOf: digits)
    let splits = try DatasetLoader.load(configuration.data, seed: configuration.seed)
    let plan = try RunPlan(configuration, splits: splits, threads: 2)
    let trainer = try Trainer(plan)
    // Every tenth step's own noise, before the step.
    var exact: [ExactNoise] = []
    var (compared, held, useful) = (0, 0, 0)
    for step in 1...plan.steps {
      if step % 10 == 0 { exact.append(ExactNoise(plan, at: trainer.weights)) }
      let record = try #require(trainer.takeStep())
      // At the end of every epoch from the fifth on.
      guard step % plan.stepsPerEpoch == 0, step >= 95 else { continue }
      let recent = exact.suffix(10)
      let (norm, trace) = (
        recent.reduce(0) { $0 + $1.squaredNorm } / 10, recent.reduce(0) { $0 + $1.trace } / 10
      )
      let scale = try #require(record.noiseScale)
      compared += 1
      held += scale.low <= trace / norm && trace / norm <= scale.high ? 1 : 0
      // An interval that held everything would be no statement.
      useful += scale.low > trace / norm / 20 ? 1 : 0
      // Where the run has settled, trΣ alone is known well.
      if step > plan.steps / 2 { #expect(abs(scale.covarianceTrace / trace - 1) < 0.4, "step \(step)") }
    }
    let first = exact[0].trace / exact[0].squaredNorm
    let last = exact[exact.count - 1].trace / exact[exact.count - 1].squaredNorm
    #expect(last > 20 * first && last > 1000, "\(first), \(last)")
    // A tenth of the steps stands for all, and losses jump on the way: not quite 95 of 100.
    #expect(compared == 36 && held >= 30 && useful >= 33, "\(held) held, \(useful) useful of \(compared)")
  }
}
