import Calendars
import Keys

extension LearningRateConfiguration {
  package static func keys(
    _ section: Section, _ value: LearningRateConfiguration?, method: OptimizerMethod
  ) -> LearningRateConfiguration {
    let rule = type(of: method.rule)
    return LearningRateConfiguration(
      reference: section.key(
        "reference", value?.reference, .number(.above(0)), default: rule.defaultRate,
        "The learning rate for the reference batch.", defaultRule: RuleKinds.defaults { $0.defaultRate }),
      referenceBatch: section.key(
        "referenceBatch", value?.referenceBatch, .count, default: 256, "The batch that the reference rate is for."),
      scaling: section.key(
        "scaling", value?.scaling, .word, default: rule.defaultScaling,
        "What the rate is multiplied by: batch.size ÷ referenceBatch, its square root, or 1.",
        defaultRule: RuleKinds.defaults { $0.defaultScaling }),
      warmup: section.section(
        "warmup", value?.warmup, short: "kind",
        "How the rate rises to the scaled one; all but a ramp are without effect where scaling does not raise the rate.",
        Warmup.keys),
      decay: section.section("decay", value?.decay, short: "kind", "How the rate falls.", Decay.keys))
  }
}

extension Warmup {
  fileprivate static func keys(_ section: Section, _ value: Warmup?) -> Warmup {
    section.choice(
      "kind", value, default: "gradual", "How the rate rises.",
      [
        Case(
          "gradual", "A constant more every step (Goyal et al. 2017, §2.2).",
          { if case .gradual(let span) = $0 { span } else { nil } }
        ) { .gradual(span($0, $1)) },
        Case(
          "constant", "The reference rate, then a jump.", { if case .constant(let span) = $0 { span } else { nil } }
        ) { .constant(span($0, $1)) },
        Case(
          "ramp", "From a share of the scaled rate to all of it, a constant more every step, over a share of the run.",
          { warmup -> (start: Double, share: Double)? in
            if case .ramp(let start, let share) = warmup { (start, share) } else { nil }
          }
        ) { section, value in
          .ramp(
            start: section.key(
              "start", value?.start, .number(.from(0, through: 1)), default: 0.2,
              "The first step's rate, as a share of the scaled one."),
            share: section.key(
              "share", value?.share, .number(.from(0, through: 1)), default: 0.2,
              "Share of the run's steps, rounded down, after which the rate is the scaled one."))
        },
        Case("none", "The scaled rate from the first step.", .none),
      ])
  }

  private static func span(_ section: Section, _ value: Span?) -> Span {
    section.alternatives(
      value, default: .epochs(5),
      Span.cases(
        epochs: "epochs", "Length of the warmup. Default: 5, if there are no steps.",
        steps: "steps", "Length of the warmup.", from: .from(0, through: Limit.epochs)))
  }
}

extension Decay {
  fileprivate static func keys(_ section: Section, _ value: Decay?) -> Decay {
    section.choice(
      "kind", value, default: "none", "How the rate falls.",
      [
        Case("none", "The rate stays.", .none),
        Case(
          "step", "Multiplied by a factor at each point.",
          { if case .step(let points, let factor) = $0 { (points: points, factor: factor) } else { nil } }
        ) { section, value in
          .step(
            at: section.alternatives(value?.points, [epochs, steps]),
            factor: section.key(
              "factor", value?.factor, .number(.above(0, through: 1)), default: 0.1,
              "What the rate is multiplied by at each point."))
        },
        Case("cosine", "Half a cosine from the end of warmup to the end of the run, down to 0.", .cosine),
        polynomial,
        Case(
          "batch", "The rate stays and the batch grows, to the same temperature (Smith et al. 2018).",
          { decay -> (epochs: [Int], factor: Double, maximum: Int?)? in
            if case .batch(let epochs, let factor, let maximum) = decay { (epochs, factor, maximum) } else { nil }
          }
        ) { section, value in
          let epochs = section.required(
            "epochs", value?.epochs, .list(of: .count, "epochs", count: 1...1000),
            "Whole epochs after which the batch grows, ascending.")
          section.check(
            "epochs", zip(epochs, epochs.dropFirst()).allSatisfy(<),
            "found \(epochs); allowed: each epoch after the one before it")
          return .batch(
            epochs: epochs,
            factor: section.key(
              "factor", value?.factor, .number(.above(1, through: 1_000_000)), default: 5,
              "What the batch is multiplied by at each point.", defaultRule: "5; 0.1 for step"),
            maximum: section.optional(
              "maximumBatch", value?.maximum, .count,
              "The largest batch; beyond it the rate falls instead. Left out: the size of the training set."))
        },
      ])
  }

  private static var polynomial: Case<Decay> {
    Case(
      "polynomial", "floor + (1 − floor)·(1 − progress)^power from the end of warmup to the end of the run.",
      { decay -> (power: Double, floor: Double)? in
        if case .polynomial(let power, let floor) = decay { (power, floor) } else { nil }
      }
    ) { section, value in
      .polynomial(
        power: section.key(
          "power", value?.power, .number(.above(0)), default: 1, "The exponent; 1 is a straight line."),
        floor: section.key(
          "floor", value?.floor, .number(.from(0, through: 1)), default: 0,
          "The rate at the end of the run, as a share of the scaled one."))
    }
  }

  private static var epochs: Case<[Span]> {
    points("epochs", of: .number(.above(0, through: Limit.epochs)), Span.epochs) {
      if case .epochs(let epochs) = $0 { epochs } else { nil }
    }
  }

  private static var steps: Case<[Span]> {
    points("steps", of: .count, Span.steps) { if case .steps(let steps) = $0 { steps } else { nil } }
  }

  /// Points in one unit; a list of spans with two units cannot be written.
  private static func points<Number: Comparable>(
    _ unit: String, of number: Format<Number>, _ span: @escaping (Number) -> Span,
    _ value: @escaping (Span) -> Number?
  ) -> Case<[Span]> {
    Case(
      unit, "Points counted in \(unit).",
      { spans in
        let numbers = spans.compactMap(value)
        return numbers.count == spans.count ? numbers : nil
      }
    ) { section, numbers in
      let format = Format.list(of: number, unit, count: 1...1000)
      let points = section.required(unit, numbers, format, "Points in \(unit) from the first step, ascending.")
      section.check(
        unit, zip(points, points.dropFirst()).allSatisfy(<),
        "found \(format.write(points).line); allowed: each point after the one before it")
      return points.map(span)
    }
  }
}
