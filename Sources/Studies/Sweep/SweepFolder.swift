import Configuration
import Coordinator
import Records

/// The directory of a sweep that goes on: what it was asked for, and what it has.
package struct SweepFolder: Sendable {
  package let folder: StudyFolder
  /// The sweep's own config.
  package let configuration: RunConfiguration
  package let record: SweepRecord

  /// Opens the directory of an interrupted sweep.
  ///
  /// - Parameter configuration: the directory's `config.json`, read.
  /// - Throws: `RunFolderError` if it holds no sweep, or its config was changed since; `RecordError`.
  package init(resuming path: String, configuration: RunConfiguration) throws {
    folder = try StudyFolder(resuming: path)
    self.configuration = configuration
    guard let record = try folder.record(SweepRecord.self) else {
      throw RunFolderError(
        path: path, message: "has no \(StudyFileName.record), so no sweep can be resumed there; start a new one",
        isUsage: true)
    }
    self.record = record
    guard record.configurationSHA256 == Sweep.digest(configuration) else {
      throw RunFolderError(
        path: path + "/" + StudyFileName.configuration,
        message: "is not the config that the sweep began with; its cells could not be compared: put the old one back, "
          + "or start a new sweep with --out", isUsage: true)
    }
  }

  /// Refuses a config other than the sweep's.
  package func requireSame(_ other: RunConfiguration, file: String) throws {
    guard Sweep.digest(other) != record.configurationSHA256 else { return }
    throw RunFolderError(
      path: file,
      message: "gives another config than the sweep in \(folder.path) began with; leave the config out to continue "
        + "that sweep, or start a new one with --out", isUsage: true)
  }

  /// Refuses a part of the grid other than the sweep's; `nil` was not given, and asks for nothing.
  package func requireSame<Value: Equatable>(
    _ option: String, _ found: Value?, _ part: KeyPath<SweepGrid, Value>
  ) throws {
    let own = record.grid[keyPath: part]
    guard let found, found != own else { return }
    throw RunFolderError(
      path: folder.path,
      message: "\(option): found \(Self.text(found)), but the sweep there has \(Self.text(own)); leave the option out "
        + "to continue that sweep, or start a new one with --out", isUsage: true)
  }

  private static func text(_ value: Any) -> String {
    switch value {
    case let list as [Any]: list.map { text($0) }.joined(separator: ",")
    case let target as TargetRecord?:
      target.flatMap { target in
        target.testAccuracy.map { "test accuracy \($0)" } ?? target.testLoss.map { "test loss \($0)" }
      } ?? "no target"
    default: "\(value)"
    }
  }
}
