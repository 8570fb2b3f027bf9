import Kernels
import Keys

/// EMNIST: handwritten characters of NIST's Special Database 19 in MNIST's format, in six selections (Cohen et al. 2017,
/// "EMNIST: an extension of MNIST to handwritten letters", arXiv 1702.05373, table II).
///
/// The files hold each image with rows and columns exchanged; here it stands upright.
package struct EMNISTSource: NamedSource {
  package let path: String?
  /// Which selection.
  package let split: EMNISTSplit

  package init(path: String?) { self.init(path: path, split: .balanced) }

  /// A selection in a folder.
  package init(path: String?, split: EMNISTSplit) {
    self.path = path
    self.split = split
  }

  package static let name = "emnist"
  package static let contents =
    "emnist-SPLIT-train-images-idx3-ubyte, emnist-SPLIT-train-labels-idx1-ubyte, and the same with test, plain or .gz"
  package static let homepage = "https://www.nist.gov/itl/products-and-services/emnist-dataset"
  /// The folder in the archive, and where other programs unpack it.
  package static let subfolders = ["gzip", "EMNIST/raw"]

  package static func keys(_ section: Section, _ value: EMNISTSource?) -> EMNISTSource {
    EMNISTSource(
      path: pathKey(section, value),
      split: section.key(
        "split", value?.split, .word, default: .balanced,
        """
        Which selection: letters (26 classes), digits (10), balanced (47, the same number of each), byclass (62), bymerge \
        (47: letters whose two cases look alike are one class), mnist (10 digits, as many as MNIST has).
        """))
  }

  /// Both parts, in the order of the files.
  package func load(_ request: LoadingRequest) throws(DataError) -> DataSplits {
    let location = DataLocation(Self.self, path: path)
    let first = split.firstLabel
    // The letters' labels begin at 1: a name for label 0 stands before theirs while they are read.
    let names = Array(repeating: "", count: first) + split.classNames
    let pairs = ArrayPairs(name: Self.name, classNames: names, standardizes: true, open: ArrayFile.idx)
    func paths(_ part: String) throws(DataError) -> ImageLabelPaths {
      ImageLabelPaths(
        inputs: try location.file(["emnist-\(split.rawValue)-\(part)-images-idx3-ubyte"]),
        labels: try location.file(["emnist-\(split.rawValue)-\(part)-labels-idx1-ubyte"]))
    }
    let (train, test) = try pairs.load(train: paths("train"), test: paths("test"), progress: request.progress)
    return try request.normalized(train: upright(train), test: upright(test))
  }

  /// Images with rows and columns exchanged, and classes from 0.
  private func upright(_ dataset: Dataset) throws(DataError) -> Dataset {
    let (height, width) = (dataset.shape.height, dataset.shape.width)
    guard case .bytes(let stored) = dataset.samples, case .classes(let labels, _) = dataset.targets else {
      throw refusal(dataset, found: "samples that are no bytes", allowed: "images of bytes")
    }
    let samples = Buffer<UInt8>(count: stored.view.count)
    for first in stride(from: 0, to: stored.view.count, by: height * width) {
      for y in 0..<height {
        for x in 0..<width { samples.view[first + x * height + y] = stored.view[first + y * width + x] }
      }
    }
    let classes = Buffer<Int32>(count: dataset.count)
    for index in classes.view.indices {
      let label = labels.view[index] - Int32(split.firstLabel)
      guard label >= 0 else {
        throw refusal(dataset, found: "label 0 at entry \(grouped(index)) (from 0)", allowed: "labels from 1 to 26")
      }
      classes.view[index] = label
    }
    var upright = Dataset(
      name: Self.name, shape: .image(height: width, width: height, channels: 1), samples: .bytes(samples),
      targets: .classes(classes, count: split.classNames.count), classNames: split.classNames)
    upright.origin = dataset.origin
    return upright
  }

  private func refusal(_ dataset: Dataset, found: String, allowed: String) -> DataError {
    DataError(
      file: dataset.origin.file ?? Self.name, found: found, allowed: allowed, remedy: DataError.copyAgain)
  }
}

/// `data.split` of `emnist`.
package enum EMNISTSplit: String, Sendable, CaseIterable {
  case letters, balanced, digits, byclass, bymerge, mnist

  /// The files' label of the first class.
  var firstLabel: Int { self == .letters ? 1 : 0 }

  /// What the classes are called: digits, upper-case and lower-case letters. Of letters whose two cases look alike, the
  /// merged splits have the upper case.
  package var classNames: [String] {
    let digits = "0123456789"
    let upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return switch self {
    case .letters: upper.map(String.init)
    case .digits, .mnist: digits.map(String.init)
    case .byclass: (digits + upper + upper.lowercased()).map(String.init)
    case .balanced, .bymerge: (digits + upper + "abdefghnqrt").map(String.init)
    }
  }
}

extension NamedDataset {
  public static let emnist = NamedDataset(EMNISTSource.self)
}
