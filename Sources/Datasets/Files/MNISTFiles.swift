import Kernels

/// MNIST and Fashion-MNIST: images of 28 × 28 bytes and labels 0 to 9 in four IDX files.
enum MNISTFiles {
  /// Both splits of one of the two, in the order of the files.
  static func load(
    _ dataset: NamedDataset, path: String?, progress: @escaping (LoadingProgress) -> Void
  ) throws(DataError) -> (Dataset, Dataset) {
    let location = DataLocation(dataset, path: path)
    let names = dataset == .mnist ? (0..<10).map(String.init) : fashionNames
    let pairs = ArrayPairs(name: dataset.rawValue, classNames: names, standardizes: true, open: ArrayFile.idx)
    return try pairs.load(
      train: ImageLabelPaths(
        inputs: try location.file(images("train")), labels: try location.file(labels("train"))),
      test: ImageLabelPaths(
        inputs: try location.file(images("t10k")), labels: try location.file(labels("t10k"))),
      progress: progress)
  }

  /// The names on the homepage, and with the dot that some copies have.
  private static func images(_ split: String) -> [String] {
    ["\(split)-images-idx3-ubyte", "\(split)-images.idx3-ubyte"]
  }

  private static func labels(_ split: String) -> [String] {
    ["\(split)-labels-idx1-ubyte", "\(split)-labels.idx1-ubyte"]
  }

  /// https://github.com/zalandoresearch/fashion-mnist, "Labels".
  private static let fashionNames = [
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
  ]
}
