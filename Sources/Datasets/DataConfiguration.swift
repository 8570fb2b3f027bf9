/// `data`: where samples come from, in which order they are drawn and what is done to them.
public struct DataConfiguration: Sendable, Equatable {
  public var source: DataSource
  public var order: SampleOrder
  public var normalization: Normalization
  public var augmentations: [Augmentation]
  public var lastBatch: LastBatch

  public init(
    source: DataSource, order: SampleOrder = .reshuffle, normalization: Normalization = .standardize,
    augmentations: [Augmentation] = [], lastBatch: LastBatch = .drop
  ) {
    self.source = source
    self.order = order
    self.normalization = normalization
    self.augmentations = augmentations
    self.lastBatch = lastBatch
  }
}

/// `data.dataset` with the keys that belong to it.
public enum DataSource: Sendable, Equatable {
  /// The UCI digits inside the package: 1,797 images of 8×8, split 1,257 to 540, class by class.
  case digits
  /// A data set known by name, in the folder `path` or, left out, where `NamedDataset` documents it.
  case named(NamedDataset, path: String?)
  /// Made from the seed: `shape` [H, W, C] or [D]; `samples` for training, `testSamples` for the test set.
  case synthetic(shape: [Int], classes: Int, samples: Int, testSamples: Int)
  /// Regression whose loss is a quadratic of known curvature and noise, made from the seed; see
  /// ``QuadraticConfiguration``.
  case quadratic(QuadraticConfiguration)
  /// IDX files, plain or gzip.
  case idx(train: ImageLabelPaths, test: ImageLabelPaths)
  /// NumPy arrays: inputs [N, …] and labels [N] or targets [N, D].
  case npy(train: ImageLabelPaths, test: ImageLabelPaths)
  /// One table a split.
  case csv(train: String, test: String, CSVConfiguration)
}

/// Data sets with a well-known layout of files.
public enum NamedDataset: String, Sendable, CaseIterable {
  case mnist
  case fashionMNIST = "fashion-mnist"
  case cifar10
}

/// The two files of a split.
public struct ImageLabelPaths: Sendable, Equatable {
  public var inputs: String
  public var labels: String
  public init(inputs: String, labels: String) {
    self.inputs = inputs
    self.labels = labels
  }
}

/// A problem whose training loss is known in closed form, to check studies of SGD's noise against.
///
/// Every sample has the one input c and D numbers to predict. For the model of one dense layer without bias, with
/// weights w of shape [D, 1], the mean squared error (1 ÷ D) Σ_d (c·w_d − t_d)² over the training set is
/// Σ σ_d² ÷ (2λ) + ½λ|w|²: the Hessian is λ·1, the minimum w = 0, and the gradient of one sample is λw plus noise
/// of deviation σ_d in direction d, whatever w is. Mean and variance of the targets are exact over the training set,
/// not only in expectation.
public struct QuadraticConfiguration: Sendable, Equatable {
  /// λ.
  public var curvature: Double
  /// σ_d, one for each direction.
  public var deviations: [Double]
  public var samples: Int
  public var testSamples: Int
  public init(curvature: Double = 1, deviations: [Double], samples: Int = 1024, testSamples: Int = 256) {
    self.curvature = curvature
    self.deviations = deviations
    self.samples = samples
    self.testSamples = testSamples
  }
}

/// How a CSV table is read.
public struct CSVConfiguration: Sendable, Equatable {
  /// Whether the first row names the columns; `nil` looks at it: a header has a cell that is no number, outside the
  /// label column, in its first row.
  public var header: Bool?
  /// Columns that hold the label, or the targets of a regression; the rest are inputs.
  public var labels: [CSVColumn]
  /// Whether the label columns are numbers to predict rather than classes.
  public var regression: Bool
  public init(header: Bool? = nil, labels: [CSVColumn], regression: Bool = false) {
    self.header = header
    self.labels = labels
    self.regression = regression
  }
}

/// A column by name or by number from 0; a negative number counts from the end (-1 is the last).
public enum CSVColumn: Sendable, Equatable {
  case name(String)
  case index(Int)
}

/// `data.order`.
public enum SampleOrder: String, Sendable, CaseIterable {
  /// One shuffle an epoch, divided among all shards (Goyal et al. 2017, remark 4).
  case reshuffle
  /// Each sample drawn from the whole set, with replacement.
  case iid
  /// As the files have them.
  case sequential
}

/// `data.normalize`.
public enum Normalization: String, Sendable, CaseIterable {
  /// (x − mean) ÷ deviation of the training set, per channel of an image, per column of a table.
  case standardize
  /// x ÷ 255 for bytes (digits: ÷ 16), unchanged for others.
  case unit
  /// The stored numbers.
  case none
}

/// One entry of `data.augment`; images only, training only.
public enum Augmentation: Sendable, Equatable {
  /// Pads every side with `padding` zero pixels (after normalisation), then crops the image's size at random.
  case padCrop(padding: Int)
  /// Mirrors left and right with probability one half.
  case flip
}

/// `data.lastBatch`: what becomes of the samples that do not fill a batch at the end of an epoch.
public enum LastBatch: String, Sendable, CaseIterable {
  case drop
  /// A smaller batch, averaged over its own size.
  case keep
}
