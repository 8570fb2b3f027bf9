import Optimizers
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Models
import Records
import Synchronization
import Workers

/// Measures the distribution of the loss that SGD settles into, over a grid of learning rates, batches and momenta.
///
/// Samples are drawn independently and the momentum is heavy ball's, whatever the config says: epoch reshuffling and
/// Nesterov's momentum change the law η·trΣ ÷ (4B(1 − m)). All chains begin at the minimum of the training loss, each is
/// a `Trainer` on one thread, and the threads share the chains: so the results depend on the config alone. Every chain
/// has draws of its own (``EquilibriumChain/Cell/seed(of:)``). Dropout is left out and batch norm refused: the potential
/// has to be one function of the weights, whose gradient the batches' gradients estimate without bias.
package struct EquilibriumStudy: Study {
  package static let name = StudyKind.equilibrium.rawValue

  /// One cell of the grid.
  package struct Cell: Codable, Sendable, Equatable {
    package var learningRate: Double
    package var batch: Int
    package var momentum: Double

    package init(learningRate: Double, batch: Int, momentum: Double) {
      self.learningRate = learningRate
      self.batch = batch
      self.momentum = momentum
    }

    /// η ÷ (B(1 − m)).
    package var temperatureIndex: Double {
      TemperatureIndex.value(learningRate: learningRate, batch: batch, momentum: momentum)
    }
  }

  /// The grid, in the order of the record's runs.
  package var cells: [Cell]
  /// Steps of each chain, burn-in included.
  package var steps: Int
  /// Steps between two measurements of the full loss.
  package var interval: Int
  /// Whether some cells are run again with one shuffle an epoch.
  package var comparesReshuffling = false
  package var threads = 1
  /// The record of a study that is over.
  package var earlier: EquilibriumRecord?

  /// - Parameter interval: left out, about four thousand measurements a chain.
  package init(cells: [Cell], steps: Int, interval: Int? = nil) {
    self.cells = cells
    self.steps = steps
    self.interval = interval ?? max(1, steps / 4000)
  }

  /// The grid of rates × batches × momenta.
  package static func grid(learningRates: [Double], batches: [Int], momenta: [Double]) -> [Cell] {
    momenta.flatMap { momentum in
      learningRates.flatMap { rate in
        batches.map { Cell(learningRate: rate, batch: $0, momentum: momentum) }
      }
    }
  }

  /// The grid of temperature indices × batches × momenta, with η = index·B(1 − m).
  package static func grid(temperatures: [Double], batches: [Int], momenta: [Double]) -> [Cell] {
    momenta.flatMap { momentum in
      temperatures.flatMap { index in
        batches.map { Cell(learningRate: index * Double($0) * (1 - momentum), batch: $0, momentum: momentum) }
      }
    }
  }

  /// Runs all chains.
  ///
  /// - Throws: `RunError` or `ModelError` where a cell cannot run on the data, such as a batch larger than the set.
  package func run(
    _ original: RunConfiguration, splits: DataSplits, progress: @escaping @Sendable (StudyProgress) -> Void
  ) throws -> EquilibriumRecord {
    let record = try run(original, splits: splits, keeping: nil, stop: StopRequest(), progress: progress)
    guard let record else { preconditionFailure("an equilibrium study ended that nobody asked to stop") }
    return record
  }

  /// Runs all chains, but those that were run before.
  ///
  /// - Parameters:
  ///   - pieces: what was measured before, and where more is kept.
  ///   - stop: ends the study soon.
  /// - Returns: `nil` if `stop` was raised.
  package func run(
    _ original: RunConfiguration, splits: DataSplits, keeping pieces: StudyPieces?, stop: StopRequest,
    progress: @escaping @Sendable (StudyProgress) -> Void
  ) throws -> EquilibriumRecord? {
    if let earlier { return earlier }
    try BLASBuild.requireUsable()
    let (configuration, notes) = Self.prepared(original)
    let pool = WorkerPool(threads: threads)
    let plan = try Self.plan(configuration, splits)
    try check(plan, configuration, splits)
    let decay = configuration.optimizer.weightDecay
    let potential = try TrainingSetGradient(plan, weightDecay: decay, pool: pool)
    guard let first = try minimum(plan, potential, pieces, stop, progress),
      let found = try spectrum(at: first, plan, pool, decay, pieces, stop, progress)
    else { return nil }
    let spectrum = found.spectrum
    let setting = EquilibriumChain.Setting(
      configuration: configuration, splits: splits, minimum: first.weights, minimumLoss: first.loss,
      spectrum: spectrum, steps: steps, interval: interval)
    let plans = chainCells(spectrum)
    let chains = try runChains(plans.all, setting, pool, pieces, stop, progress)
    guard !stop.isRaised else { return nil }

    let (minimum, leftBasin) = Self.lowest(chains, first, of: potential, stop)
    guard !stop.isRaised else { return nil }
    let noise = potential.covarianceTrace(at: minimum.weights.view, most: spectrum == nil ? 4096 : .max)
    let assembly = EquilibriumAssembly(
      study: self, plans: plans, chains: chains, minimumLoss: minimum.loss, covarianceTrace: noise.trace,
      spectrum: leftBasin ? nil : spectrum, weightDecay: decay)
    var record = EquilibriumRecord(
      name: configuration.name, machine: .current, parameters: plan.network.trainedCount,
      trainSamples: splits.train.count, weightDecay: decay, seed: configuration.seed, steps: steps, interval: interval,
      minimumLoss: minimum.loss, minimumGradientNorm: minimum.gradientNorm, covarianceTrace: noise.trace,
      covarianceSamples: noise.samples, runs: assembly.runs, collapse: assembly.collapse)
    assembly.complete(&record)
    record.notes = notes + Self.notes(minimum, leftBasin: leftBasin, spectrum)
    return record
  }

  private func minimum(
    _ plan: RunPlan, _ potential: TrainingSetGradient, _ pieces: StudyPieces?, _ stop: StopRequest,
    _ progress: @escaping @Sendable (StudyProgress) -> Void
  ) throws -> LossMinimum? {
    func search() throws -> LossMinimum {
      LossMinimum(from: try Trainer(plan).weights, of: potential, stop: stop) {
        progress(StudyProgress("minimum, passes over the training set", done: $0))
      }
    }
    guard let pieces else {
      let minimum = try search()
      return stop.isRaised ? nil : minimum
    }
    return try pieces.piece("minimum", stop: stop) { try search().piece }.map { LossMinimum($0) }
  }

  /// A spectrum that was computed, or was found to be none.
  private struct FoundSpectrum { var spectrum: NoiseSpectrum? }

  private func spectrum(
    at minimum: LossMinimum, _ plan: RunPlan, _ pool: WorkerPool, _ decay: Double, _ pieces: StudyPieces?,
    _ stop: StopRequest, _ progress: @escaping @Sendable (StudyProgress) -> Void
  ) throws -> FoundSpectrum? {
    func compute() throws -> NoiseSpectrum? {
      try NoiseSpectrum(
        at: minimum.weights.view, pool: pool, stop: stop,
        progress: { progress(StudyProgress("Hessian, rows", done: $0, of: $1)) },
        gradient: { try TrainingSetGradient(plan, weightDecay: decay, pool: WorkerPool(threads: 1)) })
    }
    guard let pieces else {
      let spectrum = try compute()
      return stop.isRaised ? nil : FoundSpectrum(spectrum: spectrum)
    }
    return try pieces.piece("spectrum", stop: stop) { [try compute()?.piece].compactMap(\.self) }
      .map { FoundSpectrum(spectrum: $0.first.map { NoiseSpectrum($0) }) }
  }

  /// A model that is not convex has lower minima elsewhere: the excess is against the lowest that was found.
  private static func lowest(
    _ chains: [EquilibriumChain], _ first: LossMinimum, of potential: TrainingSetGradient, _ stop: StopRequest
  ) -> (minimum: LossMinimum, leftBasin: Bool) {
    var minimum = first
    var leftBasin = false
    for chain in chains {
      guard let lowest = chain.lowest else { continue }
      let other = LossMinimum(from: lowest.view, of: potential, stop: stop)
      if other.loss < minimum.loss - 1e-5 * abs(minimum.loss) {
        minimum = other
        leftBasin = true
      }
    }
    return (minimum, leftBasin)
  }

  /// What a reader should know of the minimum.
  private static func notes(_ minimum: LossMinimum, leftBasin: Bool, _ spectrum: NoiseSpectrum?) -> [String] {
    var notes: [String] = []
    if !minimum.isConverged {
      notes.append(
        "The gradient did not vanish at the minimum (|∇U| = \(minimum.gradientNorm) is left after \(minimum.passes) "
          + "passes): excess losses may be too large.")
    }
    if leftBasin {
      notes.append(
        "A chain found a loss below the first minimum: the model is not convex and SGD left its basin. The excess is "
          + "against the lowest minimum annealed from there; the Hessian is left out.")
    }
    if spectrum == nil {
      notes.append(
        "No Hessian: the model has more than \(NoiseSpectrum.mostParameters) parameters, too many for its directions.")
    }
    return notes
  }

  // MARK: Chains

  /// The grid's chains, and those that are run besides: indices into `all`.
  struct ChainPlans {
    var all: [EquilibriumChain.Cell]
    /// The grid's cells whose temperatures are compared at one batch and momentum, hottest first.
    var series: [Int]
    /// The hot start of each cell of the series.
    var hot: [Int]
    /// The reshuffled chain of each cell of the series; empty where not asked for.
    var reshuffled: [Int]
  }

  private func chainCells(_ spectrum: NoiseSpectrum?) -> ChainPlans {
    var all = cells.enumerated().map { index, cell in
      EquilibriumChain.Cell(
        learningRate: cell.learningRate, batch: cell.batch, momentum: cell.momentum,
        repetition: cells[..<index].count { $0 == cell })
    }
    let series = Self.series(of: cells)
    for index in series where spectrum != nil { all[index].measuresDirections = true }
    func added(_ change: (inout EquilibriumChain.Cell) -> Void) -> [Int] {
      series.map { index in
        var cell = all[index]
        cell.measuresDirections = false
        change(&cell)
        all.append(cell)
        return all.count - 1
      }
    }
    let hot = added { cell in
      // Four times as hot, unless that is close to instability: ηλ < 2(1 + m).
      let isWild = 4 * cell.learningRate * (spectrum?.largest ?? 0) > 1.2 * (1 + cell.momentum)
      cell.hotFactor = isWild ? 2 : 4
      cell.hotSteps = max(1, steps / 10)
    }
    let reshuffled = comparesReshuffling ? added { $0.order = .reshuffle } : []
    return ChainPlans(all: all, series: series, hot: hot, reshuffled: reshuffled)
  }

  /// Up to three temperatures, hottest first, of the batch and momentum that have the most; the middle batch of those.
  static func series(of cells: [Cell]) -> [Int] {
    var groups: [[Int]] = []
    for index in cells.indices {
      let group = groups.firstIndex {
        cells[$0[0]].batch == cells[index].batch && cells[$0[0]].momentum == cells[index].momentum
      }
      if let group { groups[group].append(index) } else { groups.append([index]) }
    }
    let most = groups.map(\.count).max() ?? 0
    let best = groups.filter { $0.count == most }.sorted { cells[$0[0]].batch < cells[$1[0]].batch }
    guard !best.isEmpty else { return [] }
    let chosen = best[best.count / 2].sorted { cells[$0].temperatureIndex > cells[$1].temperatureIndex }
    return Array(chosen.prefix(3))
  }

  /// All chains, the longest first, so that the workers end at about the same time; each in its own place.
  private func runChains(
    _ cells: [EquilibriumChain.Cell], _ setting: EquilibriumChain.Setting, _ pool: WorkerPool, _ pieces: StudyPieces?,
    _ stop: StopRequest, _ progress: @escaping @Sendable (StudyProgress) -> Void
  ) throws -> [EquilibriumChain] {
    let order = cells.indices.sorted { (cells[$0].batch, $1) > (cells[$1].batch, $0) }
    let results = ChainResults(count: cells.count)
    let all = cells.count * setting.steps
    pool.run(cells.count) { _, index in
      let place = order[index]
      if stop.isRaised || results.hasFailed { return }
      func report(_ steps: Int) {
        progress(StudyProgress("equilibrium, \(cells.count) chains", done: results.advance(steps), of: all))
      }
      let result = Result {
        let name = "chain-\(place + 1)"
        if let piece = pieces?.read(EquilibriumChain.Piece.self, name) {
          report(setting.steps)
          return EquilibriumChain(cells[place], piece)
        }
        let chain = try EquilibriumChain(cells[place], in: setting, stop: stop, progress: report)
        if !stop.isRaised { try pieces?.write(chain.piece, name) }
        return chain
      }
      results.set(place, result)
    }
    return try results.all()
  }
}

/// The chains that workers have finished.
private final class ChainResults: Sendable {
  private struct State {
    var chains: [Result<EquilibriumChain, any Error>?]
    var steps = 0
  }

  private let state: Mutex<State>

  init(count: Int) { state = Mutex(State(chains: Array(repeating: nil, count: count))) }

  func set(_ index: Int, _ result: Result<EquilibriumChain, any Error>) {
    state.withLock { $0.chains[index] = result }
  }

  func advance(_ steps: Int) -> Int {
    state.withLock { state in
      state.steps += steps
      return state.steps
    }
  }

  /// Whether some chain ended with an error: then the others are not wanted.
  var hasFailed: Bool {
    state.withLock { $0.chains.contains { if case .failure = $0 { true } else { false } } }
  }

  func all() throws -> [EquilibriumChain] {
    try state.withLock { $0.chains }.compactMap { try $0?.get() }
  }
}
