/// `"dataset": "idx"`: two IDX files a split.
package struct IDXSource: ArrayPairSource {
  package let train: ImageLabelPaths
  package let test: ImageLabelPaths

  package init(train: ImageLabelPaths, test: ImageLabelPaths) {
    self.train = train
    self.test = test
  }

  package static let name = "idx"
  package static let about = "IDX files, plain or gzip."

  static func open(
    _ path: String, progress: @escaping (LoadingProgress) -> Void
  ) throws(DataError) -> ArrayFile {
    try .idx(path, progress: progress)
  }
}

extension DataSource {
  /// IDX files, plain or gzip.
  public static func idx(train: ImageLabelPaths, test: ImageLabelPaths) -> DataSource {
    DataSource(IDXSource(train: train, test: test))
  }
}
