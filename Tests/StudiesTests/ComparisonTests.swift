import Foundation
import JSON
import Records
import Studies
import TestSupport
import Testing

@Suite("Comparisons of two configs")
struct ComparisonTests {
  /// A summary of seeds 1, 2, … with these accuracies; `nil` stands for a seed that diverged.
  private func summary(
    _ accuracies: [Double?], loss: Double = 0.1, target: TargetRecord? = nil, dataset: String = "digits"
  ) throws -> ReplicasSummary {
    var summary = ReplicasSummary(
      name: "x", seeds: (1...UInt64(accuracies.count)).map { $0 }, threads: 1, replicasAtOnce: 1)
    summary.dataset = dataset
    summary.target = target
    summary.diverged = accuracies.count { $0 == nil }
    for (index, accuracy) in accuracies.enumerated() {
      let outcome: RunOutcome = accuracy == nil ? .diverged : target == nil ? .completed : .targetReached
      let run = RunSummary(
        outcome: outcome, steps: 1, epochs: 1, samples: 100 * (index + 1), trainLoss: 0.1, testLoss: loss,
        testAccuracy: accuracy ?? 0.1, wallSeconds: 1, samplesPerSecond: 1, peakMemoryBytes: 1, threads: 1,
        weightsSHA256: "\(index)")
      summary.replicas.append(ReplicaRecord(seed: UInt64(index + 1), folder: "seed-\(index + 1)", run))
    }
    return summary
  }

  private func compare(_ a: ReplicasSummary, _ b: ReplicasSummary) -> ComparisonRecord {
    Comparison.record(a, b, names: ("A", "B"), folders: ("a", "b"))
  }

  @Test("pairs are of the same seed, B − A, with the interval and p of SciPy's ttest_rel")
  func paired() throws {
    let a = [0.9812, 0.9790, 0.9835, 0.9801, 0.9823]
    let b = [0.9831, 0.9822, 0.9841, 0.9846, 0.9828]
    let record = compare(try summary(a), try summary(b))
    let found = record.differences[0]
    #expect(found.measure == .testAccuracy && found.pairs.map(\.seed) == [1, 2, 3, 4, 5])
    #expect(found.pairs.map(\.a) == a && found.pairs.map(\.b) == b)
    #expect(abs(found.difference.mean - 0.00214) < 1e-12)
    #expect(abs(try #require(found.difference.high) - 0.004273712062940486) < 1e-9)
    #expect(abs(try #require(found.probability) - 0.049583416839780584) < 1e-9)
    #expect(found.isSettled)
    #expect(record.differences[1].measure == .testLoss && !record.differences[1].isSettled)
    #expect(record.notes.isEmpty)
    // What the file says is what was found.
    #expect(try JSONDecoder().decode(ComparisonRecord.self, from: Data(JSONText.pretty(record).utf8)) == record)
  }

  @Test("seeds of a comparison are where its directory is now, and others where they were")
  func folders() throws {
    try withTemporaryFolder { root in
      var record = Comparison.record(
        try summary([0.9]), try summary([0.8]), names: ("A", "B"), folders: ("studies/c/a", "runs/b"))
      record.outcome = .interrupted
      try FileManager.default.createDirectory(atPath: root.path + "/a", withIntermediateDirectories: true)
      let folders = record.folders(in: root.path)
      #expect(folders.a == root.path + "/a" && folders.b == "runs/b")
      #expect(!ComparisonRecord.isThere(folder: root.path))
      try Data(JSONText.pretty(record).utf8).write(to: root.appendingPathComponent(ComparisonRecord.fileName))
      #expect(try ComparisonRecord.isThere(folder: root.path) && ComparisonRecord(folder: root.path) == record)
      // Those of earlier versions, which say no outcome, can be read.
      record.outcome = nil
      #expect(try JSONDecoder().decode(ComparisonRecord.self, from: Data(JSONText.pretty(record).utf8)) == record)
    }
  }

  @Test("a seed that diverged, or that one of the two lacks, is in no pair, and the record says so")
  func missing() throws {
    let record = compare(try summary([0.9, nil, 0.8]), try summary([0.91, 0.92, 0.83, 0.95], dataset: "mnist"))
    #expect(record.differences[0].pairs.map(\.seed) == [1, 3])
    let notes = record.notes.joined(separator: "\n")
    for words in ["1 of 3 seeds of A diverged", "1 seed is in one", "digits and mnist"] {
      #expect(notes.contains(words), "\(words) in \(notes)")
    }
    #expect(compare(try summary([nil]), try summary([0.9])).differences.isEmpty)
  }

  @Test("with the same target, samples until it was reached come first; with other ones they are not compared")
  func target() throws {
    let goal = TargetRecord(testAccuracy: 0.9)
    let record = compare(try summary([0.9, 0.91], target: goal), try summary([0.92, 0.9], target: goal))
    #expect(record.differences.map(\.measure) == [.samplesToTarget, .testAccuracy, .testLoss])
    #expect(record.differences[0].pairs.map(\.a) == [100, 200])
    let other = compare(try summary([0.9, 0.91], target: goal), try summary([0.92, 0.9]))
    #expect(other.differences.map(\.measure) == [.testAccuracy, .testLoss])
  }
}
