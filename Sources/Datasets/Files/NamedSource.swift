import Keys

/// A data set with a well-known layout of files in a folder.
package protocol NamedSource: DataSourceKind {
  /// `data.path`: the folder, or `nil` for where ``DataLocation`` looks.
  var path: String? { get }
  init(path: String?)

  /// The files that the folder must hold, for messages.
  static var contents: String { get }
  /// Where the files are to be had, for messages.
  static var homepage: String { get }
  /// Folders below that one in which the files may lie: those that its archive makes. Left out: none.
  static var subfolders: [String] { get }
}

extension NamedSource {
  package static var about: String { "A well-known data set in a folder." }
  package static var subfolders: [String] { [] }

  package static func keys(_ section: Section, _ value: Self?) -> Self {
    Self(path: pathKey(section, value))
  }

  /// Declares `path`.
  static func pathKey(_ section: Section, _ value: Self?) -> String? {
    section.optional(
      "path", value?.path, .path,
      "Folder of the files. Left out: $ISOTHERM_DATA/NAME, else isotherm/NAME in the user's cache directory.")
  }
}

/// The name of such a data set; each is declared in its source's file.
public struct NamedDataset: Sendable {
  let source: any NamedSource.Type

  init(_ source: any NamedSource.Type) { self.source = source }
}

extension DataSource {
  /// A data set known by name, in the folder `path` or, left out, in `$ISOTHERM_DATA/NAME`, else `isotherm/NAME` in the
  /// user's cache directory.
  public static func named(_ dataset: NamedDataset, path: String?) -> DataSource {
    DataSource(dataset.source.init(path: path))
  }
}
