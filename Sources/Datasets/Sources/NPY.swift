/// `"dataset": "npy"`: two NumPy files a split.
package struct NPYSource: ArrayPairSource {
  package let train: ImageLabelPaths
  package let test: ImageLabelPaths

  package init(train: ImageLabelPaths, test: ImageLabelPaths) {
    self.train = train
    self.test = test
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
  public static func npy(train: ImageLabelPaths, test: ImageLabelPaths) -> DataSource {
    DataSource(NPYSource(train: train, test: test))
  }
}
