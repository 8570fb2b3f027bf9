import Kernels

/// Reads the data that a config names into memory.
public enum DatasetLoader {
  /// Loads both splits.
  ///
  /// `seed` makes the samples of `synthetic` and `quadratic` and plays no part in others. `progress` hears of every chunk of a file,
  /// on the calling thread. Every fault of a file is a ``DataError`` that names it.
  public static func load(
    _ data: DataConfiguration, seed: UInt64, progress: @escaping (LoadingProgress) -> Void = { _ in }
  ) throws(DataError) -> DataSplits {
    let standardizes = data.normalization == .standardize
    let (train, test) =
      switch data.source {
      case .digits: try DigitsFile.load(progress: progress)
      case .named(.cifar10, let path): try CIFAR10Files.load(path: path, progress: progress)
      case .named(let name, let path): try MNISTFiles.load(name, path: path, progress: progress)
      case .synthetic(let shape, let classes, let samples, let testSamples):
        try SyntheticSamples(shape: SampleShape(dimensions: shape), classes: classes, seed: seed)
          .splits(samples: samples, testSamples: testSamples, progress: progress)
      case .quadratic(let quadratic): try QuadraticSamples(quadratic, seed: seed).splits()
      case .idx(let train, let test):
        try ArrayPairs(name: "idx", standardizes: standardizes, open: ArrayFile.idx)
          .load(train: train, test: test, progress: progress)
      case .npy(let train, let test):
        try ArrayPairs(name: "npy", standardizes: standardizes, open: ArrayFile.npy)
          .load(train: train, test: test, progress: progress)
      case .csv(let train, let test, let configuration):
        try CSVTables.load(
          train: expanded(train), test: expanded(test), configuration: configuration, standardizes: standardizes,
          progress: progress)
      }
    guard data.augmentations.isEmpty || train.shape.isImage else {
      throw DataError(
        file: train.name, found: "samples of \(train.shape), which have no rows and columns to crop or flip",
        allowed: "augmentation of images", remedy: "remove data.augment from the config")
    }
    let normalizer = Normalizer(data.normalization, training: train)
    try InputRange.check(train, normalizer)
    try InputRange.check(test, normalizer)
    return DataSplits(train: train, test: test, normalizer: normalizer)
  }
}
