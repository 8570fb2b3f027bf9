/// Names of the files in a study's directory.
package enum StudyFileName {
  /// The results, for programs.
  package static let record = "study.json"
  /// The cells, one a row.
  package static let table = "study.csv"
  /// The resolved config that the cells vary.
  package static let configuration = "config.json"
  /// The page for readers.
  package static let report = "report.html"
}
