/// CIFAR-10's binary version: records of a label byte and the pixels (``CIFARRecords``).
package struct CIFAR10Source: NamedSource {
  package let path: String?
  package init(path: String?) { self.path = path }

  package static let name = "cifar10"
  package static let contents =
    "data_batch_1.bin to data_batch_5.bin and test_batch.bin, plain or .gz (the \"binary version\", unpacked)"
  package static let homepage = "https://www.cs.toronto.edu/~kriz/cifar.html"
  /// The folder in the archive.
  package static let subfolders = ["cifar-10-batches-bin"]

  /// Both splits: five training batches in turn, and the test batch. Batches may hold any number of records.
  package func load(_ request: LoadingRequest) throws(DataError) -> DataSplits {
    let location = DataLocation(Self.self, path: path)
    let records = CIFARRecords(name: Self.name, classNames: Self.classes, labelBytes: 1, label: 0)
    var training: [String] = []
    for batch in 1...5 { training.append(try location.file(["data_batch_\(batch).bin"])) }
    let test = try location.file(["test_batch.bin"])
    return try request.normalized(
      train: records.read(training, request.progress), test: records.read([test], request.progress))
  }

  private static let classes = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]
}

extension NamedDataset {
  public static let cifar10 = NamedDataset(CIFAR10Source.self)
}
