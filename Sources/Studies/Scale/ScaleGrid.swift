import Calendars
import Machine
import Optimizers
import Gradients
import Configuration
import Coordinator
import Datasets
import Dispatch
import Foundation
import Kernels
import Models
import Records
import Workers

/// The cells of a scale study, planned and ready to be measured.
struct ScaleGrid {
  /// The fewest timed steps of a cell: a median of them throws one outlier away.
  static let fewestSteps = 3
  /// Most workers that trainers between visits may keep: Dispatch grants a process some 250 threads.
  private static let mostWaitingWorkers = 120

  let settings: ScaleStudy
  let plans: [RunPlan]

  /// Plans all cells.
  ///
  /// - Throws: `RunError` or `ModelError` where a cell cannot run, naming the batches that can.
  init(_ settings: ScaleStudy, _ configuration: RunConfiguration, splits: DataSplits) throws {
    let samples = splits.train.count
    let tooLarge = settings.batches.filter { $0 > samples }
    guard tooLarge.isEmpty else {
      let allowed = settings.batches.filter { $0 <= samples }
      throw RunError(
        path: "--batches",
        message: "found \(Self.list(tooLarge)), but the training set has \(samples) samples; "
          + (allowed.isEmpty ? "use batches of at most \(samples)" : "of these, \(Self.list(allowed)) can be measured"))
    }
    if let most = settings.threads.max(), most > BLASBuild.maximumCallers {
      throw RunError(
        path: "--threads",
        message: "found \(most); at most \(BLASBuild.maximumCallers) threads may call OpenBLAS at once")
    }
    self.settings = settings
    plans = try settings.batches.sorted().flatMap { batch in
      try settings.threads.sorted().map { threads in
        try RunPlan(
          Self.cell(configuration, batch: batch), splits: splits, threads: threads, ranks: settings.collective.ranks,
          share: settings.share)
      }
    }
  }

  private static func list(_ numbers: [Int]) -> String {
    guard let last = numbers.last, numbers.count > 1 else { return numbers.map(String.init).joined() }
    return numbers.dropLast().map(String.init).joined(separator: ", ") + " and \(last)"
  }

  /// The config of a cell: another batch, divided by the same rule, and steps without end that change next to nothing.
  private static func cell(_ configuration: RunConfiguration, batch: Int) -> RunConfiguration {
    var cell = configuration
    cell.batch.size = batch
    if let shards = cell.batch.shards {
      // A small batch has fewer microbatches than the config's own.
      let microbatches = cell.batch.microbatch.map { (batch + $0 - 1) / $0 } ?? batch
      cell.batch.shards = min(shards, microbatches)
    }
    cell.data.lastBatch = .drop
    cell.learningRate.reference = 1e-6
    cell.learningRate.referenceBatch = batch
    cell.learningRate.scaling = .none
    cell.learningRate.warmup = .none
    cell.learningRate.decay = .none
    cell.length = .steps(1_000_000_000)
    cell.target = nil
    cell.temperature = TemperatureConfiguration()
    cell.evaluate.batchNormSamples = nil
    return cell
  }

  /// Measures all cells.
  ///
  /// - Parameters:
  ///   - stop: ends the study after the step; the record then has what was measured until then.
  ///   - progress: is told after every step.
  ///   - save: gets the record as it stands after each round but the last.
  func measure(
    stop: StopRequest, progress: (StudyProgress) -> Void, save: (ScaleRecord) throws -> Void
  ) throws -> ScaleRecord {
    let began = Date()
    let collective = settings.collective
    let cells = settings.measuresItself ? plans.map { ScaleCellRun($0, collective: collective) } : []
    let baseBytes = ProcessMemory.restartPeak() ?? ProcessMemory.peakBytes
    let keeps = collective.follow(keepsTrainers)
    let visits = settings.rounds * cells.count
    var done = 0
    rounds: for round in 0..<settings.rounds {
      let share = Double(round + 1) / Double(settings.rounds)
      for index in order(round, count: cells.count) {
        // The last round also makes up for fewer rounds than steps that a median needs.
        let isLast = round == settings.rounds - 1
        try cells[index].visit(
          seconds: settings.seconds * share, count: isLast ? Self.fewestSteps : min(Self.fewestSteps, round + 1),
          keeps: keeps, stop: stop
        ) { cell in
          let threads = cell.plan.threads
          let batch = cell.plan.division.batch
          progress(
            StudyProgress(
              "round \(round + 1) of \(settings.rounds), \(threads) thread\(threads == 1 ? "" : "s"), batch \(batch)",
              done: done, of: visits, secondsLeft: secondsLeft(cells, elapsed: -began.timeIntervalSinceNow),
              samplesPerSecond: Double(batch) / (cell.lastSeconds ?? .nan)))
        }
        if !collective.follow(!stop.isRaised) { break rounds }
        done += 1
      }
      if round < settings.rounds - 1 || !settings.others.isEmpty {
        try save(record(cells, baseBytes: baseBytes, began: began, outcome: .interrupted))
      }
    }
    let ranked = try done == visits ? ranked(stop: stop, progress: progress) : Ranked()
    return record(
      cells, ranked, baseBytes: baseBytes, began: began,
      outcome: done == visits && ranked.isComplete ? .completed : .interrupted)
  }

  /// What other processes have measured.
  struct Ranked {
    var cells: [ScaleCell] = []
    var launcher: String?
    var isComplete = true
  }

  /// Has the same grid measured by other numbers of ranks.
  private func ranked(stop: StopRequest, progress: (StudyProgress) -> Void) throws -> Ranked {
    var ranked = Ranked()
    for (index, count) in settings.others.enumerated() {
      guard !stop.isRaised else {
        ranked.isComplete = false
        break
      }
      progress(StudyProgress("\(count) ranks", done: index, of: settings.others.count))
      guard let record = try settings.measureRanks(count, stop) else {
        ranked.isComplete = false
        break
      }
      ranked.cells += record.cells
      ranked.launcher = record.launcher ?? ranked.launcher
      ranked.isComplete = ranked.isComplete && record.outcome == .completed
    }
    return ranked
  }

  /// Whether all trainers fit in half of the memory, and their waiting workers in what Dispatch grants.
  private var keepsTrainers: Bool {
    let memory = MachineTopology.current.memoryLimit.bytes
    let bytes = plans.reduce(0) { sum, plan in
      let estimate = MemoryEstimate(plan)
      return sum + estimate.totalBytes - estimate.dataBytes - MemoryEstimate.programBytes
    }
    return bytes <= memory / 2 && plans.reduce(0) { $0 + $1.threads - 1 } <= Self.mostWaitingWorkers
  }

  /// The cells of a round in an order of its own, a Fisher–Yates shuffle keyed by the round alone.
  private func order(_ round: Int, count: Int) -> [Int] {
    let philox = Philox(seed: plans[0].configuration.seed, purpose: .sampling)
    var order = Array(0..<count)
    for last in stride(from: count - 1, through: 1, by: -1) {
      let words = philox.block(UInt32(round), UInt32(last), 0)
      order.swapAt(last, Philox.bounded(words.x, words.y, below: last + 1))
    }
    return order
  }

  /// What is left of the timed steps, at the pace so far, warm-up included.
  private func secondsLeft(_ cells: [ScaleCellRun], elapsed: Double) -> Double? {
    let timed = cells.reduce(0) { $0 + $1.timedSeconds }
    guard timed > 0 else { return nil }
    let left = cells.reduce(0) { sum, cell in
      let least = (cell.lastSeconds ?? 0) * Double(Self.fewestSteps)
      return sum + max(0, max(settings.seconds, least) - cell.timedSeconds)
    }
    return left * elapsed / timed
  }
}
