/// Opens the data that a config names.
public enum DatasetLoader {
  /// Loads both splits.
  ///
  /// `seed` makes the samples of `synthetic` and `quadratic` and plays no part in others. `progress` hears of every
  /// chunk of a file, on the calling thread. Every fault of a file is a ``DataError`` that names it.
  public static func load(
    _ data: DataConfiguration, seed: UInt64, progress: @escaping (LoadingProgress) -> Void = { _ in }
  ) throws(DataError) -> DataSplits {
    let request = LoadingRequest(seed: seed, normalization: data.normalization, progress: progress)
    let splits = try data.source.kind.load(request)
    guard data.augmentations.isEmpty || splits.train.shape.isImage else {
      throw DataError(
        file: splits.train.name,
        found: "samples of \(splits.train.shape), which have no rows and columns to crop or flip",
        allowed: "augmentation of images", remedy: "remove data.augment from the config")
    }
    return splits
  }
}
