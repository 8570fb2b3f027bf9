import Foundation

/// A folder with a known data set, and what to say where it is missing.
package struct DataLocation {
  /// The folder to look in.
  package let folder: String
  /// How the folder was found.
  package let origin: String
  private let dataset: any NamedSource.Type
  /// Whether the config names the folder.
  private let isNamed: Bool

  /// The folder of `data.path` or, left out, `$ISOTHERM_DATA/NAME`, else `isotherm/NAME` in the user's cache directory
  /// (`$XDG_CACHE_HOME`, else `~/.cache`; one that is no absolute path does not count: XDG Base Directory Specification,
  /// "Basics").
  package init(
    _ dataset: any NamedSource.Type, path: String?,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    self.dataset = dataset
    isNamed = path != nil
    let name = dataset.name
    if let path {
      folder = expanded(path)
      origin = "data.path"
    } else if let root = environment["ISOTHERM_DATA"], !root.isEmpty {
      folder = expanded(root) + "/" + name
      origin = "$ISOTHERM_DATA/\(name)"
    } else if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") {
      folder = cache + "/isotherm/" + name
      origin = "$XDG_CACHE_HOME/isotherm/\(name), as neither data.path nor ISOTHERM_DATA is set"
    } else {
      folder = expanded("~/.cache/isotherm/" + name)
      origin = "~/.cache/isotherm/\(name), as neither data.path nor ISOTHERM_DATA is set"
    }
  }

  /// The first of the files that exists, plain or gzip, in the folder or in one of those that its source looks in.
  func file(_ names: [String]) throws(DataError) -> String {
    for place in [folder] + dataset.subfolders.map({ folder + "/" + $0 }) {
      for name in names {
        for candidate in [place + "/" + name, place + "/" + name + ".gz"]
        where FileManager.default.fileExists(atPath: candidate) {
          return candidate
        }
      }
    }
    let exists = FileManager.default.fileExists(atPath: folder)
    throw DataError(
      file: folder, found: exists ? "there is no \(names[0]) here (\(origin))" : "there is no such folder (\(origin))",
      allowed: dataset.contents,
      remedy:
        "`\(fetchCommand)` gets the files; or get them from \(dataset.homepage) and put them there, or name their "
        + "folder in data.path")
  }

  /// What fetches the data set into this folder.
  private var fetchCommand: String {
    let folder = folder.allSatisfy { $0.isLetter || $0.isNumber || "/._-+~".contains($0) } ? folder : "'\(folder)'"
    return "isotherm data fetch \(dataset.name)" + (isNamed ? " --to \(folder)" : "")
  }
}

/// A path whose leading `~/` is the user's home folder.
func expanded(_ path: String) -> String {
  guard path.hasPrefix("~/") else { return path }
  return FileManager.default.homeDirectoryForCurrentUser.path + path.dropFirst()
}
