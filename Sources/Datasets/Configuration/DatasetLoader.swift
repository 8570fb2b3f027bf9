/// Opens the data that a config names.
public enum DatasetLoader {
  /// Loads both splits.
  ///
  /// `seed` makes the samples of `synthetic` and `quadratic` and plays no part in others. `progress` hears of every
  /// chunk of a file, on the calling thread. `forEach` calls a closure for many numbers at once, for work that many
  /// threads can share, such as decoding pictures; left out, one thread does it. Every fault of a file is a ``DataError`` that names it.
  public static func load(
    _ data: DataConfiguration, seed: UInt64, progress: @escaping (LoadingProgress) -> Void = { _ in },
    forEach: (@Sendable (_ count: Int, _ body: @escaping @Sendable (Int) -> Void) -> Void)? = nil
  ) throws(DataError) -> DataSplits {
    var request = LoadingRequest(seed: seed, normalization: data.normalization, progress: progress)
    request.targets = data.targets
    request.validationShare = data.validationShare
    request.splitSeed = data.splitSeed
    if let forEach { request.forEach = forEach }
    let splits = try data.source.kind.load(request)
    guard data.augmentations.ofImages.isEmpty || splits.train.shape.isImage else {
      throw DataError(
        file: splits.train.name,
        found: "samples of \(splits.train.shape), which have no rows and columns to crop or flip",
        allowed: "augmentation of images, and mixup of any samples",
        remedy: "remove all but mixup from data.augment in the config")
    }
    let train = splits.train
    if data.augmentations.contains(where: { $0.kind.needsColors }),
      train.pixelScale == nil || (train.shape.channels != 1 && train.shape.channels != 3)
    {
      throw DataError(
        file: train.name, found: "images of \(train.shape), whose colours are not known",
        allowed: "colorJitter of images in grey, or in red, green and blue",
        remedy: "remove colorJitter from data.augment")
    }
    return splits
  }
}
