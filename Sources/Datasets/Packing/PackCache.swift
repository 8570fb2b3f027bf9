import Foundation

/// Where packed pictures are kept between runs.
package enum PackCache {
  /// The packed pictures of a folder: those of an earlier run, unless the folder or the rules have changed since.
  ///
  /// - Parameter cache: the folder of packed files; `nil` for ``folder(environment:)``.
  static func pictures(
    of folder: PictureFolder, _ rules: PackingRules, cache: String?, _ request: LoadingRequest
  ) throws(DataError) -> PackedPictures {
    let path = (cache ?? Self.folder()) + "/" + name(of: folder, rules)
    // A file that cannot be read, or is of another version, is made again like one that is out of date.
    if let packed = (try? PackedPictures(opening: path))?.matching(folder, rules) { return packed }
    return try PackedPictures(packing: folder, rules, cache: path, request)
  }

  /// `$ISOTHERM_CACHE/packed`, else `$XDG_CACHE_HOME/isotherm/packed`, else `~/.cache/isotherm/packed`.
  package static func folder(environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : expanded($0) } }
    let cache =
      value("ISOTHERM_CACHE") ?? value("XDG_CACHE_HOME").map { $0 + "/isotherm" } ?? expanded("~/.cache/isotherm")
    return cache + "/packed"
  }

  /// One file for each folder and rules: the folder's name, and a number of its whole path and the rules.
  package static func name(of folder: PictureFolder, _ rules: PackingRules) -> String {
    let roots = folder.roots.sorted { $0.key.rawValue < $1.key.rawValue }.map { URL(fileURLWithPath: $1).path }
    let number = String(NameHash.of("\(roots) \(rules)"), radix: 16)
    let name = (folder.path as NSString).lastPathComponent.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
    return "\(name.isEmpty ? "pictures" : name)-\(number).pictures"
  }
}

/// A number that stands for a name, the same in every process: FNV-1a of 64 bits (Fowler, Noll and Vo).
enum NameHash {
  static func of(_ name: String) -> UInt64 {
    name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
