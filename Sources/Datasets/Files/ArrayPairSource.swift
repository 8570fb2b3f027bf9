import Keys

/// The two files of a split.
public struct ImageLabelPaths: Sendable, Equatable {
  public var inputs: String
  public var labels: String
  public init(inputs: String, labels: String) {
    self.inputs = inputs
    self.labels = labels
  }
}

extension ImageLabelPaths {
  static func keys(_ section: Section, _ value: ImageLabelPaths?) -> ImageLabelPaths {
    ImageLabelPaths(
      inputs: section.required("inputs", value?.inputs, .path, "File of the inputs."),
      labels: section.required("labels", value?.labels, .path, "File of the labels or targets."))
  }
}

/// A source of two arrays a split, in files of one format.
protocol ArrayPairSource: DataSourceKind {
  var train: ImageLabelPaths { get }
  var test: ImageLabelPaths { get }
  init(train: ImageLabelPaths, test: ImageLabelPaths)

  /// Reads the header of a file.
  static func open(_ path: String, progress: @escaping (LoadingProgress) -> Void) throws(DataError) -> ArrayFile
}

extension ArrayPairSource {
  package static func keys(_ section: Section, _ value: Self?) -> Self {
    Self(
      train: section.required("train", value?.train, .object(ImageLabelPaths.keys), "Files of the training set."),
      test: section.required("test", value?.test, .object(ImageLabelPaths.keys), "Files of the test set."))
  }

  package func load(_ request: LoadingRequest) throws(DataError) -> DataSplits {
    let pairs = ArrayPairs(name: Self.name, standardizes: request.standardizes, open: Self.open)
    let (train, test) = try pairs.load(train: train, test: test, progress: request.progress)
    return try request.normalized(train: train, test: test)
  }
}
