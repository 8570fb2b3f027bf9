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
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw DataError(
        file: path, found: "there is no such file or folder", allowed: "data", remedy: DataError.checkPath(path))
    }
    if isFolder.boolValue { return try folder(path, request) }
    if PackedPictures.isPacked(path) {
      return BareData(try pictures(path, testShare: nil).load(request))
    }
    let beginning = try beginning(of: path)
    // JPEG, PNG and WebP.
    let signatures: [[UInt8]] = [[0xFF, 0xD8, 0xFF], [0x89] + Array("PNG".utf8), Array("RIFF".utf8)]
    guard !signatures.contains(where: { beginning.starts(with: $0) }) else {
      throw DataError(
        file: path, found: "one picture", allowed: "a folder with a folder of pictures for each class",
        remedy: "give the path of that folder")
    }
    if beginning.starts(with: Array("PK".utf8)) { return try archive(path, request) }
    if beginning.starts(with: [0x93] + Array("NUMPY".utf8)) {
      return try array(path, request) { (path, progress) throws(DataError) in try .npy(path, progress: progress) }
    }
    if beginning.count >= 4, beginning[0] == 0, beginning[1] == 0, (0x08...0x0E).contains(beginning[2]),
      (1...8).contains(beginning[3])
    {
      return try array(path, request) { (path, progress) throws(DataError) in try .idx(path, progress: progress) }
    }
    return nil
  }

  /// The first bytes, unpacked where the file is gzip.
  private static func beginning(of path: String) throws(DataError) -> [UInt8] {
    try ByteReader(path: path, progress: { _ in }).read(upTo: 8)
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
  private static func namedSource(_ path: String) -> (any NamedSource)? {
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
