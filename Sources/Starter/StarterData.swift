import Datasets
import Foundation
import Keys

/// What `init` was asked to look at, as keys of `data` in a config.
package struct StarterData {
  /// `data.dataset`.
  let dataset: String
  /// A name for the config and its runs.
  package let name: String
  /// Keys that only this kind of data has, each with its reason.
  let keys: [Key]
  /// What the heading says beside the counts, such as `13 numeric columns`.
  var details: [String] = []

  struct Key {
    var name: String
    var value: InlineJSON
    var reason: String

    init(_ name: String, _ value: InlineJSON, _ reason: String) {
      self.name = name
      self.value = value
      self.reason = reason
    }
  }

  /// Looks what a text means: nothing for the digits, a data set's name, a file or a folder.
  ///
  /// - Parameters:
  ///   - label: the label column of a table, by name or number.
  ///   - request: how to look at files: with what threads, and who hears how far it is.
  /// - Throws: `DataError` naming the file, ``StarterError`` if it is nothing that a config could be made for.
  package init(_ text: String?, label: String?, request: LoadingRequest) throws {
    guard let text else {
      self = try Self.named("digits", label: label)
      return
    }
    let exists = FileManager.default.fileExists(atPath: text)
    if !exists, SourceKinds.all.contains(where: { $0.name == text && Self.isNamed($0) }) {
      self = try Self.named(text, label: label)
      return
    }
    if !exists, !text.contains("/"), !text.contains(".") {
      throw StarterError(
        subject: text,
        message: "neither a file or folder here nor a data set; give the path of data, or one of "
          + SourceKinds.all.filter(Self.isNamed).map { $0.name }.joined(separator: ", "))
    }
    let form = try DataForm(of: text)
    if label != nil, form != .other {
      throw StarterError(subject: text, message: "is not a table, so it has no --label column; leave --label out")
    }
    switch form {
    case .folder: self = try Self.folder(text, request)
    case .packedPictures: self = try PictureStarter(packed: text).data
    case .picture: throw DataForm.onePicture(text)
    case .archive: self = try ArrayStarter.archive(text)
    case .npy: self = try ArrayStarter.pairs(text, dataset: "npy")
    case .idx: self = try ArrayStarter.pairs(text, dataset: "idx")
    case .other:
      if text.hasSuffix(".json") || text.hasSuffix(".jsonc") {
        throw StarterError(
          subject: text, message: "looks like a config; --data takes data: a table, arrays, a folder or a name")
      }
      self = try TableStarter(text, label: label, progress: request.progress).data
    }
  }

  init(dataset: String, name: String, keys: [Key], details: [String] = []) {
    self.dataset = dataset
    self.name = name
    self.keys = keys
    self.details = details
  }

  /// The section `data` of a config with these keys alone, as JSON.
  var section: InlineJSON {
    .object([(key: "dataset", value: .string(dataset))] + keys.map { (key: $0.name, value: $0.value) })
  }

  private static func named(_ name: String, label: String?) throws(StarterError) -> StarterData {
    if label != nil {
      throw StarterError(subject: name, message: "is not a table, so it has no --label column; leave --label out")
    }
    return StarterData(dataset: name, name: name, keys: [])
  }

  /// Whether a kind of data needs no path.
  private static func isNamed(_ kind: any DataSourceKind.Type) -> Bool {
    kind is any NamedSource.Type || kind.name == "digits"
  }

  private static func folder(_ path: String, _ request: LoadingRequest) throws -> StarterData {
    let name = configurationName(path)
    if let source = BareData.namedSource(path) {
      let dataset = type(of: source).name
      return StarterData(
        dataset: dataset, name: name,
        keys: [Key("path", .string(path), "This folder has the files of \(dataset).")])
    }
    if let arrays = try ArrayStarter.folder(path) { return arrays }
    if let tables = try TableStarter.folder(path, progress: request.progress) { return tables }
    return try PictureStarter(folder: path, request).data
  }

  /// A config's name for what lies at a path: its base name.
  package static func configurationName(_ path: String) -> String {
    var base = URL(fileURLWithPath: path).standardizedFileURL.lastPathComponent
    for suffix in [".gz", ".csv", ".tsv", ".txt", ".data", ".npy", ".npz", ".packed", "-ubyte"]
    where base.lowercased().hasSuffix(suffix) {
      base = String(base.dropLast(suffix.count))
    }
    // Paths may hold what no file of a config should be called.
    let plain = base.map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "-" }
    let name = String(plain.prefix(60)).trimmingCharacters(in: CharacterSet(charactersIn: ".-"))
    return name.isEmpty ? "run" : name
  }
}

/// What no config can be made for; exit code 2.
package struct StarterError: Error, CustomStringConvertible {
  package let subject: String
  package let message: String

  package init(subject: String, message: String) {
    self.subject = subject
    self.message = message
  }

  package var description: String { "\(subject): \(message)" }
}
