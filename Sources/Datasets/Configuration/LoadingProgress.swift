/// How far the loading of one file has come.
public struct LoadingProgress: Sendable, Equatable {
  /// The file that is being read, or the name of the data set that is being made.
  public let file: String
  /// 0…1 of this file.
  public let fraction: Double

  /// "300 of 1,200 pictures", where the work is counted in something else than a file's bytes.
  package let amount: String?

  /// A state of a file.
  package init(file: String, fraction: Double, amount: String? = nil) {
    self.file = file
    self.fraction = fraction
    self.amount = amount
  }
}
