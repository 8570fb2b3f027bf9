import Foundation

/// `summary.json` of several seeds of one config: what each reached, and mean, spread and interval over them.
///
/// Means are over the seeds whose run came to its end; ``diverged`` says how many have none.
package struct ReplicasSummary: Codable, Sendable, Equatable {
  /// `completed` when no seed is left, `diverged` when all of them did, else `interrupted`.
  package var outcome: RunOutcome
  /// The config's name.
  package var name: String
  package var isothermVersion: String?
  /// When the work began, ISO 8601.
  package var startedAt: String?
  package var dataset: String?
  /// The config's target.
  package var target: TargetRecord?
  /// All seeds that are asked for, in their order.
  package var seeds: [UInt64]
  /// Seeds whose run came to its end, and those whose loss stopped being finite.
  package var completed = 0
  package var diverged = 0
  /// Seeds that reached the config's target, if it has one.
  package var targetReached: Int?
  /// Threads of all replicas that train at once, and how many those are.
  package var threads: Int
  package var replicasAtOnce: Int
  /// Time of all parts of the work, and training samples of all seeds.
  package var wallSeconds = 0.0
  package var samples = 0
  /// Training samples a second of all replicas together, evaluation and saving included, over the last part of the work.
  package var samplesPerSecond = 0.0
  /// Share of the test set that is right at the end, 0…1, and at its best.
  package var testAccuracy: SpreadRecord?
  package var bestTestAccuracy: SpreadRecord?
  package var testLoss: SpreadRecord?
  package var bestTestLoss: SpreadRecord?
  package var trainLoss: SpreadRecord?
  package var rootMeanSquaredError: SpreadRecord?
  /// Of a run with the config's target: samples, and seconds of steps, until it was reached, over the seeds that did.
  package var samplesToTarget: SpreadRecord?
  package var secondsToTarget: SpreadRecord?
  /// Seconds of steps and of evaluations of a run.
  package var trainingSeconds: SpreadRecord?
  package var evaluationSeconds: SpreadRecord?
  /// The seeds that have begun, in their order.
  package var replicas: [ReplicaRecord] = []

  /// A summary of seeds of which none has begun.
  package init(name: String, seeds: [UInt64], threads: Int, replicasAtOnce: Int) {
    outcome = .interrupted
    self.name = name
    self.seeds = seeds
    self.threads = threads
    self.replicasAtOnce = replicasAtOnce
  }
}

extension ReplicasSummary {
  /// Reads the summary in a directory of several seeds.
  ///
  /// - Throws: ``RecordError`` if there is none, or it is something else's.
  package init(folder path: String) throws(RecordError) {
    let file = path + "/" + RunRecord.FileName.summary
    guard let data = FileManager.default.contents(atPath: file) else {
      throw RecordError(
        "\(file) cannot be read, so \(path) is no directory of several seeds: give one that `isotherm train --seeds` made."
      )
    }
    do {
      self = try JSONDecoder().decode(Self.self, from: data)
    } catch {
      throw RecordError("\(file) is no summary of several seeds: \(RunRecord.reason(error)).")
    }
  }

  /// Whether a directory is one of several seeds, as its `summary.json` says.
  package static func isThere(folder path: String) -> Bool {
    struct Seeds: Decodable { var seeds: [UInt64] }
    let file = path + "/" + RunRecord.FileName.summary
    guard let data = FileManager.default.contents(atPath: file) else { return false }
    return (try? JSONDecoder().decode(Seeds.self, from: data)) != nil
  }
}
