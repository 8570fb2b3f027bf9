/// Names of the files in a study's directory.
public enum StudyFileName {
  /// The results, for programs.
  public static let record = "study.json"
  /// The cells, one a row.
  public static let table = "study.csv"
  /// The resolved config that the cells vary.
  public static let configuration = "config.json"
  /// The page for readers.
  public static let report = "report.html"
}
