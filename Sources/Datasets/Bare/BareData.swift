import Foundation

/// Samples of a file or folder of which nothing is known but the path: what they are is guessed from the content, so that
/// a user can look at them before there is a config.
package struct BareData: Sendable {
  /// All samples, or those for training.
  package var train: any SampleSource
  package var validation: (any SampleSource)?
  package var test: (any SampleSource)?
  /// Whether the samples have classes or numbers to predict; without, targets stand in for none.
  package var hasAnswers: Bool
  /// What was guessed, and what a user should know.
  package var notes: [String]
  /// Names of the numbers to predict; empty without.
  package var targetNames: [String] = []

  init(train: any SampleSource, hasAnswers: Bool, notes: [String] = []) {
    self.train = train
    self.hasAnswers = hasAnswers
    self.notes = notes
  }

  /// All sets of a source.
  package init(_ splits: DataSplits, notes: [String] = []) {
    self.init(train: splits.train, hasAnswers: true, notes: notes)
    targetNames = splits.targetScale?.names ?? []
    validation = splits.validation
    test = splits.test
  }

  /// Reads what lies at a path: a folder of a well-known data set or of pictures, a packed file, an archive of arrays, an
  /// array (.npy or IDX, plain or gzip).
  ///
  /// - Returns: `nil` for a file of another kind.
  package static func load(_ path: String, _ request: LoadingRequest) throws(DataError) -> BareData? {
    switch try DataForm(of: path) {
    case .folder: return try folder(path, request)
    case .packedPictures: return BareData(try pictures(path, testShare: nil).load(request))
    case .picture: throw DataForm.onePicture(path)
    case .archive: return try archive(path, request)
    case .npy:
      return try array(path, request) { (path, progress) throws(DataError) in try .npy(path, progress: progress) }
    case .idx:
      return try array(path, request) { (path, progress) throws(DataError) in try .idx(path, progress: progress) }
    case .other: return nil
    }
  }

  // MARK: Folders

  private static func folder(_ path: String, _ request: LoadingRequest) throws(DataError) -> BareData {
    if let named = namedSource(path) {
      return BareData(try named.load(request), notes: ["\(path) has the files of \(type(of: named).name)"])
    }
    let layout = try PictureLayout(path)
    let hasTest = layout.roots[.test] != nil || layout.roots[.validation] != nil
    let share = 0.2
    let notes = hasTest ? [] : ["\(path) has no folder for the test: \(share) of the pictures are drawn for it"]
    let source = pictures(path, testShare: hasTest ? nil : share)
    do throws(DataError) {
      return BareData(try source.load(request), notes: notes)
    } catch {
      // Pictures of several sizes are brought to one, to be looked at; any other fault is there again.
      let side = 64
      guard
        let splits = try? pictures(path, testShare: hasTest ? nil : share, size: side).load(request)
      else { throw error }
      return BareData(splits, notes: notes + ["the pictures differ in size; they are looked at in \(side) × \(side)"])
    }
  }

  private static func pictures(_ path: String, testShare: Double?, size: Int? = nil) -> ImageFolderSource {
    ImageFolderSource(
      place: .path(path), testShare: testShare,
      rules: PackingRules(size: size.map { PictureSize(height: $0, width: $0) }, onBadSample: .skip), cache: nil)
  }

  /// The data set whose files are in a folder; those that share MNIST's names are told by the folder's.
  package static func namedSource(_ path: String) -> (any NamedSource)? {
    func has(_ name: String) -> Bool {
      [name, name + ".gz"].contains { FileManager.default.fileExists(atPath: path + "/" + $0) }
    }
    let name = URL(fileURLWithPath: path).standardizedFileURL.lastPathComponent.lowercased()
    if has("train-images-idx3-ubyte") {
      if name.contains("fashion") { return FashionMNISTSource(path: path) }
      return name.contains("kmnist") ? KMNISTSource(path: path) : MNISTSource(path: path)
    }
    for split in EMNISTSplit.allCases where has("emnist-\(split.rawValue)-train-images-idx3-ubyte") {
      return EMNISTSource(path: path, split: split)
    }
    if has("data_batch_1.bin") { return CIFAR10Source(path: path) }
    return has("train.bin") && has("test.bin") ? CIFAR100Source(path: path) : nil
  }

  // MARK: Archives

  /// The names of an archive's arrays, and whether some are called as those of a test set.
  package static func arrayNames(_ path: String) throws(DataError) -> (names: [String], hasTest: Bool) {
    let names = try ZipArchive(path: expanded(path)).arrayNames
    return (names, ArchiveNames(names: names).has(.test))
  }

  /// An archive's sets by the names of its arrays; where they say nothing, its first array.
  private static func archive(_ path: String, _ request: LoadingRequest) throws(DataError) -> BareData {
    let archive = try ZipArchive(path: path)
    let listing = "\(path) holds \(archive.arrayListing)"
    var source = NPZSource(path: path)
    if !ArchiveNames(names: archive.arrayNames).has(.test) { source.testShare = 0.2 }
    do throws(DataError) {
      let splits = try source.load(request)
      let drawn = source.testShare > 0 ? ["0.2 of the samples are drawn for the test"] : []
      return BareData(splits, notes: [listing] + drawn)
    } catch {
      guard let name = archive.arrayNames.first else { throw error }
      var bare = try array(path, request) { (path, progress) throws(DataError) in
        try .npz(ZipArchive(path: path), name, progress: progress)
      }
      bare.notes = [listing + "; \"\(name)\" is looked at"] + bare.notes
      return bare
    }
  }
}
