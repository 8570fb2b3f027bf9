import Charts
import Records

extension RunSummary {
  /// What the run came to, in one sentence.
  package var headline: String {
    switch outcome {
    case .completed:
      "\(verdict)\(reached)\(stoppedEarlyAtStep == nil ? "" : ", stopped early,") in \(length), \(HumanFormat.duration(wallSeconds)): \(pace)."
    case .targetReached:
      "Reached the target\(targetText) after \(length), \(samplesText) and \(timeToTarget): \(pace)."
    case .diverged: divergedText
    case .interrupted:
      "Interrupted after \(length), \(HumanFormat.duration(wallSeconds)), and saved: it can be resumed from there."
    }
  }

  /// What is wrong with a result that has nothing wrong with its numbers.
  package var verdict: String {
    if let regression, regression.isNoBetterThanMean { return "No better than always saying the mean. " }
    if let testAccuracy, let share = majorityShare, share < 1, testAccuracy <= share {
      return "No better than always saying the most frequent class (\(HumanFormat.percent(share))). "
    }
    return ""
  }

  /// The share of the test set that has its most frequent class.
  private var majorityShare: Double? {
    guard let counts = classes.counts, counts.total > 0 else { return nil }
    return Double(counts.samples.max() ?? 0) / Double(counts.total)
  }

  private var reached: String {
    if let share = regression?.rSquared { return "Reached R² \(HumanFormat.fixed(share, decimals: 3)) on the test set" }
    if let testAccuracy { return "Reached \(HumanFormat.percent(testAccuracy)) test accuracy" }
    if let testLoss { return "Reached a test loss of \(HumanFormat.number(testLoss))" }
    return "Done"
  }

  /// "40 epochs (800 steps)"; "of" what was planned where the run ended before.
  private var length: String {
    let done = HumanFormat.short(epochs, digits: 4)
    if outcome == .interrupted, let plannedEpochs, plannedEpochs > epochs {
      let planned = HumanFormat.plural(HumanFormat.short(plannedEpochs, digits: 4), "epoch")
      return "\(done) of \(planned) (\(stepsText))"
    }
    return "\(HumanFormat.plural(done, "epoch")) (\(stepsText))"
  }

  private var samplesText: String { HumanFormat.plural(HumanFormat.count(samples), "sample") }

  private var stepsText: String { HumanFormat.plural(HumanFormat.count(steps), "step") }

  /// "1.2 s of steps (evaluation took 68 ms more; 45 J)": what a target cost, without what it cost to find out.
  private var timeToTarget: String {
    guard let trainingSeconds else { return HumanFormat.duration(wallSeconds) }
    let besides = [
      evaluationSeconds.map { "evaluation took \(HumanFormat.duration($0)) more" }, energyText,
    ].compactMap(\.self)
    return HumanFormat.duration(trainingSeconds) + " of steps"
      + (besides.isEmpty ? "" : " (\(besides.joined(separator: "; ")))")
  }

  /// "12.3 kJ"; `nil` where the system does not tell.
  var energyText: String? {
    energyJoules.map { joules in
      let number = HumanFormat.prefixed(joules)
      return number.last?.isLetter == true ? number + "J" : number + " J"
    }
  }

  private var pace: String {
    "\(HumanFormat.number(samplesPerSecond)) samples a second on \(workersText)"
  }

  /// Who computed: "2 threads", or "3 ranks × 2 threads" of a run over several processes.
  var workersText: String {
    let threads = HumanFormat.plural("\(threads)", "thread")
    guard let ranks, ranks > 1 else { return threads }
    return "\(ranks) ranks × \(threads)"
  }

  private var targetText: String {
    if let goal = target?.testAccuracy {
      let goal = HumanFormat.short(goal * 100, digits: 4)
      return " of \(goal) % test accuracy" + (testAccuracy.map { ", with \(HumanFormat.percent($0))," } ?? "")
    }
    if let goal = target?.testLoss {
      return " of test loss \(HumanFormat.short(goal))" + (testLoss.map { ", with \(HumanFormat.number($0))," } ?? "")
    }
    return ""
  }

  private var divergedText: String {
    let step = divergence?.step ?? steps
    let rate = divergence.map { " at a learning rate of \(HumanFormat.short($0.learningRate))" } ?? ""
    let what =
      switch divergence?.kind {
      case .trainingLoss, nil: "the loss was no longer a finite number"
      case .pass: "an activation or a gradient was no longer a finite number"
      case .weights: "the weights were no longer finite numbers"
      case .evaluation: "the evaluation on the test set was no longer finite"
      }
    let epoch = max(1, Int(within: min(epochs, 1e15).rounded(.up)))
    return "Diverged at step \(HumanFormat.count(step)), in epoch \(HumanFormat.count(epoch)): "
      + "\(what)\(rate)."
  }
}
