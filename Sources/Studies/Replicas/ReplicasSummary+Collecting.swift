import Records
import Statistics

extension SpreadRecord {
  /// Mean, spread and interval of values; `nil` for none.
  package init?(_ values: [Double]) {
    guard let interval = MeanInterval(values) else { return nil }
    self.init(interval)
  }

  init(_ interval: MeanInterval) {
    self.init(
      count: interval.count, mean: interval.mean, standardDeviation: interval.deviation, low: interval.low,
      high: interval.high)
  }
}

extension ReplicasSummary {
  /// Takes in a seed, in place of what there was of it, and computes all figures anew.
  mutating func add(_ replica: ReplicaRecord) {
    let all = replicas.filter { $0.seed != replica.seed } + [replica]
    replicas = all.sorted { place($0) < place($1) }
    collect()
  }

  /// Figures over the seeds. In the order of the seeds, so that they have the same bits whoever ended first.
  mutating func collect() {
    let done = replicas.filter(\.hasResult)
    (completed, diverged) = (done.count, replicas.count { $0.outcome == .diverged })
    let reached = replicas.filter { $0.outcome == .targetReached }
    targetReached = reached.isEmpty ? nil : reached.count
    samples = replicas.reduce(0) { $0 + $1.samples }
    let isOver = seeds.allSatisfy { seed in replicas.contains { $0.seed == seed && $0.isOver } }
    outcome = !isOver ? .interrupted : diverged == seeds.count ? .diverged : .completed
    func spread(_ value: (ReplicaRecord) -> Double?) -> SpreadRecord? { SpreadRecord(done.compactMap(value)) }
    testAccuracy = spread(\.testAccuracy)
    bestTestAccuracy = spread(\.bestTestAccuracy)
    testLoss = spread(\.testLoss)
    bestTestLoss = spread(\.bestTestLoss)
    trainLoss = spread(\.trainLoss)
    rootMeanSquaredError = spread(\.rootMeanSquaredError)
    trainingSeconds = spread(\.trainingSeconds)
    evaluationSeconds = spread(\.evaluationSeconds)
    samplesToTarget = SpreadRecord(reached.compactMap(\.samplesToTarget))
    secondsToTarget = SpreadRecord(reached.compactMap(\.trainingSeconds))
  }

  private func place(_ replica: ReplicaRecord) -> Int { seeds.firstIndex(of: replica.seed) ?? seeds.count }
}
