import Kernels
import Optimizers
import TestSupport
import Testing

/// The remarks of Goyal et al. 2017, §2 and §3, that concern the update rule.
@Suite("Goyal's remarks")
struct RemarksTests {
  static let rates = [0.1, 0.2, 0.3, 0.4, 0.4, 0.4, 0.04, 0.04, 0.004, 0.004]

  /// Form 10: v ← m·c·v + η·g; w ← w − v, where c = η ÷ the η before if corrected, else 1.
  static func formTen(start: [Float], gradients: [[Float]], corrected: Bool) -> [Float] {
    var weights = start.map { Double($0) }
    var velocity = weights.map { _ in 0.0 }
    for (step, rate) in rates.enumerated() {
      let correction = corrected && step > 0 ? rate / rates[step - 1] : 1
      for i in weights.indices {
        velocity[i] = 0.9 * correction * velocity[i] + rate * Double(gradients[step][i])
        weights[i] -= velocity[i]
      }
    }
    return weights.map { Float($0) }
  }

  @Test("remark 2: this rule, form 9, equals form 10 only with momentum correction, under a changing rate")
  func momentumCorrection() {
    var generator = SeededGenerator(seed: 2)
    let start = generator.floats(33)
    let gradients = Self.rates.map { _ in generator.floats(33) }
    let update = ParameterUpdate(.init(method: .sgd(momentum: 0.9, nesterov: false)), batch: 256, referenceBatch: 256)
    let run = UpdateRun(update, start: start)
    for (step, rate) in Self.rates.enumerated() { run.step(step, gradient: gradients[step], learningRate: rate) }
    let weights = run.result()

    expectClose(weights, Self.formTen(start: start, gradients: gradients, corrected: true), relative: 1e-6)
    let uncorrected = Self.formTen(start: start, gradients: gradients, corrected: false)
    #expect(zip(weights, uncorrected).contains { abs($0 - $1) > 0.1 })
  }

  @Test("remark 1: scaling the loss equals scaling the rate without weight decay, and not with it")
  func lossScaling() {
    var generator = SeededGenerator(seed: 1)
    let start = generator.floats(33)
    let gradients = (0..<10).map { _ in generator.floats(33) }
    func train(weightDecay: Double, lossScale: Float, learningRate: Double) -> [Float] {
      let update = ParameterUpdate(
        .init(method: .sgd(momentum: 0.9, nesterov: false), weightDecay: weightDecay), batch: 256, referenceBatch: 256)
      let run = UpdateRun(update, start: start)
      for (step, gradient) in gradients.enumerated() {
        run.step(step, gradient: gradient.map { lossScale * $0 }, learningRate: learningRate)
      }
      return run.result()
    }
    expectClose(
      train(weightDecay: 0, lossScale: 8, learningRate: 0.01), train(weightDecay: 0, lossScale: 1, learningRate: 0.08),
      relative: 1e-5)
    let scaledLoss = train(weightDecay: 0.1, lossScale: 8, learningRate: 0.01)
    let scaledRate = train(weightDecay: 0.1, lossScale: 1, learningRate: 0.08)
    #expect(zip(scaledLoss, scaledRate).contains { abs($0 - $1) > 0.05 })
  }

  @Test("Adam's square-root rule scales 1 − β by κ and ε by 1 ÷ √κ, and keeps β in [0, 1)")
  func adamScaling() {
    let keys = AdamConfiguration(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, scaleWithBatch: true)
    let four = AdamScaling(keys, batchRatio: 4)
    #expect(abs(four.beta1 - 0.6) < 1e-12 && abs(four.beta2 - 0.996) < 1e-12 && four.epsilon == 5e-9)
    let quarter = AdamScaling(keys, batchRatio: 0.25)
    #expect(abs(quarter.beta1 - 0.975) < 1e-12 && abs(quarter.beta2 - 0.99975) < 1e-12 && quarter.epsilon == 2e-8)
    let huge = AdamScaling(keys, batchRatio: 5000)
    #expect(huge.beta1 == 0 && huge.beta2 == 0)
    let same = AdamScaling(keys, batchRatio: 1)
    #expect(same.beta1 == 0.9 && same.beta2 == 0.999 && same.epsilon == 1e-8)
  }

  @Test("scaleWithBatch acts relative to the reference batch, and only when it is on")
  func adamScalingInUse() {
    func weights(scaleWithBatch: Bool, batch: Int, keys: AdamConfiguration? = nil) -> [Float] {
      let keys = keys ?? AdamConfiguration(scaleWithBatch: scaleWithBatch)
      let run = UpdateRun(
        ParameterUpdate(.init(method: .adamW(keys)), batch: batch, referenceBatch: 256), start: [1, -1])
      for step in 0..<10 { run.step(step, gradient: [Float(step % 3), 0.5], learningRate: 0.1) }
      return run.result()
    }
    let plain = weights(scaleWithBatch: false, batch: 256)
    #expect(weights(scaleWithBatch: false, batch: 1024) == plain)
    #expect(weights(scaleWithBatch: true, batch: 256) == plain)
    let byHand = weights(
      scaleWithBatch: false, batch: 256, keys: AdamConfiguration(beta1: 0.6, beta2: 0.996, epsilon: 5e-9))
    expectClose(weights(scaleWithBatch: true, batch: 1024), byHand, relative: 1e-6)
    #expect(byHand != plain)
  }
}
