import Foundation

/// A folder with a known data set, and what to say where it is missing.
package struct DataLocation {
  /// The folder to look in.
  package let folder: String
  /// How the folder was found.
  package let origin: String
  private let contents: String
  private let homepage: String

  /// The folder of `data.path` or, left out, `$ISOTHERM_DATA/NAME`, else `isotherm/NAME` in the user's cache directory
  /// (`$XDG_CACHE_HOME`, else `~/.cache`).
  package init(
    _ dataset: any NamedSource.Type, path: String?,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    contents = dataset.contents
    homepage = dataset.homepage
    let name = dataset.name
    if let path {
      folder = expanded(path)
      origin = "data.path"
    } else if let root = environment["ISOTHERM_DATA"], !root.isEmpty {
      folder = expanded(root) + "/" + name
      origin = "$ISOTHERM_DATA/\(name)"
    } else if let cache = environment["XDG_CACHE_HOME"], !cache.isEmpty {
      folder = cache + "/isotherm/" + name
      origin = "$XDG_CACHE_HOME/isotherm/\(name), as neither data.path nor ISOTHERM_DATA is set"
    } else {
      folder = expanded("~/.cache/isotherm/" + name)
      origin = "~/.cache/isotherm/\(name), as neither data.path nor ISOTHERM_DATA is set"
    }
  }

  /// The first of the files that exists, plain or gzip, in the folder or in one of its `subfolders`.
  func file(_ names: [String], subfolders: [String] = []) throws(DataError) -> String {
    for place in [folder] + subfolders.map({ folder + "/" + $0 }) {
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
      allowed: contents,
      remedy: "get the files from \(homepage) and put them there, or name their folder in data.path")
  }
}

/// A path whose leading `~/` is the user's home folder.
func expanded(_ path: String) -> String {
  guard path.hasPrefix("~/") else { return path }
  return FileManager.default.homeDirectoryForCurrentUser.path + path.dropFirst()
}
