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

/// What the arrays of a source are, apart from where they lie.
package struct ArrayReading: Sendable, Equatable {
  /// Whether labels are classes or numbers to predict.
  package var task = ArrayTask.auto
  /// Where the values of a pixel stand.
  package var layout = ArrayLayout.auto

  package init(task: ArrayTask = .auto, layout: ArrayLayout = .auto) {
    self.task = task
    self.layout = layout
  }

  static func keys(_ section: Section, _ value: ArrayReading?) -> ArrayReading {
    ArrayReading(
      task: section.key(
        "task", value?.task, .word, default: .auto,
        """
        Whether labels are classes or numbers to predict. auto: text, whole numbers and one-hot rows are classes; whole \
        numbers in a format of real ones are classes where there are few of them (at most the square root of the number \
        of samples, or 0 to n - 1, each twice on average), which a note says; all others are numbers to predict. Classes \
        are the values that occur, in order.
        """),
      layout: section.key(
        "layout", value?.layout, .word, default: .auto,
        """
        Where the values of a pixel stand in arrays of four dimensions: [N, channels, height, width] or [N, height, width, \
        channels]. auto: channels are first where only the second dimension is 1, 3 or 4, which a note says.
        """))
  }
}

/// A source of two arrays a split, in files of one format.
protocol ArrayPairSource: DataSourceKind {
  var train: ImageLabelPaths { get }
  var validation: ImageLabelPaths? { get }
  var test: ImageLabelPaths { get }
  var reading: ArrayReading { get }
  init(train: ImageLabelPaths, validation: ImageLabelPaths?, test: ImageLabelPaths, reading: ArrayReading)

  /// Reads the header of a file.
  static func open(_ path: String, progress: @escaping (LoadingProgress) -> Void) throws(DataError) -> ArrayFile
}

extension ArrayPairSource {
  package static func keys(_ section: Section, _ value: Self?) -> Self {
    Self(
      train: section.required("train", value?.train, .object(ImageLabelPaths.keys), "Files of the training set."),
      validation: section.optional(
        "validation", value?.validation, .object(ImageLabelPaths.keys),
        "Files of the validation set, which chooses the best weights."),
      test: section.required("test", value?.test, .object(ImageLabelPaths.keys), "Files of the test set."),
      reading: ArrayReading.keys(section, value?.reading))
  }

  package var isRegression: Bool? { reading.task.isRegression }

  package func load(_ request: LoadingRequest) throws(DataError) -> DataSplits {
    func split(_ paths: ImageLabelPaths, _ name: String) -> ArraySplits.Split {
      .files(paths, name: name, open: Self.open)
    }
    return try ArraySplits(Self.name, reading, request).load(
      train: split(train, "training"), validation: validation.map { split($0, "validation") },
      test: split(test, "test"), request)
  }
}

extension ArraySplits {
  /// What a source's keys and a request ask for.
  init(_ name: String, _ reading: ArrayReading, _ request: LoadingRequest) {
    self.init(name: name, standardizes: request.standardizes)
    task = reading.task
    layout = reading.layout
    standardizesTargets = request.standardizesTargets
    storage = request.storage
    progress = request.progress
  }

  /// Loads all splits, normalised by the training set.
  func load(
    train: Split, validation: Split?, test: Split, _ request: LoadingRequest
  ) throws(DataError) -> DataSplits {
    let loaded = try load([train, test] + (validation.map { [$0] } ?? []))
    return try request.normalized(
      train: loaded.sets[0], validation: validation == nil ? nil : loaded.sets[2], test: loaded.sets[1],
      input: .numbers(loaded.form), targets: loaded.targets)
  }
}
