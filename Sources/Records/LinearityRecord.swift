import Foundation

/// How far one large step is from k small ones over the same samples, along a training run.
package struct LinearityRecord: StudyRecord, Equatable {
  package static let kind = StudyKind.linearity

  /// The gaps of one multiple at one place of the run.
  package struct Point: Codable, Sendable, Equatable {
    /// k.
    package var multiple: Int
    /// Steps of the small batch done before, and passes over the training set.
    package var step: Int
    package var epoch: Double
    /// |Δ_k − Δ_1| ÷ |Δ_1|, mean over the repeats and its error; plain steps at the effective rate η ÷ (1 − m).
    @InfiniteIfNull package var relativeGap: Double
    @InfiniteIfNull package var gapError: Double
    /// The same for heavy-ball steps of rate η that begin without momentum, with what is left in u added: the
    /// displacement that the samples cause in the end. `nil` without momentum.
    package var momentumGap: Double?
    /// (L(w + Δ_1) − L(w + Δ_k)) ÷ |L(w + Δ_k) − L(w)| over the whole training set; above 0 the large step is worse.
    @InfiniteIfNull package var lossGap: Double
    /// L(w), L(w + Δ_k) and L(w + Δ_1), means over the repeats.
    @InfiniteIfNull package var lossBefore: Double
    @InfiniteIfNull package var lossSmall: Double
    @InfiniteIfNull package var lossLarge: Double

    package init(
      multiple: Int, step: Int, epoch: Double, relativeGap: Double, gapError: Double, momentumGap: Double?,
      lossGap: Double, lossBefore: Double, lossSmall: Double, lossLarge: Double
    ) {
      self.multiple = multiple
      self.step = step
      self.epoch = epoch
      self.relativeGap = relativeGap
      self.gapError = gapError
      self.momentumGap = momentumGap
      self.lossGap = lossGap
      self.lossBefore = lossBefore
      self.lossSmall = lossSmall
      self.lossLarge = lossLarge
    }
  }

  /// One place of the run: the longest multiple whose gap is within the tolerance there.
  package struct Limit: Codable, Sendable, Equatable {
    package var step: Int
    package var epoch: Double
    /// 1 where even the least multiple is beyond it.
    package var longestMultiple: Int

    package init(step: Int, epoch: Double, longestMultiple: Int) {
      self.step = step
      self.epoch = epoch
      self.longestMultiple = longestMultiple
    }
  }

  package var name: String
  package var machine: MachineRecord
  /// The small step: batch, rate, momentum, λ.
  package var batch: Int
  package var learningRate: Double
  package var momentum: Double
  package var weightDecay: Double
  package var stepsPerEpoch: Int
  /// Windows of samples that each gap is the mean over.
  package var repeats: Int
  /// Largest relative gap that counts as linear.
  package var tolerance: Double
  package var points: [Point]
  /// The config's own multiple: its batch over the small one.
  package var configMultiple: Double
  /// Passes over the training set after which steps of the config's own multiple stay linear; `nil` if they never do.
  package var recommendedWarmupEpochs: Double?
  package var notes: [String] = []

  package init(
    name: String, machine: MachineRecord, batch: Int, learningRate: Double, momentum: Double, weightDecay: Double,
    stepsPerEpoch: Int, repeats: Int, tolerance: Double, points: [Point], configMultiple: Double
  ) {
    self.name = name
    self.machine = machine
    self.batch = batch
    self.learningRate = learningRate
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.stepsPerEpoch = stepsPerEpoch
    self.repeats = repeats
    self.tolerance = tolerance
    self.points = points
    self.configMultiple = configMultiple
    recommendedWarmupEpochs = warmupEpochs(multiple: configMultiple)
  }

  /// The places of the run, in order.
  package var steps: [Int] { points.map(\.step).reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }

  /// The multiples, ascending.
  package var multiples: [Int] { Array(Set(points.map(\.multiple))).sorted() }

  /// The longest multiple within the tolerance at each place, all shorter ones being within it too.
  package var limits: [Limit] {
    steps.map { step in
      let here = points.filter { $0.step == step }.sorted { $0.multiple < $1.multiple }
      let within = here.prefix { $0.relativeGap <= tolerance }
      return Limit(step: step, epoch: here[0].epoch, longestMultiple: within.last?.multiple ?? 1)
    }
  }

  /// The gap of any multiple at a place: a power law between the measured ones on both sides, and beyond the last from the
  /// last two.
  package func gap(multiple: Double, step: Int) -> Double? {
    guard multiple > 1 else { return 0 }
    let here = points.filter { $0.step == step && $0.relativeGap > 0 }.sorted { $0.multiple < $1.multiple }
    guard let first = here.first else { return nil }
    guard here.count > 1 else { return first.relativeGap * (multiple - 1) / Double(max(1, first.multiple - 1)) }
    let above = here.firstIndex { Double($0.multiple) >= multiple } ?? here.count - 1
    let right = max(1, above)
    let (a, b) = (here[right - 1], here[right])
    // k steps have k − 1 chances to part, so that the law is one of k − 1.
    let slope =
      log(b.relativeGap / a.relativeGap) / log(Double(max(2, b.multiple) - 1) / Double(max(2, a.multiple) - 1))
    guard slope.isFinite else { return b.relativeGap }
    return a.relativeGap * pow((multiple - 1) / Double(max(2, a.multiple) - 1), slope)
  }

  /// The first place from which on steps of this multiple are within the tolerance, in epochs; `nil` if never.
  package func warmupEpochs(multiple: Double) -> Double? {
    var epochs: Double?
    for step in steps.reversed() {
      guard let gap = gap(multiple: multiple, step: step), gap <= tolerance else { break }
      epochs = points.first { $0.step == step }?.epoch
    }
    return epochs
  }

  /// The earliest and the latest of what ``warmupEpochs(multiple:)`` is where every gap is less or more by 1.96 of its
  /// errors; `nil` at an end stands for never.
  package func warmupInterval(multiple: Double) -> (low: Double?, high: Double?) {
    func epochs(_ errors: Double) -> Double? {
      var record = self
      for index in points.indices {
        record.points[index].relativeGap = max(points[index].relativeGap + errors * points[index].gapError, 1e-12)
      }
      return record.warmupEpochs(multiple: multiple)
    }
    return (epochs(-1.96), epochs(1.96))
  }

  package var table: CSVTable {
    var table = CSVTable(columns: [
      "step", "epoch", "multiple", "relativeGap", "gapError", "momentumGap", "lossGap", "lossBefore", "lossSmall",
      "lossLarge",
    ])
    for point in points {
      table.append([
        point.step, point.epoch, point.multiple, point.relativeGap, point.gapError, point.momentumGap, point.lossGap,
        point.lossBefore, point.lossSmall, point.lossLarge,
      ])
    }
    return table
  }
}
