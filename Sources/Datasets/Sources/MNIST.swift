/// Handwritten digits: images of 28 × 28 bytes and labels 0 to 9.
package struct MNISTSource: MNISTLikeSource {
  package let path: String?
  package init(path: String?) { self.path = path }

  package static let name = "mnist"
  package static let homepage = "https://yann.lecun.com/exdb/mnist"
  static let classes = (0..<10).map(String.init)
}

/// Fashion-MNIST: pictures of clothes in MNIST's files.
package struct FashionMNISTSource: MNISTLikeSource {
  package let path: String?
  package init(path: String?) { self.path = path }

  package static let name = "fashion-mnist"
  package static let homepage = "https://github.com/zalandoresearch/fashion-mnist"
  /// https://github.com/zalandoresearch/fashion-mnist, "Labels".
  static let classes = [
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
  ]
}

/// Kuzushiji-MNIST: cursive Japanese characters in MNIST's files.
package struct KMNISTSource: MNISTLikeSource {
  package let path: String?
  package init(path: String?) { self.path = path }

  package static let name = "kmnist"
  package static let homepage = "https://codh.rois.ac.jp/kmnist"
  /// https://codh.rois.ac.jp/kmnist, "kmnist_classmap.csv", in the romanisation of its names.
  static let classes = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]
}

extension NamedDataset {
  public static let mnist = NamedDataset(MNISTSource.self)
  public static let fashionMNIST = NamedDataset(FashionMNISTSource.self)
  public static let kmnist = NamedDataset(KMNISTSource.self)
}

/// Images of 28 × 28 bytes and their labels in four IDX files, as MNIST has them.
protocol MNISTLikeSource: NamedSource {
  /// Names of the classes, by label.
  static var classes: [String] { get }
}

extension MNISTLikeSource {
  package static var subfolders: [String] { ["MNIST/raw", "FashionMNIST/raw", "KMNIST/raw"] }
  package static var contents: String {
    "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, plain or .gz"
  }

  /// Both splits, in the order of the files.
  package func load(_ request: LoadingRequest) throws(DataError) -> DataSplits {
    let location = DataLocation(Self.self, path: path)
    let pairs = ArrayPairs(name: Self.name, classNames: Self.classes, standardizes: true, open: ArrayFile.idx)
    let (train, test) = try pairs.load(
      train: ImageLabelPaths(
        inputs: try location.file(Self.images("train")), labels: try location.file(Self.labels("train"))),
      test: ImageLabelPaths(
        inputs: try location.file(Self.images("t10k")), labels: try location.file(Self.labels("t10k"))),
      progress: request.progress)
    return try request.normalized(train: train, test: test)
  }

  /// The names on the homepage, and with the dot that some copies have.
  private static func images(_ split: String) -> [String] {
    ["\(split)-images-idx3-ubyte", "\(split)-images.idx3-ubyte"]
  }

  private static func labels(_ split: String) -> [String] {
    ["\(split)-labels-idx1-ubyte", "\(split)-labels.idx1-ubyte"]
  }
}
