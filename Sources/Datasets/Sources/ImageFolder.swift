import Kernels
import Keys

/// `"dataset": "imageFolder"`: pictures in a folder for each class, or in a file that they were packed into.
package struct ImageFolderSource: DataSourceKind {
  /// Where the pictures are.
  enum Place: Equatable, Sendable {
    /// One folder, or a packed file.
    case path(String)
    /// A folder for each part.
    case folders(train: String, validation: String?, test: String?)
  }

  let place: Place
  let testShare: Double?
  let rules: PackingRules
  /// Where the packed file is kept; `nil` for the cache directory.
  let cache: String?

  package static let name = "imageFolder"
  package static let about =
    "Pictures (JPEG, PNG, WebP) in a folder for each class, decoded once into a packed file in the cache directory."

  package static func keys(_ section: Section, _ value: ImageFolderSource?) -> ImageFolderSource {
    let place = section.alternatives(
      value?.place,
      [
        Case(
          "path", "One folder, or a packed file.", { if case .path(let path) = $0 { path } else { nil } },
          { section, path in
            .path(
              section.required(
                "path", path, .path,
                """
                Folder with train/CLASS and test/CLASS (and val/CLASS), or with CLASS folders and a testShare; or a file \
                that "isotherm data pack" wrote.
                """))
          }),
        Case(
          "train", "A folder for each part.",
          { if case .folders(let train, let validation, let test) = $0 { (train, validation, test) } else { nil } },
          { section, folders in
            .folders(
              train: section.required("train", folders?.0, .path, "Folder of the training set's CLASS folders."),
              validation: section.optional(
                "validation", folders?.1, .path, "Folder of the validation set's CLASS folders."),
              test: section.optional("test", folders?.2, .path, "Folder of the test set's CLASS folders."))
          }),
      ] as [Case<Place>])
    let testShare = section.optional(
      "testShare", value?.testShare, .number(.above(0, through: 0.9)),
      """
      Share of the pictures that is the test set, where no folder is. Drawn by each file's name and splitSeed, so that \
      pictures that are added or removed move no others.
      """)
    return ImageFolderSource(
      place: place, testShare: testShare, rules: PackingRules.keys(section, value?.rules),
      cache: section.optional(
        "cache", value?.cache, .path,
        """
        Folder of the packed file. Left out: $ISOTHERM_CACHE/packed, else isotherm/packed in the user's cache directory.
        """))
  }

  package func load(_ request: LoadingRequest) throws(DataError) -> DataSplits {
    let packed: PackedPictures
    if case .path(let path) = place, PackedPictures.isPacked(expanded(path)) {
      packed = try PackedPictures(opening: expanded(path))
      if let error = packed.misfit(rules, path: expanded(path)) { throw error }
    } else {
      let layout: PictureLayout =
        switch place {
        case .path(let path): try PictureLayout(path)
        case .folders(let train, let validation, let test):
          PictureLayout(train: train, validation: validation, test: test)
        }
      try requireTest(layout.path, parts: Set(layout.roots.keys))
      packed = try PackCache.pictures(of: try layout.folder(), rules, cache: cache.map(expanded), request)
    }
    try requireTest(packed.header.folder, parts: Set(packed.files.map(\.part)))
    return try splits(packed, request)
  }

  /// There must be one way to a test set.
  private func requireTest(_ path: String, parts: Set<PictureFolder.Part>) throws(DataError) {
    if parts.contains(.test), let testShare {
      throw DataError(
        file: path, found: "a folder of test pictures, and a data.testShare of \(testShare)", allowed: "one of both",
        remedy: "remove data.testShare")
    }
    guard testShare != nil || parts.contains(.test) || parts.contains(.validation) else {
      throw DataError(
        file: path, found: "no folder of test pictures",
        allowed: "a folder \"test\" beside \"train\", or a share for the test",
        remedy: "set data.testShare, such as 0.2")
    }
  }

  private func splits(_ packed: PackedPictures, _ request: LoadingRequest) throws(DataError) -> DataSplits {
    let parts = PictureSplits(
      packed, testShare: testShare, validationShare: request.validationShare, seed: request.splitSeed)
    let all = try packed.dataset(name: Self.name)
    var train = all.selecting(parts.train)
    train.origin.notes = packed.notes
    if testShare == nil, !packed.files.contains(where: { $0.part == .test }) {
      train.origin.notes.append(
        "\(packed.header.folder): there is no folder \"test\"; the validation set takes its place")
    }
    try requireClasses(train, packed, others: parts)
    let size = rules.size ?? packed.header.size
    let splits = try request.normalized(
      train: train, validation: parts.validation.isEmpty ? nil : all.selecting(parts.validation),
      test: all.selecting(parts.test), input: .pictures(packed.header.form))
    return splits.showing(.image(height: size.height, width: size.width, channels: packed.header.form.channels))
  }

  /// Every class must be learned, and there must be something to test.
  private func requireClasses(
    _ train: Dataset, _ packed: PackedPictures, others: PictureSplits
  ) throws(DataError) {
    var counts = Array(repeating: 0, count: packed.header.classes.count)
    for sample in 0..<train.count { counts[train.label(of: sample)] += 1 }
    if let missing = counts.firstIndex(of: 0) {
      throw DataError(
        file: packed.header.folder, found: "no training picture of the class \"\(packed.header.classes[missing])\"",
        allowed: "at least one picture of each class after the shares for validation and test",
        remedy: "add pictures, or choose smaller shares or another data.splitSeed")
    }
    guard !others.test.isEmpty else {
      throw DataError(
        file: packed.header.folder,
        found: "no picture in the test set of \(grouped(train.count)) pictures for training",
        allowed: "at least one picture", remedy: "choose a larger data.testShare, or another data.splitSeed")
    }
  }
}

extension PackingRules {
  /// The keys that decide what is stored.
  static func keys(_ section: Section, _ value: PackingRules?) -> PackingRules {
    let size = section.optional(
      "size", value?.size, .pictureSize,
      "Height and width of a sample, or the side of a square. Left out: the pictures' own, where all agree.")
    let resize = section.optional(
      "resize", value?.resize, .pictureSize,
      """
      What each picture is scaled to cover, and cropped to at its middle, with an antialiasing filter; a sample is the middle \
      of that, and randomResizedCrop sees all of it. Left out: size.
      """)
    if let size, let resize {
      section.check(
        "resize", with: ["size"], resize.height >= size.height && resize.width >= size.width,
        "found \(resize); allowed: at least the size, \(size)")
    }
    return PackingRules(
      size: size, resize: resize,
      color: section.optional(
        "color", value?.color, .word, "Colours of a sample. Left out: grey if all pictures are, else rgb."),
      onBadSample: section.key(
        "onBadSample", value?.onBadSample, .word, default: .refuse,
        "What to do with files that are damaged or not pictures: refuse the run, or leave them out and count them."))
  }
}

extension PackedPictures {
  /// The same pictures, if they are what the rules ask for.
  func misfit(_ rules: PackingRules, path: String) -> DataError? {
    let form = header.form
    let stored = PictureSize(height: form.height, width: form.width)
    let size = rules.size ?? header.size
    let color: PictureColor = form.channels == 1 ? .grey : .rgb
    let fits =
      rules.color ?? color == color && rules.resize ?? stored == stored && size.height <= stored.height
      && size.width <= stored.width
    guard !fits else { return nil }
    return DataError(
      file: path, found: "packed pictures of \(stored) pixels (\(color.rawValue))",
      allowed: "what data.size, data.resize and data.color ask for",
      remedy: "pack the pictures again with these keys, or remove the keys")
  }

  /// All pictures with their classes.
  func dataset(name: String) throws(DataError) -> Dataset {
    guard header.pictures <= Int(Int32.max) else {
      throw DataError(
        file: header.folder, found: "\(grouped(header.pictures)) pictures", allowed: "at most 2^31 − 1",
        remedy: "use fewer")
    }
    let labels = zip(files, isLeftOut).filter { !$1 }.map { Int32($0.0.label) }
    var dataset = Dataset(
      name: name, shape: header.form.stored, samples: .bytes(pixels),
      targets: .classes(Buffer(labels), count: header.classes.count), classNames: header.classes)
    dataset.origin.file = header.folder
    return dataset
  }
}

extension DataSplits {
  /// The same sets, whose samples are the middle of what is stored.
  fileprivate func showing(_ shape: SampleShape) -> DataSplits {
    func window(_ source: any SampleSource) -> any SampleSource {
      guard let pictures = source as? Dataset, pictures.shape != shape else { return source }
      return PictureWindow(pictures: pictures, shape: shape)
    }
    var preprocessing = preprocessing
    preprocessing?.shape = shape
    return DataSplits(
      train: window(train), validation: validation.map(window), test: window(test), preprocessing: preprocessing)
  }
}

extension DataSource {
  /// Pictures below one folder, with `train` and `test` or with a folder for each class, or a packed file.
  ///
  /// - Parameters:
  ///   - testShare: share of the test set, where there is no folder for it.
  ///   - height: rows of a sample, which every picture is scaled to cover; `nil` for the pictures' own size.
  ///   - width: columns of a sample.
  public static func imageFolder(
    _ path: String, testShare: Double? = nil, height: Int? = nil, width: Int? = nil
  ) -> DataSource {
    var rules = PackingRules()
    if let height, let width { rules.size = PictureSize(height: height, width: width) }
    return DataSource(ImageFolderSource(place: .path(path), testShare: testShare, rules: rules, cache: nil))
  }
}
