import Calendars
import Optimizers
import Testing

private func schedule(
  reference: Double = 0.1, referenceBatch: Int = 256, scaling: Scaling = .linear, warmup: Warmup = .none,
  decay: Decay = .none, batch: Int = 8192, steps: Int = 900, stepsPerEpoch: Int = 10
) -> Schedule {
  Schedule(
    LearningRateConfiguration(
      reference: reference, referenceBatch: referenceBatch, scaling: scaling, warmup: warmup, decay: decay),
    batch: batch, steps: steps, stepsPerEpoch: stepsPerEpoch)
}

private func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-12 * max(abs(a), abs(b)) }

@Suite("Learning-rate schedules")
struct ScheduleTests {
  /// Goyal et al. 2017, §5.1: ImageNet at 8192 a step is 156 steps an epoch.
  static let goyal = schedule(
    warmup: .gradual(.epochs(5)), decay: .step(at: [.epochs(30), .epochs(60), .epochs(80)], factor: 0.1),
    steps: 90 * 156, stepsPerEpoch: 156)

  @Test("Goyal's ImageNet schedule: 0.1 to 3.2 in 5 epochs, a tenth at 30, 60 and 80")
  func imageNet() {
    let rate = Self.goyal.learningRate
    #expect(Self.goyal.scaledRate == 3.2)
    #expect(Self.goyal.warmupSteps == 780)
    #expect(rate(0) == 0.1)
    #expect(isClose(rate(390), (0.1 + 3.2) / 2))
    #expect(rate(779) < 3.2)
    #expect(rate(780) == 3.2)
    #expect(rate(781) == 3.2)
    for (epoch, before, after) in [(30, 3.2, 0.32), (60, 0.32, 0.032), (80, 0.032, 0.0032)] {
      #expect(isClose(rate(epoch * 156 - 1), before))
      #expect(isClose(rate(epoch * 156), after))
      #expect(isClose(rate(epoch * 156 + 1), after))
    }
    #expect(isClose(rate(90 * 156 - 1), 0.0032))
    #expect(isClose(rate(1_000_000), 0.0032))
  }

  @Test("gradual warmup adds the same amount every step")
  func constantIncrement() {
    let increment = (3.2 - 0.1) / 780
    for step in 0..<780 {
      let difference = Self.goyal.learningRate(at: step + 1) - Self.goyal.learningRate(at: step)
      #expect(abs(difference - increment) < 1e-12, "step \(step)")
    }
  }

  @Test(
    "a ramp rises from a share of the scaled rate and falls to a floor, over shares of the run, as airbench94's does")
  func ramp() {
    // torch: triangle(steps, start=0.2, end=0.07, peak=0.23), linear between [0, int(0.23·steps), steps].
    for steps in [1, 7, 100, 476] {
      let peak = Int(0.23 * Double(steps))
      let rates = schedule(
        reference: 1.5, referenceBatch: 1024, warmup: .ramp(start: 0.2, share: 0.23),
        decay: .polynomial(power: 1, floor: 0.07), batch: 1024, steps: steps)
      #expect(rates.warmupSteps == peak && rates.scaledRate == 1.5)
      for step in 0..<steps {
        let share =
          step < peak
          ? 0.2 + 0.8 * Double(step) / Double(peak)
          : 1 - 0.93 * Double(step - peak) / Double(steps - peak)
        #expect(isClose(rates.learningRate(at: step), 1.5 * share), "step \(step) of \(steps)")
      }
    }
    // It acts where scaling lowers the rate too, and a share of 0 is no warmup.
    #expect(isClose(schedule(warmup: .ramp(start: 0.5, share: 0.5), batch: 64).learningRate(at: 0), 0.0125))
    #expect(schedule(warmup: .ramp(start: 0.5, share: 0)).learningRate(at: 0) == 3.2)
  }

  @Test("the batch scales the rate by κ, √κ or not at all")
  func scaling() {
    #expect(schedule(scaling: .linear, batch: 1024).scaledRate == 0.4)
    #expect(isClose(schedule(scaling: .sqrt, batch: 1024).scaledRate, 0.2))
    #expect(schedule(scaling: .none, batch: 1024).scaledRate == 0.1)
    #expect(schedule(scaling: .linear, batch: 64).scaledRate == 0.025)
    #expect(schedule(scaling: .linear, batch: 256).scaledRate == 0.1)
  }

  @Test(
    "warmup has no effect where the scaled rate is not above the reference rate",
    arguments: [Warmup.gradual(.steps(50)), .constant(.steps(50))])
  func noWarmup(warmup: Warmup) {
    for batch in [64, 256] {
      let small = schedule(warmup: warmup, batch: batch)
      #expect(small.warmupSteps == 0)
      #expect(small.learningRate(at: 0) == small.scaledRate)
    }
    let unscaled = schedule(scaling: .none, warmup: warmup, batch: 8192)
    #expect(unscaled.learningRate(at: 0) == 0.1)
  }

  @Test("constant warmup holds the reference rate and then jumps")
  func constantWarmup() {
    let constant = schedule(warmup: .constant(.epochs(5)))
    #expect([0, 1, 25, 49].allSatisfy { constant.learningRate(at: $0) == 0.1 })
    #expect([50, 51, 899, 5000].allSatisfy { constant.learningRate(at: $0) == 3.2 })
  }

  @Test("a warmup of no steps, or longer than the run, is followed as far as it goes")
  func oddWarmups() {
    #expect(schedule(warmup: .gradual(.steps(0))).learningRate(at: 0) == 3.2)
    for decay in [Decay.none, .cosine, .polynomial(power: 2)] {
      let long = schedule(warmup: .gradual(.steps(100)), decay: decay, steps: 50)
      #expect(long.learningRate(at: 0) == 0.1)
      #expect(isClose(long.learningRate(at: 49), 0.1 + 3.1 * 0.49))
      #expect(long.learningRate(at: 50) == long.learningRate(at: 49))
    }
  }

  @Test("a decay point inside warmup scales the rest of the ramp too")
  func decayInsideWarmup() {
    let both = schedule(warmup: .gradual(.steps(100)), decay: .step(at: [.steps(40)], factor: 0.5))
    #expect(isClose(both.learningRate(at: 39), 0.1 + 3.1 * 0.39))
    #expect(isClose(both.learningRate(at: 40), 0.5 * (0.1 + 3.1 * 0.40)))
    #expect(isClose(both.learningRate(at: 100), 1.6))
  }

  @Test("decay points act in order of time, and two at one step act twice")
  func unorderedPoints() {
    let decay = schedule(decay: .step(at: [.steps(60), .steps(30), .epochs(3)], factor: 0.5))
    #expect(decay.learningRate(at: 29) == 3.2)
    #expect(decay.learningRate(at: 30) == 0.8)
    #expect(decay.learningRate(at: 60) == 0.4)
  }

  @Test("cosine decay runs from the end of warmup to the end of the run")
  func cosine() {
    let cosine = schedule(warmup: .gradual(.steps(100)), decay: .cosine)
    #expect(cosine.learningRate(at: 100) == 3.2)
    #expect(cosine.learningRate(at: 101) < 3.2)
    #expect(isClose(cosine.learningRate(at: 500), 1.6))
    // A quarter of the way: (1 + √½) ÷ 2.
    #expect(isClose(cosine.learningRate(at: 300), 3.2 * 0.8535533905932737))
    #expect(cosine.learningRate(at: 899) > 0)
    #expect(cosine.learningRate(at: 899) < 2e-5)
    #expect(cosine.learningRate(at: 900) == cosine.learningRate(at: 899))
  }

  @Test("polynomial decay is (1 − progress)^power from the end of warmup")
  func polynomial() {
    let polynomial = schedule(warmup: .constant(.steps(100)), decay: .polynomial(power: 2))
    #expect(polynomial.learningRate(at: 99) == 0.1)
    #expect(polynomial.learningRate(at: 100) == 3.2)
    #expect(isClose(polynomial.learningRate(at: 500), 0.8))
    #expect(isClose(polynomial.learningRate(at: 899), 3.2 / 640_000))
    #expect(polynomial.learningRate(at: 2000) == polynomial.learningRate(at: 899))
  }

  @Test("the changes of regime are the start, the end of warmup, each decay and the last step")
  func changes() {
    let changes = Self.goyal.changes()
    #expect(changes.map(\.step) == [0, 780, 4680, 9360, 12480, 14039])
    #expect(changes.map(\.epoch) == [0, 5, 30, 60, 80, 14039.0 / 156])
    #expect(
      changes.map(\.label)
        == ["start of warmup", "warmup ends", "decay × 0.1", "decay × 0.1", "decay × 0.1", "last step"])
    for change in changes { #expect(change.learningRate == Self.goyal.learningRate(at: change.step)) }
  }

  @Test("a step at which two things happen is listed once, one beyond the run not at all")
  func mergedChanges() {
    let merged = schedule(
      warmup: .gradual(.steps(40)), decay: .step(at: [.steps(40), .steps(900), .steps(2000)], factor: 0.5))
    #expect(merged.changes().map(\.step) == [0, 40, 899])
    #expect(merged.changes()[1].label == "warmup ends, decay × 0.5")
    #expect(schedule(steps: 1).changes().map(\.label) == ["start, last step"])
    #expect(schedule(decay: .cosine).changes().map(\.label) == ["start, cosine decay starts", "last step"])
  }
}
