import Datasets

/// A data set that can be fetched: its files, and the source that reads them.
package struct Fetchable: Sendable {
  /// The source, whose name is the data set's.
  package let source: any NamedSource.Type
  /// What it is, in words.
  package let about: String
  package let files: [RemoteFile]

  package init(_ source: any NamedSource.Type, about: String, files: [RemoteFile]) {
    self.source = source
    self.about = about
    self.files = files
  }

  /// `data.dataset` in a config.
  package var name: String { source.name }

  /// Bytes to fetch.
  package var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }

  /// The folder that a config without `data.path` reads it from.
  package var folder: String { DataLocation(source, path: nil).folder }

  /// How much of it is in a folder.
  package enum Presence: String, Sendable, Codable { case present, partial, absent }

  /// Whether all files are in the folder, or in one of those that the source looks in, by name and length.
  package func presence(in folder: String) -> Presence {
    let names = files.flatMap(\.keptNames)
    let found = names.count { LocalFile.find($0, in: folder, subfolders: source.subfolders) != nil }
    return found == names.count ? .present : found == 0 ? .absent : .partial
  }
}
