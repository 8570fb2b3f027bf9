import Coordinator
import Datasets
import Fetching
import JSON
import Pictures
import Records
import ArgumentParser

/// `--version --json`, in either order: what this build is made of. `--version` alone is the argument parser's own.
enum VersionOption {
  /// Whether it was asked for.
  static func isAsked(_ arguments: [String]) -> Bool {
    arguments.count == 2 && Set(arguments) == ["--version", "--json"]
  }

  /// Prints the answer.
  static func run() {
    var record = VersionRecord.current(parts: parts)
    record.libraries.turboJPEG = PictureLibraries.turboJPEG
    record.libraries.png = PictureLibraries.png
    record.libraries.webp = PictureLibraries.webp
    record.libraries.zip = LibzipBuild.version
    record.libraries.curl = LibcurlBuild.version
    record.files = VersionRecord.Files(
      digits: try? DigitsSource.locate(), schema: InstalledFiles.locate(SchemaFile.name))
    printResult(JSONText.pretty(record))
  }

  /// Optional parts of the package: its traits.
  private static var parts: [String: Bool] {
    #if LiveView
      ["liveView": true]
    #else
      ["liveView": false]
    #endif
  }
}
