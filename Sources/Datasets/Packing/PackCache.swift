import Foundation

/// Where packed pictures are kept between runs.
enum PackCache {
  /// The packed pictures of a folder: those of an earlier run, unless the folder or the rules have changed since.
  static func pictures(
    of folder: PictureFolder, _ rules: PackingRules, _ request: LoadingRequest,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(DataError) -> PackedPictures {
    let path = path(of: folder, rules, environment: environment)
    // A file that cannot be read, or is of another version, is made again like one that is out of date.
    if let packed = (try? PackedPictures(opening: path))?.matching(folder, rules) { return packed }
    return try PackedPictures(packing: folder, rules, cache: path, request)
  }

  /// `$ISOTHERM_CACHE/packed`, else `$XDG_CACHE_HOME/isotherm/packed`, else `~/.cache/isotherm/packed`; in it one file for
  /// each folder and rules.
  static func path(
    of folder: PictureFolder, _ rules: PackingRules,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> String {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : expanded($0) } }
    let cache =
      value("ISOTHERM_CACHE") ?? value("XDG_CACHE_HOME").map { $0 + "/isotherm" } ?? expanded("~/.cache/isotherm")
    let roots = folder.roots.sorted { $0.key.rawValue < $1.key.rawValue }.map { URL(fileURLWithPath: $1).path }
    let key = "\(roots) \(rules)"
    let name = (folder.path as NSString).lastPathComponent.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
    return "\(cache)/packed/\(name.isEmpty ? "pictures" : name)-\(String(NameHash.of(key), radix: 16)).pictures"
  }
}

/// A number that stands for a name, the same in every process: FNV-1a of 64 bits (Fowler, Noll and Vo).
enum NameHash {
  static func of(_ name: String) -> UInt64 {
    name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
