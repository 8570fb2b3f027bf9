import Foundation

/// Reads `study.json`.
package enum StudyFile {
  /// The kind of the study in a directory; `nil` if there is no `study.json`.
  ///
  /// - Throws: ``RecordError`` if the file is no study's.
  package static func kind(inFolder folder: URL) throws(RecordError) -> StudyKind? {
    let file = folder.appendingPathComponent(StudyFileName.record)
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    return try decode(StudyHeader.self, from: file).study
  }

  /// The study's record.
  ///
  /// - Throws: ``RecordError`` if the file cannot be read, or is another study's.
  package static func read<Record: StudyRecord>(_ type: Record.Type, from file: URL) throws(RecordError) -> Record {
    try decode(StudyDocument<Record>.self, from: file).record
  }

  private static func decode<Value: Decodable>(_ type: Value.Type, from file: URL) throws(RecordError) -> Value {
    guard let data = try? Data(contentsOf: file) else {
      throw RecordError("\(file.path) cannot be read; check its permissions.")
    }
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch {
      throw RecordError("\(file.path) is not the record of a study: \(RunRecord.reason(error)).")
    }
  }
}
