import Records
import Reports
import Studies
import Foundation

/// The page of each kind of study, from its `study.json`.
enum StudyPages {
  /// The kinds of records that studies leave.
  static let records: [any StudyReport.Type] = StudyList.all.compactMap { record(of: $0) }

  /// The page of one study.
  static func page(_ kind: StudyKind, inFolder folder: URL) throws -> ReportPage {
    guard let record = records.first(where: { $0.kind == kind }) else {
      preconditionFailure("no study leaves records of the kind \(kind)")
    }
    return try page(of: record, in: folder)
  }

  /// The page of several studies of one kind, one over the other.
  static func overlay(_ kind: StudyKind, inFolders folders: [URL]) throws -> ReportPage {
    StudyOverlayReport.page(
      kind, try folders.map { (name: $0.lastPathComponent, page: try page(kind, inFolder: $0)) })
  }

  private static func record<Work: Study>(of study: Work.Type) -> (any StudyReport.Type)? {
    Work.Record.self as? any StudyReport.Type
  }

  private static func page<Record: StudyReport>(of type: Record.Type, in folder: URL) throws -> ReportPage {
    try StudyFile.read(type, from: folder.appendingPathComponent(StudyFileName.record)).page
  }
}
