import Charts
import Statistics
import Records

/// Turns chains into the study's record: distributions, predictions, distances, temperatures.
struct EquilibriumAssembly {
  let study: EquilibriumStudy
  let plans: EquilibriumStudy.ChainPlans
  let chains: [EquilibriumChain]
  let minimumLoss: Double
  let covarianceTrace: Double
  let spectrum: NoiseSpectrum?
  let weightDecay: Double
  private let tests: [Stationarity]
  private let statistics: [SeriesStatistics]
  /// The grid's cells that did not diverge.
  private let sound: [Int]

  init(
    study: EquilibriumStudy, plans: EquilibriumStudy.ChainPlans, chains: [EquilibriumChain], minimumLoss: Double,
    covarianceTrace: Double, spectrum: NoiseSpectrum?, weightDecay: Double
  ) {
    self.study = study
    self.plans = plans
    self.chains = chains
    self.minimumLoss = minimumLoss
    self.covarianceTrace = covarianceTrace
    self.spectrum = spectrum
    self.weightDecay = weightDecay
    tests = chains.map { $0.stationarity(interval: study.interval) }
    statistics = zip(chains, tests).map { SeriesStatistics($0.stationaryLosses($1)) }
    sound = study.cells.indices.filter { chains[$0].divergedAtStep == nil }
  }

  /// Adds what a record has besides the grid's runs.
  func complete(_ record: inout EquilibriumRecord) {
    record.diverged = diverged
    record.starts = starts
    record.reshuffled = reshuffled
    record.spectrum = curvature
    record.directions = directions
    record.equipartition = equipartition
  }

  var runs: [EquilibriumRun] {
    sound.map { index in
      let cell = study.cells[index]
      let numbers = statistics[index]
      let losses = EmpiricalDistribution(chains[index].stationaryLosses(tests[index]))
      return EquilibriumRun(
        learningRate: cell.learningRate, batch: cell.batch, momentum: cell.momentum, meanLoss: numbers.mean,
        meanLossError: numbers.meanError, lossDeviation: numbers.deviation,
        lossDeviationError: numbers.deviationError, excessLoss: numbers.mean - minimumLoss,
        predictedExcessLoss: cell.temperatureIndex * covarianceTrace / 4,
        quadraticExcessLoss: predictedTemperatures(cell).map { $0.reduce(0, +) / 2 },
        equilibriumRatio: chains[index].equilibriumRatio(from: tests[index].burnIn),
        histogram: LossHistogram(losses.histogram(bins: 40)),
        quantiles: (0...100).map { losses.quantile(Double($0) / 100) },
        burnInSteps: tests[index].burnIn * study.interval, isStationary: tests[index].isStationary,
        correlationSteps: numbers.correlationTime * Double(study.interval), effectiveSamples: numbers.effectiveCount)
    }
  }

  var diverged: [DivergedChain] {
    study.cells.indices.compactMap { index in
      chains[index].divergedAtStep.map {
        let cell = study.cells[index]
        return DivergedChain(learningRate: cell.learningRate, batch: cell.batch, momentum: cell.momentum, step: $0)
      }
    }
  }

  /// Distances of all pairs of stationary cells at the same index, and at indices a factor of two apart.
  var collapse: Collapse {
    let distributions = sound.map { EmpiricalDistribution(chains[$0].stationaryLosses(tests[$0])) }
    var pairs: [Collapse.Pair] = []
    var fluctuations: [Int: SamplingFluctuation] = [:]
    func fluctuation(_ cell: Int) -> SamplingFluctuation {
      if let known = fluctuations[cell] { return known }
      let new = SamplingFluctuation(
        chains[cell].stationaryLosses(tests[cell]), correlationTime: statistics[cell].correlationTime,
        seed: UInt64(cell))
      fluctuations[cell] = new
      return new
    }
    var expected: [Double] = []
    for second in sound.indices {
      for first in 0..<second {
        guard tests[sound[first]].isStationary, tests[sound[second]].isStationary else { continue }
        let (a, b) = (study.cells[sound[first]].temperatureIndex, study.cells[sound[second]].temperatureIndex)
        let ratio = max(a, b) / min(a, b)
        guard abs(ratio - 1) < 0.01 || abs(ratio - 2) < 0.02 else { continue }
        pairs.append(
          Collapse.Pair(
            first: first, second: second, temperatureRatio: ratio,
            distance: distributions[first].distance(to: distributions[second])))
        if ratio < 1.5 {
          expected.append(fluctuation(sound[first]).expectedDistance(to: fluctuation(sound[second])))
        }
      }
    }
    return Collapse(
      pairs: pairs, expectedBySampling: expected.isEmpty ? nil : expected.reduce(0, +) / Double(expected.count))
  }

  var starts: [EquilibriumStart] {
    zip(plans.series, plans.hot).compactMap { cold, hot in
      guard chains[cold].divergedAtStep == nil, chains[hot].divergedAtStep == nil else { return nil }
      let cell = chains[hot].cell
      return EquilibriumStart(
        learningRate: cell.learningRate, batch: cell.batch, momentum: cell.momentum, hotFactor: cell.hotFactor,
        hotSteps: cell.hotSteps, coldMeanLoss: statistics[cold].mean, coldError: statistics[cold].meanError,
        hotMeanLoss: statistics[hot].mean, hotError: statistics[hot].meanError, coldTrace: trace(cold),
        hotTrace: trace(hot))
    }
  }

  var reshuffled: [ReshuffledChain] {
    zip(plans.series, plans.reshuffled).compactMap { independent, shuffled in
      guard chains[independent].divergedAtStep == nil, chains[shuffled].divergedAtStep == nil else { return nil }
      let cell = chains[shuffled].cell
      return ReshuffledChain(
        learningRate: cell.learningRate, batch: cell.batch, momentum: cell.momentum,
        excessLoss: statistics[shuffled].mean - minimumLoss, excessLossError: statistics[shuffled].meanError,
        independentExcessLoss: statistics[independent].mean - minimumLoss,
        independentError: statistics[independent].meanError, isStationary: tests[shuffled].isStationary)
    }
  }

  /// A chain's course in at most some hundred points, each the mean over a stretch.
  private func trace(_ index: Int) -> [ChainPoint] {
    let losses = chains[index].losses
    let width = max(1, losses.count / 250)
    return stride(from: 0, to: losses.count, by: width).map { first in
      let part = losses[first..<min(first + width, losses.count)]
      return ChainPoint(
        step: (first + part.count / 2) * study.interval, loss: part.reduce(0, +) / Double(part.count))
    }
  }

  // MARK: Directions

  var curvature: CurvatureSpectrum? {
    spectrum.map {
      CurvatureSpectrum(eigenvalues: $0.eigenvalues, covariances: $0.covariances, flatness: $0.flatness)
    }
  }

  /// λ_i·Var_i of the quadratic with the minimum's Hessian and noise, exact at this η:
  /// Var = η·s(1 + m) ÷ [λ(1 − m)(2(1 + m) − ηλ)], s = C_ii ÷ B; 0 along flat directions.
  private func predictedTemperatures(_ cell: EquilibriumStudy.Cell) -> [Double]? {
    guard let spectrum else { return nil }
    let (rate, momentum) = (cell.learningRate, cell.momentum)
    guard rate * spectrum.largest < 2 * (1 + momentum) else { return nil }
    return zip(spectrum.eigenvalues, spectrum.covariances).map { curvature, covariance in
      guard curvature > spectrum.flatness else { return 0 }
      return rate * covariance / Double(cell.batch) * (1 + momentum)
        / ((1 - momentum) * (2 * (1 + momentum) - rate * curvature))
    }
  }

  var directions: [DirectionTemperatures] {
    guard let spectrum else { return [] }
    let relaxed = spectrum.eigenvalues.count { $0 > spectrum.flatness }
    return plans.series.compactMap { index in
      let cell = study.cells[index]
      guard chains[index].divergedAtStep == nil, let predicted = predictedTemperatures(cell),
        let variances = chains[index].variances(from: tests[index].burnIn)
      else { return nil }
      return DirectionTemperatures(
        learningRate: cell.learningRate, batch: cell.batch, momentum: cell.momentum,
        meanTemperature: cell.temperatureIndex * covarianceTrace / (2 * Double(max(1, relaxed))),
        temperatures: zip(spectrum.eigenvalues, variances).map { $0 * $1 }, predicted: predicted)
    }
  }

  /// The coldest chain decides: there the quadratic holds best.
  var equipartition: Equipartition? {
    guard let spectrum, let coldest = directions.last else { return nil }
    let kept = spectrum.eigenvalues.indices.filter { spectrum.eigenvalues[$0] > spectrum.flatness }
    guard kept.count >= 2 else { return nil }
    let measured = EmpiricalDistribution(kept.map { coldest.temperatures[$0] })
    let median = measured.quantile(0.5)
    guard median > 0 else { return nil }
    let (low, high) = (measured.quantile(0.1) / median, measured.quantile(0.9) / median)
    // A temperature is known to √(2 ÷ N) from N independent values; the slow directions have the fewest.
    let holds = low > 0.8 && high < 1.25
    return Equipartition(
      holds: holds, low: low, high: high, directions: kept.count,
      flatDirections: spectrum.eigenvalues.count - kept.count,
      reasons: holds ? [] : reasons(spectrum, kept, coldest))
  }

  private func reasons(_ spectrum: NoiseSpectrum, _ kept: [Int], _ coldest: DirectionTemperatures) -> [String] {
    var reasons: [String] = []
    let ratios = EmpiricalDistribution(kept.map { spectrum.covariances[$0] / spectrum.eigenvalues[$0] })
    let spread = ratios.quantile(0.9) / max(ratios.quantile(0.1), 1e-30)
    if spread > 1.5 {
      let factor = spread > 1000 ? "more than a thousand" : Self.short(spread)
      reasons.append(
        "the noise is not like the curvature, C_ii ÷ λ_i differs by a factor of \(factor) between the tenth and the "
          + "ninetieth percentile")
    }
    if weightDecay > 0 {
      let ruled = kept.count { spectrum.eigenvalues[$0] < 2 * weightDecay }
      if ruled > 0 {
        reasons.append(
          "in \(ruled) of the directions weight decay, which brings no noise, makes up most of the curvature")
      }
    }
    let slowest = spectrum.eigenvalues[kept[0]]
    let relaxation = (1 - coldest.momentum) / (coldest.learningRate * slowest)
    if relaxation > Double(study.steps) / 20 {
      reasons.append(
        "the flattest have not relaxed: the slowest needs (1 − m) ÷ (ηλ) = \(Self.short(relaxation)) of "
          + "\(HumanFormat.count(study.steps)) steps")
    }
    let stability = coldest.learningRate * spectrum.largest / (2 * (1 + coldest.momentum))
    if stability > 0.1 {
      reasons.append(
        "the steepest directions are hotter, since ηλ is \(Self.short(100 * stability)) % of the stability limit 2(1 + m)"
      )
    }
    return reasons
  }

  private static func short(_ value: Double) -> String {
    value >= 100 ? HumanFormat.count(Int(within: value.rounded())) : HumanFormat.short(value)
  }
}

extension EquilibriumChain {
  /// U of the stationary part; all of a chain that has none.
  func stationaryLosses(_ test: Stationarity) -> ArraySlice<Double> {
    let rest = losses.dropFirst(test.burnIn)
    return rest.isEmpty ? losses[...] : rest
  }
}

extension LossHistogram {
  /// A record of counted values.
  init(_ histogram: (edges: [Double], counts: [Int])) { self.init(edges: histogram.edges, counts: histogram.counts) }
}
