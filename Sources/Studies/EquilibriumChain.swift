import Calendars
import Optimizers
import Statistics
import Configuration
import Coordinator
import Datasets
import Kernels
import Workers

/// One chain of SGD steps and what was measured along it.
struct EquilibriumChain: Sendable {
  /// What a chain is run with.
  struct Cell: Sendable, Equatable {
    var learningRate: Double
    var batch: Int
    var momentum: Double
    /// How many cells of the same numbers come before this one: they are chains of their own.
    var repetition = 0
    var order = SampleOrder.iid
    /// Times η at first, and for how many steps; 1 is a cold start.
    var hotFactor = 1.0
    var hotSteps = 0
    /// Whether temperatures along the Hessian's directions are wanted.
    var measuresDirections = false

    /// The seed of the chain's draws: a hash of the study's seed and of what the cell is, its rate, batch, momentum,
    /// repetition, order and hot start.
    ///
    /// No two chains of a study share their draws, which would make their distributions alike by that alone; and a cell
    /// keeps its chain when others join the grid.
    func seed(of study: UInt64) -> UInt64 {
      let numbers: [UInt64] = [
        learningRate.bitPattern, UInt64(batch), momentum.bitPattern, UInt64(repetition),
        UInt64(SampleOrder.allCases.firstIndex(of: order) ?? 0), hotFactor.bitPattern,
      ]
      return numbers.enumerated().reduce(study) { seed, number in
        let words = Philox(seed: seed, purpose: .sampling).block(
          UInt32(truncatingIfNeeded: number.element), UInt32(truncatingIfNeeded: number.element >> 32),
          UInt32(number.offset))
        return UInt64(words.x) << 32 | UInt64(words.y)
      }
    }
  }

  /// What all chains of a study share.
  struct Setting: Sendable {
    var configuration: RunConfiguration
    var splits: DataSplits
    var minimum: Buffer<Float>
    var minimumLoss: Double
    var spectrum: NoiseSpectrum?
    var steps: Int
    var interval: Int
  }

  /// Parts of the chain that sums are kept for: a burn-in is a number of whole parts.
  static let parts = Stationarity.candidates

  let cell: Cell
  /// U at every `interval`-th step, the first at step 0.
  var losses: [Double] = []
  /// Set when a loss was not finite: steps done.
  var divergedAtStep: Int?
  /// The lowest point below the minimum, if there was one.
  var lowest: Buffer<Float>?
  // Sums for the parts of the chain.
  var perPart: Int
  var products: [Double] = []
  var squaredSteps: [Double] = []
  var meanWeights: [[Double]] = []
  var meanGradients: [[Double]] = []
  var projectionSums: [[Double]] = []
  var projectionSquares: [[Double]] = []
  var projectionCounts: [Int] = []

  /// Runs the chain from the minimum, on one thread.
  ///
  /// - Parameters:
  ///   - stop: ends it after a step; half a chain says nothing.
  ///   - progress: is told the number of steps taken since the last call.
  init(_ cell: Cell, in setting: Setting, stop: StopRequest, progress: (Int) -> Void) throws {
    self.cell = cell
    let samples = (setting.steps + setting.interval - 1) / setting.interval
    perPart = max(1, samples / Self.parts)
    let trainer = try Trainer(
      RunPlan(Self.configuration(cell, setting), splits: setting.splits, threads: 1))
    let potential = try TrainingSetGradient(
      trainer.plan, weightDecay: setting.configuration.optimizer.weightDecay, pool: WorkerPool(threads: 1))
    trainer.restart(from: setting.minimum.view)
    var sums = PartSums(setting.minimum, spectrum: cell.measuresDirections ? setting.spectrum : nil)
    var lowestLoss = setting.minimumLoss - 1e-6 * abs(setting.minimumLoss)
    var reported = 0

    for step in 0..<setting.steps where !stop.isRaised {
      let isMeasured = step.isMultiple(of: setting.interval)
      if isMeasured {
        let loss = sums.measure(trainer.weights, potential)
        losses.append(loss)
        products.append(sums.product)
        if loss < lowestLoss, loss.isFinite {
          lowestLoss = loss
          lowest = sums.point(over: lowest)
        }
      }
      guard trainer.takeStep() != nil else {
        divergedAtStep = step
        break
      }
      if isMeasured {
        squaredSteps.append(sums.squaredDistance(to: trainer.weights))
        if losses.count.isMultiple(of: perPart) { close(&sums) }
        progress(step - reported)
        reported = step
      }
    }
    progress(setting.steps - reported)
    if let last = losses.last, !last.isFinite, divergedAtStep == nil { divergedAtStep = setting.steps }
  }

  /// Keeps the sums of a part of the chain, and begins the next one.
  private mutating func close(_ sums: inout PartSums) {
    meanWeights.append(sums.weights.array())
    meanGradients.append(sums.gradients.array())
    if let projection = sums.restart() {
      projection.flush()
      projectionSums.append(projection.sums)
      projectionSquares.append(projection.squares)
      projectionCounts.append(projection.added)
    }
  }

  /// The study's config with the cell's rate, batch, momentum and order, and nothing else that would change η.
  static func configuration(_ cell: Cell, _ setting: Setting) -> RunConfiguration {
    var configuration = setting.configuration
    configuration.data.order = cell.order
    configuration.seed = cell.seed(of: setting.configuration.seed)
    // Batch norm's statistics depend on the microbatch, so a given one stays; shards only matter to threads.
    configuration.batch = BatchConfiguration(
      size: cell.batch, shards: nil, microbatch: configuration.batch.microbatch.map { min($0, cell.batch) })
    configuration.optimizer.method = .sgd(momentum: cell.momentum, nesterov: false)
    configuration.learningRate = LearningRateConfiguration(
      reference: cell.learningRate * cell.hotFactor, referenceBatch: cell.batch, scaling: .none, warmup: .none,
      decay: cell.hotFactor == 1 ? .none : .step(at: [.steps(cell.hotSteps)], factor: 1 / cell.hotFactor))
    configuration.length = .steps(setting.steps)
    configuration.target = nil
    configuration.threads = .count(1)
    return configuration
  }

  // MARK: What the chain says

  /// The test on the loss, after the hot phase; in measured values from the chain's start.
  func stationarity(interval: Int) -> Stationarity {
    let hot = (cell.hotSteps + interval - 1) / interval
    let test = Stationarity(Array(losses.dropFirst(hot)))
    return Stationarity(burnIn: hot + test.burnIn, isStationary: test.isStationary, score: test.score)
  }

  /// E[w·∇U] ÷ ((1 + m) ÷ (2η)·E|Δw|²) from the given measured value on, with w centred on its time average: exact at
  /// stationarity for heavy ball and any loss.
  func equilibriumRatio(from first: Int) -> Double? {
    let part = (first + perPart - 1) / perPart
    let parts = part..<meanWeights.count
    guard !parts.isEmpty else { return nil }
    let range = part * perPart..<meanWeights.count * perPart
    let number = Double(range.count)
    var product = range.reduce(0) { $0 + products[$1] } / number
    for index in meanWeights[part].indices {
      let weight = parts.reduce(0) { $0 + meanWeights[$1][index] } / number
      let gradient = parts.reduce(0) { $0 + meanGradients[$1][index] } / number
      product -= weight * gradient
    }
    let squares = range.reduce(0) { $0 + squaredSteps[$1] } / number
    guard squares > 0 else { return nil }
    return product / ((1 + cell.momentum) / (2 * cell.learningRate) * squares)
  }

  /// Variances along the spectrum's directions from the given measured value on; `nil` where they were not measured.
  func variances(from first: Int) -> [Double]? {
    let part = (first + perPart - 1) / perPart
    guard part < projectionSums.count else { return nil }
    let parts = part..<projectionSums.count
    let number = Double(parts.reduce(0) { $0 + projectionCounts[$1] })
    return projectionSums[part].indices.map { index in
      let mean = parts.reduce(0) { $0 + projectionSums[$1][index] } / number
      return max(0, parts.reduce(0) { $0 + projectionSquares[$1][index] } / number - mean * mean)
    }
  }
}
