import Foundation

/// The pictures in a folder and below it, by name.
///
/// Hidden files and what systems leave in folders (`Thumbs.db`, `__MACOSX`) are passed over in silence, other files that are
/// no pictures by their extension are counted. Links are followed, but not back to a folder that they lie in.
struct FolderListing {
  struct File: Equatable {
    /// The path below the folder, with slashes.
    var name: String
    /// Bytes; −1 where the file cannot be looked at, such as a link to nowhere.
    var size: Int
    /// When the file was last written, in nanoseconds since 1970.
    var modified: Int
  }

  /// In the order of their names' bytes.
  private(set) var pictures: [File] = []
  /// Folders right in the folder, in the order of their names' bytes.
  private(set) var folders: [String] = []
  /// How many files of each other extension there are.
  private(set) var others: [String: Int] = [:]

  /// Extensions of pictures, compared without case. What a file is, its content says.
  static let extensions: Set<String> = ["jpg", "jpeg", "jpe", "jfif", "png", "webp"]
  static let extensionsText = "pictures: .jpg, .jpeg, .png or .webp"

  private static let residue: Set<String> = ["__MACOSX", "Thumbs.db", "desktop.ini", "$RECYCLE.BIN", "@eaDir"]

  /// Everything below the folder.
  init(_ folder: String) throws(DataError) {
    try visit(folder, name: "", ancestors: [])
    pictures.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    folders.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Whether there is a folder of this path.
  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// A folder as the system knows it, by whatever path.
  private struct Identity: Hashable {
    var device: UInt64
    var number: UInt64

    init(_ status: stat) {
      device = UInt64(truncatingIfNeeded: status.st_dev)
      number = UInt64(truncatingIfNeeded: status.st_ino)
    }
  }

  private mutating func visit(_ folder: String, name: String, ancestors: Set<Identity>) throws(DataError) {
    var status = stat()
    guard stat(folder, &status) == 0 else { throw Self.unreadable(folder, String(cString: strerror(errno))) }
    guard !ancestors.contains(Identity(status)) else { return }
    let entries: [String]
    do { entries = try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
      throw Self.unreadable(folder, "\((error as NSError).localizedDescription)")
    }
    for entry in entries where !entry.hasPrefix(".") && !Self.residue.contains(entry) {
      let path = folder + "/" + entry
      let below = name.isEmpty ? entry : name + "/" + entry
      var found = stat()
      let isThere = stat(path, &found) == 0
      if isThere, found.st_mode & S_IFMT == S_IFDIR {
        if name.isEmpty { folders.append(entry) }
        try visit(path, name: below, ancestors: ancestors.union([Identity(status)]))
      } else {
        add(below, isThere && found.st_mode & S_IFMT == S_IFREG ? found : nil)
      }
    }
  }

  private mutating func add(_ name: String, _ status: stat?) {
    let last = name.split(separator: "/").last ?? ""
    let suffix = last.contains(".") ? last.split(separator: ".").last.map { $0.lowercased() } ?? "" : ""
    guard Self.extensions.contains(suffix) else {
      others[suffix, default: 0] += 1
      return
    }
    pictures.append(
      File(name: name, size: status.map { Int($0.st_size) } ?? -1, modified: status.map(Self.nanoseconds) ?? 0))
  }

  private static func nanoseconds(_ status: stat) -> Int {
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    return time.tv_sec.multipliedReportingOverflow(by: 1_000_000_000).partialValue &+ time.tv_nsec
  }

  private static func unreadable(_ folder: String, _ reason: String) -> DataError {
    DataError(
      file: folder, found: "cannot be read: \(reason)", allowed: "a folder that can be read",
      remedy: "check the path and its permissions")
  }
}
