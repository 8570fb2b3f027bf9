/// `"dataset": "idx"`: two IDX files a split.
package struct IDXSource: ArrayPairSource {
  package let train: ImageLabelPaths
  package let validation: ImageLabelPaths?
  package let test: ImageLabelPaths
  package let reading: ArrayReading

  package init(
    train: ImageLabelPaths, validation: ImageLabelPaths? = nil, test: ImageLabelPaths,
    reading: ArrayReading = ArrayReading()
  ) {
    self.train = train
    self.validation = validation
    self.test = test
    self.reading = reading
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
  /// IDX files, plain or gzip: inputs [N, …] and labels [N] or targets [N, D].
  public static func idx(
    train: ImageLabelPaths, validation: ImageLabelPaths? = nil, test: ImageLabelPaths
  ) -> DataSource {
    DataSource(IDXSource(train: train, validation: validation, test: test))
  }
}
