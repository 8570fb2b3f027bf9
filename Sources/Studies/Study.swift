import Configuration
import Coordinator
import Datasets

/// A question to a config that takes several runs or measurements to answer.
///
/// ```swift
/// let record = try NoiseStudy(samples: 8192).run(configuration, splits: splits) { print($0.activity, $0.done) }
/// ```
package protocol Study<Record>: Sendable {
  /// What it finds.
  associatedtype Record: Encodable & Sendable

  /// Its name, as a command and in records.
  static var name: String { get }

  /// Makes the study.
  ///
  /// - Parameter progress: is told how far it is, from any thread.
  /// - Throws: `RunError`, `ModelError` or `ConfigurationError` where the config cannot be studied so.
  func run(
    _ configuration: RunConfiguration, splits: DataSplits, progress: @escaping @Sendable (StudyProgress) -> Void
  ) throws -> Record
}

extension Study {
  /// Makes the study, and tells nobody how far it is.
  package func run(_ configuration: RunConfiguration, splits: DataSplits) throws -> Record {
    try run(configuration, splits: splits) { _ in }
  }
}

/// A study that takes long: it can be stopped, and what it has by then is a record too.
package protocol InterruptibleStudy<Record>: Study {
  /// Refuses what cannot be studied, before anything is written.
  func check(_ configuration: RunConfiguration, splits: DataSplits) throws

  /// Makes the study.
  ///
  /// - Parameters:
  ///   - stop: ends it after the current step.
  ///   - progress: is told how far it is.
  ///   - save: gets the record whenever there is more in it, and may stop the study with an error.
  /// - Returns: the record as it is at the end, or when `stop` was raised.
  func run(
    _ configuration: RunConfiguration, splits: DataSplits, stop: StopRequest,
    progress: @escaping @Sendable (StudyProgress) -> Void, save: (Record) throws -> Void
  ) throws -> Record
}

extension InterruptibleStudy {
  package func run(
    _ configuration: RunConfiguration, splits: DataSplits, progress: @escaping @Sendable (StudyProgress) -> Void
  ) throws -> Record {
    try run(configuration, splits: splits, stop: StopRequest(), progress: progress, save: { _ in })
  }
}

/// Every study that there is.
package enum StudyList {
  /// In the order of the command's help.
  package static let all: [any Study.Type] = [
    VerifyStudy.self, ScaleStudy.self, SweepStudy.self, NoiseStudy.self, EquilibriumStudy.self, LinearityStudy.self,
    RateStudy.self,
  ]
}
