import Keys

/// `"dataset": "npz"`: NumPy's archives of arrays, one for all splits or one for each.
package struct NPZSource: DataSourceKind {
  /// The archive of all splits that name none of their own.
  package var path: String?
  package var train = ArchivedSplit()
  package var validation: ArchivedSplit?
  package var test: ArchivedSplit?
  /// The share of the training samples that is set apart for the test, where there is no test set.
  package var testShare = 0.0
  package var reading = ArrayReading()

  package init(path: String?) { self.path = path }

  package static let name = "npz"
  package static let about = "Archives of NumPy arrays (numpy.savez)."

  package static func keys(_ section: Section, _ value: NPZSource?) -> NPZSource {
    let rule = """
      Left out: found by name, such as x_train and y_train, train_images and train_labels, or, in an archive of one \
      split, x and y.
      """
    var source = NPZSource(
      path: section.optional("path", value?.path, .path, "Archive of all sets that name none of their own."))
    source.train = section.section(
      "train", value?.train, "Arrays of the training set. \(rule)", ArchivedSplit.keys)
    source.validation = section.optional(
      "validation", value?.validation, .object(ArchivedSplit.keys),
      "Arrays of the validation set, which chooses the best weights. \(rule) An archive without any has none.")
    source.test = section.optional(
      "test", value?.test, .object(ArchivedSplit.keys), "Arrays of the test set. \(rule)")
    source.testShare = section.key(
      "testShare", value?.testShare, .number(.from(0, below: 1)), default: 0,
      "Share of the training samples that is set apart for the test, of each class, where there is no test set.")
    source.reading = ArrayReading.keys(section, value?.reading)
    section.check(
      "path", with: ["train", "test"], source.path != nil || source.train.path != nil,
      "missing; needed: the archive, or one for each set in train.path and test.path")
    return source
  }

  package var isRegression: Bool? { reading.task.isRegression }

  package func load(_ request: LoadingRequest) throws(DataError) -> DataSplits {
    let splits = ArraySplits(Self.name, reading, request)
    let training = try split(.training, train)
    let validation = try hasSplit(.validation, validation) ? split(.validation, validation ?? ArchivedSplit()) : nil
    if try hasSplit(.test, test) {
      return try splits.load(
        train: training, validation: validation, test: try split(.test, test ?? ArchivedSplit()), request)
    }
    guard testShare > 0 else {
      throw DataError(
        file: expanded(path ?? train.path ?? ""),
        found: "no arrays of a test set: \(try ZipArchive(path: expanded(path ?? train.path ?? "")).arrayListing)",
        allowed: "x_test and y_test, test_images and test_labels, or others that data.test names",
        remedy: "set \"testShare\": 0.2 to test with a part of the training samples, or name the arrays in data.test")
    }
    let loaded = try splits.load([training] + (validation.map { [$0] } ?? []))
    let whole = loaded.sets[0]
    let held = HeldOut.choose(share: testShare, of: whole, seed: request.splitSeed)
    guard held.contains(true), held.contains(false) else {
      throw DataError(
        file: whole.origin.file ?? Self.name,
        found: "\(grouped(whole.count)) samples, of which data.testShare \(testShare) takes none or all",
        allowed: "at least one sample for training and one for the test", remedy: "change data.testShare")
    }
    var part = whole.selecting(held.indices.filter { !held[$0] })
    part.origin.notes = whole.origin.notes
    return try request.normalized(
      train: part, validation: loaded.sets.count > 1 ? loaded.sets[1] : nil,
      test: whole.selecting(held.indices.filter { held[$0] }), input: .numbers(loaded.form), targets: loaded.targets)
  }

  /// Whether there is such a set: the config names it, or the common archive has arrays of it.
  private func hasSplit(_ name: ArchiveNames.Split, _ split: ArchivedSplit?) throws(DataError) -> Bool {
    if split != nil { return true }
    guard let path else { return false }
    let names = ArchiveNames(names: try ZipArchive(path: expanded(path)).arrayNames)
    return !names.find(.inputs, of: name).isEmpty && !names.find(.labels, of: name).isEmpty
  }

  /// The two arrays of a split.
  private func split(_ name: ArchiveNames.Split, _ keys: ArchivedSplit) throws(DataError) -> ArraySplits.Split {
    guard let path = (keys.path ?? path).map(expanded) else {
      throw DataError(
        file: Self.name, found: "no archive of the \(name) set", allowed: "data.path, or one for each set",
        remedy: "name the archive in data.path")
    }
    let archive = try ZipArchive(path: path)
    let inputs = try array(.inputs, keys.inputs, of: name, archive, isAlone: keys.path != nil)
    let labels = try array(.labels, keys.labels, of: name, archive, isAlone: keys.path != nil)
    return ArraySplits.Split(
      name: name.rawValue,
      inputs: { (progress) throws(DataError) in try .npz(ZipArchive(path: path), inputs, progress: progress) },
      labels: { (progress) throws(DataError) in try .npz(ZipArchive(path: path), labels, progress: progress) })
  }

  /// The name of an array: as configured, or the one that says what it is.
  private func array(
    _ part: ArchiveNames.Part, _ chosen: String?, of split: ArchiveNames.Split, _ archive: ZipArchive, isAlone: Bool
  ) throws(DataError) -> String {
    if let chosen { return chosen }
    let names = ArchiveNames(names: archive.arrayNames)
    var found = names.find(part, of: split)
    // An archive of one split need not say which; nor need one whose other part is the test set.
    if found.isEmpty, isAlone || split == .training {
      found = names.find(part, of: nil).filter { ArchiveNames.split(of: $0) == nil }
    }
    if found.count == 1 { return found[0] }
    let key = part == .inputs ? "inputs" : "labels"
    let group = split == .training ? "train" : split.rawValue
    throw DataError(
      file: archive.path,
      found: found.isEmpty
        ? "no array that is called the \(key) of the \(split) set: \(archive.arrayListing)"
        : "several arrays that may be the \(key) of the \(split) set: \(found.joined(separator: ", "))",
      allowed: "one array named as x_train and y_train, train_images and train_labels, or x and y are",
      remedy: "name it in data.\(group).\(key)")
  }
}

/// The arrays of a split in an archive.
package struct ArchivedSplit: Sendable, Equatable {
  /// Its archive; `nil` for that of all splits.
  package var path: String?
  /// The name of the inputs; `nil` finds it.
  package var inputs: String?
  /// The name of the labels or targets; `nil` finds it.
  package var labels: String?

  package init(path: String? = nil, inputs: String? = nil, labels: String? = nil) {
    self.path = path
    self.inputs = inputs
    self.labels = labels
  }

  static func keys(_ section: Section, _ value: ArchivedSplit?) -> ArchivedSplit {
    ArchivedSplit(
      path: section.optional("path", value?.path, .path, "Archive of this set. Left out: that of all."),
      inputs: section.optional(
        "inputs", value?.inputs, .string("the name of an array") { _ in true }, "Name of the array of inputs."),
      labels: section.optional(
        "labels", value?.labels, .string("the name of an array") { _ in true },
        "Name of the array of labels or targets."))
  }
}

extension DataSource {
  /// An archive of NumPy arrays, which are found by their names: `x_train` and `y_train`, `train_images` and
  /// `train_labels`, the same for `test` and `val`.
  public static func npz(_ path: String) -> DataSource { DataSource(NPZSource(path: path)) }
}
