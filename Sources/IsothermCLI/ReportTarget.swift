import Records
import Reports
import Studies
import Foundation

/// What `report` can be given: a run's directory or a study's.
enum ReportTarget {
  case run(RunRecord)
  /// The runs of several seeds, at least one.
  case seeds([RunRecord])
  case study(StudyKind, URL)
  /// A comparison, and its page.
  case comparison(ReportPage)

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
      throw ReportTargetError(path: path, message: "is a file; give the directory of the run or study that it is in")
    }
    if ComparisonRecord.isThere(folder: folder.path) {
      self = .comparison(try Self.page(ofComparisonIn: path))
    } else if let kind = try StudyFile.kind(inFolder: folder) {
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
          "has neither \(RunRecord.FileName.metrics) nor \(StudyFileName.record), so it is not the directory of a run, "
          + "of several seeds, of a comparison or of a study")
    }
  }

  /// The page of a comparison, with what its seeds' records say now.
  private static func page(ofComparisonIn path: String) throws -> ReportPage {
    let old = try ComparisonRecord(folder: path)
    let folders = old.folders(in: path)
    let record = Comparison.record(
      try ReplicasSummary(folder: folders.a), try ReplicasSummary(folder: folders.b),
      names: (old.a.name, old.b.name), folders: folders)
    guard old.outcome != .interrupted, let page = try ReplicaPages.page(record, in: path) else {
      throw ReportTargetError(
        path: path, message: "is a comparison that is not done; continue it with isotherm compare --resume \(path)")
    }
    return page
  }

  private static func runs(ofSeedsIn path: String) throws -> [RunRecord] {
    let runs = try ReplicaPages.runs(of: ReplicasSummary(folder: path), in: path)
    guard !runs.isEmpty else {
      throw ReportTargetError(
        path: path,
        message: "has no seed that has anything to report yet; continue with isotherm train --resume \(path)")
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
