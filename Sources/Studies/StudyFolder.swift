import Checkpoints
import Configuration
import Coordinator
import Foundation
import JSON
import Records

/// A study's directory: `config.json` from the start, `study.json` and `study.csv` whenever there is something new.
///
/// Every file is replaced as a whole, so that whoever reads it never sees half of one.
package struct StudyFolder: Sendable {
  /// The directory.
  package let path: String
  /// Keeps other processes out while the study goes on.
  private let lock: FolderLock

  /// Makes a new directory and leaves the config there.
  ///
  /// - Throws: `RunFolderError` if the path is there and not an empty directory, or cannot be written.
  package init(creating path: String, configuration: RunConfiguration) throws {
    try NewFolder.make(path)
    lock = try RunFolder.lock(path)
    try AtomicFile.write(configuration.json(), to: path + "/" + StudyFileName.configuration)
    self.path = path
  }

  /// The directory of an interrupted study.
  ///
  /// - Throws: `RunFolderError` if it holds no study, or another process is working there.
  package init(resuming path: String) throws {
    guard FileManager.default.fileExists(atPath: path + "/" + StudyFileName.configuration) else {
      throw RunFolderError(
        path: path, message: "has no \(StudyFileName.configuration), so no study can be resumed there", isUsage: true)
    }
    lock = try RunFolder.lock(path)
    self.path = path
    AtomicFile.removeStale(in: path)
  }

  /// Writes `study.json` and `study.csv`.
  ///
  /// - Throws: `CheckpointError` if the directory was moved or removed meanwhile, or a file cannot be written.
  package func write<Record: StudyRecord>(_ record: Record) throws {
    try requirePlace()
    try AtomicFile.write(JSONText.pretty(StudyDocument(record)), to: path + "/" + StudyFileName.record)
    try AtomicFile.write(record.table.text, to: path + "/" + StudyFileName.table)
  }

  /// Refuses to go on where the directory was moved or removed.
  package func requirePlace() throws { try lock.requireFolder() }

  /// What an earlier, interrupted run of the same study wrote; `nil` if it wrote nothing yet.
  ///
  /// - Throws: `RecordError` if the file cannot be read as such a study.
  package func record<Record: StudyRecord>(_ type: Record.Type) throws -> Record? {
    let file = URL(fileURLWithPath: path + "/" + StudyFileName.record)
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    return try StudyFile.read(type, from: file)
  }
}
