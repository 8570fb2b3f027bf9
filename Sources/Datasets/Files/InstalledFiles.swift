import Foundation

/// Files that an installation puts beside the program: `PREFIX/share/isotherm` for `PREFIX/bin/isotherm`.
package enum InstalledFiles {
  /// Where an installed file would be: for the path by which the program was started, then for where links lead.
  package static func candidates(
    _ name: String, executable: URL? = Bundle.main.executableURL
  ) -> [String] {
    guard let executable else { return [] }
    var paths: [String] = []
    for program in [executable, executable.resolvingSymlinksInPath()] {
      let prefix = program.deletingLastPathComponent().deletingLastPathComponent()
      let path = prefix.appendingPathComponent("share/isotherm/" + name).path
      if !paths.contains(path) { paths.append(path) }
    }
    return paths
  }

  /// The installed file of that name, if there is one.
  package static func locate(_ name: String, executable: URL? = Bundle.main.executableURL) -> String? {
    candidates(name, executable: executable).first { FileManager.default.fileExists(atPath: $0) }
  }
}
