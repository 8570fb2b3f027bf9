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
  package struct Cell: Sendable, Equatable {
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
    try BLASBuild.requireUsable()
    let (configuration, notes) = Self.prepared(original)
    let pool = WorkerPool(threads: threads)
    let plan = try Self.plan(configuration, splits)
    try check(plan, configuration, splits)
    let decay = configuration.optimizer.weightDecay
    let potential = try TrainingSetGradient(plan, weightDecay: decay, pool: pool)
    let trainer = try Trainer(plan)
    let first = LossMinimum(from: trainer.weights, of: potential) {
      progress(StudyProgress("minimum, passes over the training set", done: $0))
    }
    let spectrum = try NoiseSpectrum(
      at: first.weights.view, pool: pool, progress: { progress(StudyProgress("Hessian, rows", done: $0, of: $1)) },
      gradient: { try TrainingSetGradient(plan, weightDecay: decay, pool: WorkerPool(threads: 1)) })
    let setting = EquilibriumChain.Setting(
      configuration: configuration, splits: splits, minimum: first.weights, minimumLoss: first.loss,
      spectrum: spectrum, steps: steps, interval: interval)
    let plans = chainCells(spectrum)
    let chains = try runChains(plans.all, setting, pool, progress)

    let (minimum, leftBasin) = Self.lowest(chains, first, of: potential)
    let noise = potential.covarianceTrace(at: minimum.weights.view, most: spectrum == nil ? 4096 : .max)
    let assembly = EquilibriumAssembly(
      study: self, plans: plans, chains: chains, minimumLoss: minimum.loss, covarianceTrace: noise.trace,
      spectrum: leftBasin ? nil : spectrum, weightDecay: decay)
    var record = EquilibriumRecord(
      name: configuration.name, machine: .current, parameters: plan.network.trainedCount,
      trainSamples: splits.train.count, weightDecay: decay, seed: configuration.seed, steps: steps, interval: interval,
      minimumLoss: minimum.loss, minimumGradientNorm: minimum.gradientNorm, covarianceTrace: noise.trace,
      covarianceSamples: noise.samples, runs: assembly.runs, collapse: assembly.collapse)
    record.diverged = assembly.diverged
    record.starts = assembly.starts
    record.reshuffled = assembly.reshuffled
    record.spectrum = assembly.curvature
    record.directions = assembly.directions
    record.equipartition = assembly.equipartition
    record.notes = notes + Self.notes(minimum, leftBasin: leftBasin, spectrum)
    return record
  }

  /// A model that is not convex has lower minima elsewhere: the excess is against the lowest that was found.
  private static func lowest(
    _ chains: [EquilibriumChain], _ first: LossMinimum, of potential: TrainingSetGradient
  ) -> (minimum: LossMinimum, leftBasin: Bool) {
    var minimum = first
    var leftBasin = false
    for chain in chains {
      guard let lowest = chain.lowest else { continue }
      let other = LossMinimum(from: lowest.view, of: potential)
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

  // MARK: Preparation

  /// Refuses what has no potential, and cells that cannot run on the data.
  private func check(_ plan: RunPlan, _ configuration: RunConfiguration, _ splits: DataSplits) throws {
    guard !plan.network.hasBatchNorm else {
      throw RunError(
        path: "model",
        message:
          "has batch norm, with which a batch's gradient depends on its microbatches and is no unbiased estimate of "
          + "the gradient of one loss, and which leaves the scale of the weights before it without a minimum; "
          + "this study wants a model without batchNorm")
    }
    for cell in cells {
      var one = configuration
      one.batch.size = cell.batch
      _ = try Self.plan(one, splits)
    }
  }

  private static func plan(_ configuration: RunConfiguration, _ splits: DataSplits) throws -> RunPlan {
    var configuration = configuration
    configuration.batch.shards = nil
    configuration.batch.microbatch = configuration.batch.microbatch.map { min($0, configuration.batch.size) }
    return try RunPlan(configuration, splits: splits, threads: 1)
  }

  /// The config without what has no equilibrium of the kind measured here, and words about all that was set aside.
  private static func prepared(_ original: RunConfiguration) -> (RunConfiguration, [String]) {
    var configuration = original
    var notes: [String] = []
    if original.data.order != .iid {
      notes.append(
        "Samples are drawn independently (iid) in place of data.order \"\(original.data.order.rawValue)\": the law "
          + "T ∝ η/B holds for independent draws.")
    }
    let rule = original.optimizer.method.rule
    if rule.temperatureMomentum == nil {
      notes.append("Plain SGD with heavy ball in place of the config's optimizer, which has no such law.")
    } else if rule.looksAhead {
      notes.append(
        "Heavy ball in place of Nesterov's momentum, whose variance falls below the law as ηλ grows.")
    }
    if original.optimizer.clipNorm != nil {
      notes.append("optimizer.clipNorm is left out: clipping changes the noise.")
    }
    if original.optimizer.follower != nil {
      notes.append("Weights that follow those of SGD are left out: only these have the temperature.")
    }
    if !original.data.augmentations.isEmpty {
      notes.append("data.augment is left out, so that the training loss is one function of the weights.")
    }
    if original.model.hasDropout {
      notes.append("Dropout is left out, so that the training loss is one function of the weights.")
      configuration.model = original.model.withoutDropout
    }
    configuration.data.order = .iid
    configuration.data.augmentations = []
    configuration.optimizer = OptimizerConfiguration(
      method: .sgd(momentum: 0, nesterov: false), weightDecay: original.optimizer.weightDecay)
    let isRegression = original.data.source.isRegression == true || original.loss == .meanSquaredError
    if original.optimizer.weightDecay == 0, !isRegression {
      notes.append(
        "Without optimizer.weightDecay the loss of a classifier may have no minimum, and flat directions never relax.")
    }
    return (configuration, notes)
  }

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

  // MARK: Chains

  /// All chains, the longest first, so that the workers end at about the same time; each in its own place.
  private func runChains(
    _ cells: [EquilibriumChain.Cell], _ setting: EquilibriumChain.Setting, _ pool: WorkerPool,
    _ progress: @escaping @Sendable (StudyProgress) -> Void
  ) throws -> [EquilibriumChain] {
    let order = cells.indices.sorted { (cells[$0].batch, $1) > (cells[$1].batch, $0) }
    let results = ChainResults(count: cells.count)
    let all = cells.count * setting.steps
    pool.run(cells.count) { _, index in
      let place = order[index]
      let result = Result {
        try EquilibriumChain(cells[place], in: setting) { steps in
          progress(
            StudyProgress("equilibrium, \(cells.count) chains", done: results.advance(steps), of: all))
        }
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

  func all() throws -> [EquilibriumChain] {
    try state.withLock { $0.chains }.compactMap { try $0?.get() }
  }
}
