/// The pictures of an image folder with their classes: what there is to pack.
package struct PictureFolder: Equatable {
  /// What the layout of the folder says a picture is for.
  package enum Part: UInt8, CaseIterable, Sendable {
    case train, validation, test
    /// The folder has no parts; they are drawn by name.
    case undivided

    /// The part in words.
    var text: String {
      switch self {
      case .train: "training"
      case .validation: "validation"
      case .test: "test"
      case .undivided: "all"
      }
    }
  }

  struct File: Equatable {
    var part: Part
    var label: Int
    /// The path below the part's folder: `CLASS/…`.
    var name: String
    var size: Int
    var modified: Int
  }

  /// The folder that messages name.
  package let path: String
  /// The folder of each part.
  let roots: [Part: String]
  /// Names of the class folders of the training part, in the order of their bytes.
  let classes: [String]
  /// Part by part, class by class, in the order of the names' bytes.
  let files: [File]
  /// What a user should know of the folder, in words.
  let notes: [String]

  /// Looks through the folders of the parts; one of them is for training, or undivided.
  init(path: String, roots: [Part: String]) throws(DataError) {
    self.path = path
    self.roots = roots
    var (files, notes, classes) = ([File](), [String](), [String]())
    var empty: [String] = []
    for part in [Part.undivided, .train, .validation, .test] {
      guard let root = roots[part] else { continue }
      let listing = try FolderListing(root)
      if part == .undivided || part == .train {
        (classes, empty) = try Self.classes(of: listing, root)
        notes += empty.map { "\(root)/\($0) has no pictures, and is no class" }
      }
      files += try Self.files(part, listing, root, classes, &notes)
    }
    self.classes = classes
    self.files = files
    self.notes = notes
  }

  /// The full path of a file.
  func path(of file: File) -> String { (roots[file.part] ?? path) + "/" + file.name }

  private static func classes(
    of listing: FolderListing, _ root: String
  ) throws(DataError) -> (classes: [String], empty: [String]) {
    let used = Set(listing.pictures.compactMap(Self.className))
    let classes = listing.folders.filter(used.contains)
    guard classes.isEmpty else { return (classes, listing.folders.filter { !used.contains($0) }) }
    let flat = listing.pictures.count
    let found =
      flat > 0
      ? "\(grouped(flat)) pictures right in the folder, and none in folders below it"
      : listing.others.isEmpty
        ? "no pictures" : "no pictures, but \(Self.text(of: listing.others))"
    throw DataError(
      file: root, found: found,
      allowed: "a folder for each class, named after it, with \(FolderListing.extensionsText)",
      remedy: flat > 0
        ? "put the pictures of each class into a folder of its own"
        : "check data.path; its class folders are looked for here")
  }

  private static func files(
    _ part: Part, _ listing: FolderListing, _ root: String, _ classes: [String], _ notes: inout [String]
  ) throws(DataError) -> [File] {
    let labels = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
    var files: [File] = []
    var flat = 0
    for picture in listing.pictures {
      guard let name = className(picture) else {
        flat += 1
        continue
      }
      guard let label = labels[name] else {
        throw DataError(
          file: root + "/" + picture.name,
          found: "the class \"\(name)\", of which the training set has no picture",
          allowed: "classes of the training set: \(Self.list(classes))",
          remedy: "add training pictures of \"\(name)\", or remove its \(part.text) pictures")
      }
      files.append(
        File(part: part, label: label, name: picture.name, size: picture.size, modified: picture.modified))
    }
    guard !files.isEmpty else {
      throw DataError(
        file: root, found: "no pictures in class folders", allowed: "the class folders of the \(part.text) set",
        remedy: "check the folder, or remove it")
    }
    if flat > 0 { notes.append("\(root): \(grouped(flat)) pictures beside the class folders are left out") }
    if !listing.others.isEmpty { notes.append("\(root): left out \(Self.text(of: listing.others))") }
    // By class number, then by name: folder "a-b" sorts before "a/…" as a path, and after it as a class.
    return files.enumerated().sorted { ($0.element.label, $0.offset) < ($1.element.label, $1.offset) }.map(\.element)
  }

  private static func className(_ file: FolderListing.File) -> String? {
    guard let slash = file.name.firstIndex(of: "/") else { return nil }
    return String(file.name[..<slash])
  }

  /// "12 files of type .txt, 3 of type .gif".
  private static func text(of others: [String: Int]) -> String {
    let kinds = others.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let texts = kinds.prefix(4).enumerated().map { index, kind in
      "\(grouped(kind.value))\(index == 0 ? (kind.value == 1 ? " file" : " files") : "") "
        + (kind.key.isEmpty ? "without a type" : "of type .\(kind.key)")
    }
    let rest = kinds.dropFirst(4).reduce(0) { $0 + $1.value }
    return texts.joined(separator: ", ") + (rest > 0 ? ", \(grouped(rest)) others" : "")
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(8).map { "\"\($0)\"" }.joined(separator: ", ") + (names.count > 8 ? ", … (\(names.count))" : "")
  }
}
