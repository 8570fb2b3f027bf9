import Records
import Foundation

/// What `report` can be given: a run's directory or a study's.
enum ReportTarget {
  case run(RunRecord)
  /// The runs of several seeds, at least one.
  case seeds([RunRecord])
  case study(StudyKind, URL)

  /// Looks what a directory holds.
  ///
  /// - Throws: ``ReportTargetError`` if it is neither a run's nor a study's, `RecordError` if its records are damaged.
  init(path: String) throws {
    let folder = URL(fileURLWithPath: path)
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isDirectory) else {
      throw ReportTargetError(
        path: path, message: "no such directory; give one that train or a study printed at its end")
    }
    guard isDirectory.boolValue else {
      throw ReportTargetError(path: path, message: "is a file; give the directory of the run or study that it lies in")
    }
    if let kind = try StudyFile.kind(inFolder: folder) {
      self = .study(kind, folder)
    } else if FileManager.default.fileExists(
      atPath: folder.appendingPathComponent(RunRecord.FileName.metrics).path)
    {
      self = .run(try RunRecord(folder: folder))
    } else if ReplicasSummary.isThere(folder: folder.path) {
      self = .seeds(try Self.runs(ofSeedsIn: path))
    } else {
      throw ReportTargetError(
        path: path,
        message:
          "has neither \(RunRecord.FileName.metrics) nor \(StudyFileName.record), so it is not the directory of a run "
          + "or a study")
    }
  }

  private static func runs(ofSeedsIn path: String) throws -> [RunRecord] {
    let runs = try ReplicaPages.runs(of: ReplicasSummary(folder: path), in: path)
    guard !runs.isEmpty else {
      throw ReportTargetError(
        path: path,
        message: "has no seed that came so far as to be reported; go on with isotherm train --resume \(path)")
    }
    return runs
  }
}

/// A directory that no report can be made of; exit code 2.
struct ReportTargetError: Error, CustomStringConvertible {
  var path: String
  var message: String
  var description: String { "\(path): \(message)" }
}
