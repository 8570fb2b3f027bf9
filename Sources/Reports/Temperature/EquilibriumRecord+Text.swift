import Charts
import Records

extension EquilibriumRecord {
  /// Mean over the cells of excess ÷ η·trΣ/(4B(1−m)).
  package var meanPredictionRatio: Double? {
    let ratios = runs.filter { $0.isStationary && $0.predictedExcessLoss > 0 }
      .map { $0.excessLoss / $0.predictedExcessLoss }
    return ratios.isEmpty ? nil : ratios.reduce(0, +) / Double(ratios.count)
  }

  /// "0.98 and 1.04": the least and greatest of those ratios; `nil` where they are the same.
  var predictionRange: String? {
    let ratios = runs.filter { $0.isStationary && $0.predictedExcessLoss > 0 }
      .map { $0.excessLoss / $0.predictedExcessLoss }
    guard let least = ratios.min(), let greatest = ratios.max() else { return nil }
    let ends = [least, greatest].map { HumanFormat.number($0) }
    return ends[0] == ends[1] ? nil : "\(ends[0]) and \(ends[1])"
  }

  /// Mean equilibrium ratio of the stationary cells.
  package var meanEquilibriumRatio: Double? {
    let ratios = runs.filter(\.isStationary).compactMap(\.equilibriumRatio)
    return ratios.isEmpty ? nil : ratios.reduce(0, +) / Double(ratios.count)
  }

  /// Whether the study found what the law says: collapse where it can be seen, and stationary chains.
  var isLawful: Bool {
    let collapses = collapse.sameTemperature.map { same in collapse.otherTemperature.map { same <= $0 / 3 } ?? true }
    return runs.allSatisfy(\.isStationary) && !runs.isEmpty && (collapses ?? true)
  }

  /// The result in one or two sentences.
  package var headline: String {
    guard !runs.isEmpty else { return "Every chain diverged: there is no equilibrium at these learning rates." }
    var words: String
    if let same = collapse.sameTemperature, let other = collapse.otherTemperature {
      let verdict =
        same <= other / 3
        ? "At equal η/(B(1−m)) the loss has one distribution"
        : "The loss distributions at equal η/(B(1−m)) do not collapse onto one"
      words =
        "\(verdict): KS distance \(HumanFormat.number(same, digits: 2)), against "
        + "\(HumanFormat.number(other, digits: 2)) at twice the temperature."
    } else {
      words = "SGD settled \(HumanFormat.number(runs.map(\.excessLoss).max() ?? 0)) above the minimum at its hottest."
    }
    if let ratio = meanPredictionRatio {
      words += " The excess loss is \(HumanFormat.number(ratio)) × the law η·trΣ/(4B(1−m))"
      words += predictionRange.map { "; single cells lie between \($0)." } ?? "."
    }
    return words
  }

  /// What a reader should know besides.
  var remarks: [String] {
    var remarks: [String] = []
    let restless = runs.filter { !$0.isStationary }.count
    if restless > 0 {
      remarks.append(
        "\(restless) of \(runs.count) chains did not pass the test of stationarity: their numbers are of the last half, and "
          + "more --steps are needed.")
    }
    for chain in diverged {
      remarks.append(
        "η \(HumanFormat.short(chain.learningRate)), B \(chain.batch), m \(HumanFormat.short(chain.momentum)) diverged "
          + "after \(HumanFormat.count(chain.step)) steps.")
    }
    if let worst = starts.map(\.score).max() {
      remarks.append(
        worst < 3
          ? "Hot and cold starts meet at the same level, within \(HumanFormat.number(worst, digits: 2)) deviations of "
            + "their difference."
          : "Hot and cold starts differ by \(HumanFormat.number(worst, digits: 2)) deviations: the chains are too short."
      )
    }
    if let equipartition { remarks.append(equipartition.words) }
    return remarks + notes
  }

  var cellTable: TextTable {
    let hasQuadratic = runs.contains { $0.quadraticExcessLoss != nil }
    var table = TextTable(
      columns: [
        .init("η"), .init("B"), .init("m"), .init("η/(B(1−m))"), .init("mean loss"), .init("±"), .init("deviation"),
        .init("excess"), .init("law"), .init("÷ law"),
      ] + (hasQuadratic ? [.init("÷ quadratic")] : []) + [.init("ratio"), .init("burn-in"), .init("τ", unit: "steps")])
    for run in runs {
      let quadratic = run.quadraticExcessLoss.map { HumanFormat.number(run.excessLoss / $0) } ?? HumanFormat.missing
      table.append(
        [
          HumanFormat.short(run.learningRate), "\(run.batch)", HumanFormat.short(run.momentum),
          HumanFormat.short(run.temperatureIndex), HumanFormat.number(run.meanLoss, digits: 5),
          HumanFormat.number(run.meanLossError, digits: 2), HumanFormat.number(run.lossDeviation),
          HumanFormat.number(run.excessLoss), HumanFormat.number(run.predictedExcessLoss),
          HumanFormat.number(run.excessLoss / run.predictedExcessLoss),
        ] + (hasQuadratic ? [quadratic] : []) + [
          run.equilibriumRatio.map { HumanFormat.number($0) } ?? HumanFormat.missing,
          run.isStationary ? HumanFormat.count(run.burnInSteps) : "none",
          HumanFormat.number(run.correlationSteps, digits: 2),
        ])
    }
    return table
  }

  var startTable: TextTable {
    var table = TextTable(columns: [
      .init("η"), .init("B"), .init("m"), .init("η/(B(1−m))"), .init("from the minimum"), .init("±"),
      .init("from a hot start"), .init("±"), .init("apart", unit: "deviations"),
    ])
    for start in starts {
      table.append([
        HumanFormat.short(start.learningRate), "\(start.batch)", HumanFormat.short(start.momentum),
        HumanFormat.short(start.temperatureIndex), HumanFormat.number(start.coldMeanLoss, digits: 5),
        HumanFormat.number(start.coldError, digits: 2), HumanFormat.number(start.hotMeanLoss, digits: 5),
        HumanFormat.number(start.hotError, digits: 2), HumanFormat.number(start.score, digits: 2),
      ])
    }
    return table
  }

  var reshuffledTable: TextTable {
    var table = TextTable(columns: [
      .init("η"), .init("B"), .init("m"), .init("excess, independent"), .init("±"), .init("excess, shuffled"),
      .init("±"), .init("shuffled ÷ independent"),
    ])
    for chain in reshuffled {
      table.append([
        HumanFormat.short(chain.learningRate), "\(chain.batch)", HumanFormat.short(chain.momentum),
        HumanFormat.number(chain.independentExcessLoss), HumanFormat.number(chain.independentError, digits: 2),
        HumanFormat.number(chain.excessLoss), HumanFormat.number(chain.excessLossError, digits: 2),
        HumanFormat.number(chain.excessLoss / chain.independentExcessLoss),
      ])
    }
    return table
  }
}

extension Equipartition {
  /// Whether the directions have one temperature, and why not.
  var words: String {
    let flat = flatDirections > 0 ? " (\(flatDirections) flat left out)" : ""
    let few = HumanFormat.number(max(low, 1e-3), digits: 2)
    let range = (low < 1e-3 ? "below \(few)" : few) + " to \(HumanFormat.number(high, digits: 2)) times their median"
    if holds {
      return "Equipartition holds: eight in ten of the \(directions) directions\(flat) have T_i from \(range)."
    }
    let why = reasons.isEmpty ? "the chain is too short to tell" : reasons.joined(separator: "; ")
    return
      "Equipartition fails: eight in ten of the \(directions) directions\(flat) have T_i from \(range). Why: \(why)."
  }
}
