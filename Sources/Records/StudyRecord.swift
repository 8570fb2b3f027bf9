/// What a study found: plain values, written to `study.json`, and as rows to `study.csv`.
package protocol StudyRecord: Codable, Sendable {
  static var kind: StudyKind { get }
  /// The config's name.
  var name: String { get }
  /// Where the study took place.
  var machine: MachineRecord { get }
  /// The cells of the study, one a row.
  var table: CSVTable { get }
}
