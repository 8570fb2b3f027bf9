import Records
import Statistics

/// Two configs, compared by the results of the same seeds: a seed gives both the same order of samples, and the same initial
/// weights where shapes agree, so that its luck is in both results and falls out of their difference.
package enum Comparison {
  /// What the seeds that ended well in both say.
  ///
  /// - Parameters:
  ///   - a: what B is compared with.
  ///   - folders: where the seeds of A and B lie.
  /// - Returns: the record; without differences where no seed has a result in both.
  package static func record(
    _ a: ReplicasSummary, _ b: ReplicasSummary, names: (a: String, b: String), folders: (a: String, b: String)
  ) -> ComparisonRecord {
    var record = ComparisonRecord(
      a: .init(name: names.a, folder: folders.a, a), b: .init(name: names.b, folder: folders.b, b),
      differences: [
        a.target == b.target ? difference(a, b, .samplesToTarget, \.samplesToTarget) : nil,
        difference(a, b, .testAccuracy, \.testAccuracy), difference(a, b, .testLoss, \.testLoss),
      ].compactMap(\.self))
    record.notes = notes(a, b, names: names)
    return record
  }

  private static func difference(
    _ a: ReplicasSummary, _ b: ReplicasSummary, _ measure: ComparisonRecord.Measure,
    _ value: (ReplicaRecord) -> Double?
  ) -> ComparisonRecord.Difference? {
    let pairs = a.seeds.compactMap { seed -> ComparisonRecord.Pair? in
      func result(_ summary: ReplicasSummary) -> Double? {
        summary.replicas.first { $0.seed == seed && $0.hasResult }.flatMap(value)
      }
      guard let first = result(a), let second = result(b) else { return nil }
      return ComparisonRecord.Pair(seed: seed, a: first, b: second)
    }
    guard let paired = PairedDifference(pairs.map { ($0.a, $0.b) }) else { return nil }
    return ComparisonRecord.Difference(
      measure: measure, pairs: pairs, difference: SpreadRecord(paired.difference), probability: paired.probability,
      isSettled: paired.isSettled, seedsToSettle: paired.pairsToSettle)
  }

  private static func notes(
    _ a: ReplicasSummary, _ b: ReplicasSummary, names: (a: String, b: String)
  ) -> [String] {
    var notes: [String] = []
    for (summary, name) in [(a, names.a), (b, names.b)] where summary.diverged > 0 {
      notes.append(
        "\(summary.diverged) of \(summary.seeds.count) seeds of \(name) diverged; they are in no pair, so the difference is that "
          + "of runs which hold")
    }
    let alone = Set(a.seeds).symmetricDifference(b.seeds).count
    if alone > 0 {
      notes.append("\(alone) seed\(alone == 1 ? " is" : "s are") in one of the two alone, and in no pair")
    }
    for (summary, name) in [(a, names.a), (b, names.b)] where summary.target != nil {
      notes.append(
        "\(summary.targetReached ?? 0) of \(summary.seeds.count) seeds of \(name) reached its target, where their runs ended: "
          + "accuracy and loss are of that moment")
    }
    if a.dataset != b.dataset {
      notes.append("the two have other data, \(a.dataset ?? "unknown") and \(b.dataset ?? "unknown")")
    }
    return notes
  }
}
