import Charts
import Records

extension RunSummary {
  /// What is printed when a run ends: the headline, its figures and where the results are.
  ///
  /// - Parameters:
  ///   - folder: the run directory as the user would type it.
  ///   - advice: what to try next, in sentences.
  package func closingText(
    folder: String, advice: [String] = [], style: TerminalStyle = TerminalStyle()
  ) -> String {
    var lines: [(label: String, value: String)] = []
    func add(_ label: String, _ value: String?) {
      if let value { lines.append((label, value)) }
    }
    add("last finite loss", divergence?.loss.map { HumanFormat.number($0, digits: 4) })
    if let divergence { add("last checkpoint", divergence.checkpoint ?? "none") }
    add("first not finite", divergence.flatMap(Self.placeText))
    add("test accuracy", testAccuracy.map { HumanFormat.percent($0) + rightText + bestText })
    add("R²", regression?.rSquared.map { HumanFormat.fixed($0, decimals: 4) })
    add("errors", regression.map(Self.errorText))
    add("validation", validationText)
    add("test loss", testLoss.map { HumanFormat.number($0, digits: 4) })
    add("train loss", trainLoss.map { HumanFormat.number($0, digits: 4) })
    add("throughput", "\(HumanFormat.rate(samplesPerSecond)) on \(workersText)")
    add("noise scale", noiseText)
    add("samples", HumanFormat.count(samples))
    add("wall time", HumanFormat.duration(wallSeconds) + partsText)
    add("energy", energyText.map { $0 + " of the processor packages, for all programs" })
    add(
      "metrics",
      metricsLinesLost.map {
        "\(HumanFormat.plural(HumanFormat.count($0), "line")) could not be written and are missing"
      })
    add(
      "guard",
      guardedShards.map { "\(HumanFormat.plural(HumanFormat.count($0), "shard")) computed twice, with the same bits" })
    add("peak memory", HumanFormat.bytes(peakMemoryBytes))
    add("weights", "SHA-256 \(weightsSHA256.prefix(16))…")
    add("results", folder)
    add("report", (folder.hasSuffix("/") ? folder : folder + "/") + RunRecord.FileName.report)
    if let bundle = divergence?.bundle {
      add("see why with", "isotherm replay " + (folder.hasSuffix("/") ? folder : folder + "/") + bundle)
    }
    for (index, advice) in advice.enumerated() { add(index == 0 ? "try" : "or", advice) }
    if outcome == .interrupted { add("continue", "isotherm train --resume \(folder)") }
    let width = lines.map(\.label.count).max() ?? 0
    let body = lines.map { label, value in
      let padding = String(repeating: " ", count: width - label.count)
      let lines = style.wrapped(style.plain(value), indentation: width + 4).joined(separator: "\n")
      return "  " + style.paint(label, .quiet) + padding + "  " + lines + "\n"
    }
    let head = style.wrapped(style.plain(headline)).joined(separator: "\n")
    return style.paint(head, role) + "\n\n" + body.joined()
  }

  /// How the headline is meant.
  private var role: TerminalStyle.Role {
    switch outcome {
    case .completed, .targetReached: verdict.isEmpty ? .good : .warning
    case .interrupted: .warning
    case .diverged: .bad
    }
  }

  /// All that `--quiet` leaves: the headline, and where the results are.
  package func closingSentence(folder: String) -> String {
    headline + (headline.hasSuffix(".") ? "" : ".") + " Results: \(folder)"
  }

  /// "the output of layer 2 (dense 10) in step 17: NaN at element 3 of sample 4,711".
  private static func placeText(_ divergence: DivergenceRecord) -> String? {
    divergence.place.map {
      $0.title + (divergence.placeStep.map { " in step \(HumanFormat.count($0))" } ?? "") + ": " + $0.details
    }
  }

  private static func errorText(_ regression: RegressionRecord) -> String {
    "RMSE \(HumanFormat.number(regression.rootMeanSquaredError, digits: 4)), MAE "
      + "\(HumanFormat.number(regression.meanAbsoluteError, digits: 4))"
      + (regression.outputs.count == 1 ? " (in units of \(regression.outputs[0].name))" : ", means of all numbers")
  }

  /// "best 93.1 % of 500 samples at step 1,200, whose weights these are".
  private var validationText: String? {
    guard let validationSamples, let bestStep else { return nil }
    let value =
      bestValidationAccuracy.map { HumanFormat.percent($0) }
      ?? bestValidationLoss.map { "a loss of \(HumanFormat.number($0, digits: 4))" }
    return value.map {
      "best \($0) of \(HumanFormat.count(validationSamples)) samples at step \(HumanFormat.count(bestStep)); the results "
        + "are of these weights"
    }
  }

  private var rightText: String {
    guard let counts = classes.counts else { return "" }
    return " (\(HumanFormat.count(counts.correct)) of \(HumanFormat.count(counts.total)))"
  }

  private var bestText: String {
    guard let best = bestTestAccuracy, let testAccuracy, best > testAccuracy, let bestStep else { return "" }
    return ", best \(HumanFormat.percent(best)) at step \(HumanFormat.count(bestStep))"
  }

  /// "312 samples (95 %: 250 to 400), 1.2 × the batch".
  private var noiseText: String? {
    guard let noiseScale, noiseScale.isFinite else {
      return noiseScaleLow.map { "∞: no gradient can be told from its noise (95 %: from \(HumanFormat.number($0)) on)" }
    }
    let ends = noiseScaleLow.map { low in
      noiseScaleHigh.map { high in
        high.isFinite
          ? "95 %: \(HumanFormat.number(low)) to \(HumanFormat.number(high))"
          : "95 %: from \(HumanFormat.number(low)) on"
      } ?? "95 %: from \(HumanFormat.number(low)) on"
    }
    let ratio = batch.map { ", \(HumanFormat.number(noiseScale / Double($0), digits: 2)) × the batch" }
    return "\(HumanFormat.number(noiseScale)) samples" + (ends.map { " (\($0))" } ?? "") + (ratio ?? "")
  }

  /// Where the time went, as far as it is known.
  private var partsText: String {
    guard let trainingSeconds, trainingSeconds > 0 else { return "" }
    var parts = ["steps \(HumanFormat.duration(trainingSeconds))"]
    if let gradientSeconds {
      parts[0] += ", \(HumanFormat.percent(gradientSeconds / trainingSeconds, decimals: 1)) of it computing gradients"
    }
    if let evaluationSeconds { parts.append("evaluation \(HumanFormat.duration(evaluationSeconds))") }
    if let savingSeconds { parts.append("saving \(HumanFormat.duration(savingSeconds))") }
    return " (\(parts.joined(separator: "; ")))"
  }
}
