/// `"dataset": "npy"`: two NumPy files a split.
package struct NPYSource: ArrayPairSource {
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

  package static let name = "npy"
  package static let about = "NumPy arrays."

  static func open(
    _ path: String, progress: @escaping (LoadingProgress) -> Void
  ) throws(DataError) -> ArrayFile {
    try .npy(path, progress: progress)
  }
}

extension DataSource {
  /// NumPy arrays: inputs [N, …] and labels [N] or targets [N, D].
  public static func npy(
    train: ImageLabelPaths, validation: ImageLabelPaths? = nil, test: ImageLabelPaths
  ) -> DataSource {
    DataSource(NPYSource(train: train, validation: validation, test: test))
  }
}
