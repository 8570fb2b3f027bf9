import Configuration
import Datasets
import Fetching
import Foundation
import Inspection
import Keys

/// What `isotherm data inspect` was asked to look at, loaded.
enum InspectionSubject {
  /// Samples that a network could take.
  case samples(BareData)
  /// A table of which no column is said to be the label.
  case table(BareTable)

  /// Loads a config's data, a named data set, or what lies at a path.
  ///
  /// - Parameters:
  ///   - label: the label column of a table, by name or number.
  ///   - overrides: of a config.
  static func load(_ text: String, label: String?, overrides: [String], quiet: Bool) throws -> InspectionSubject {
    let exists = FileManager.default.fileExists(atPath: text)
    if let label {
      let column = Int(label).map { CSVColumn.index($0) } ?? .name(label)
      let source = DataSource.csv(path: text, CSVConfiguration(labels: [column]))
      return .samples(try samples(DataConfiguration(source: source), seed: 0, quiet: quiet))
    }
    if !exists, let data = named(text) { return .samples(try samples(data, seed: 0, quiet: quiet)) }
    if !exists, !text.contains("/"), !text.contains(".") {
      let names = (["digits"] + FetchCatalogue.all.map(\.name)).joined(separator: ", ")
      throw ConfigurationError(issues: [
        .init(
          origin: text, path: "",
          message: "neither a file or folder here nor a data set; give the path of a config or data, or one of \(names)"
        )
      ])
    }
    if exists, !text.hasSuffix(".json"), overrides.isEmpty {
      return try showingProgress(quiet: quiet) { progress in
        var request = LoadingRequest(seed: 0, normalization: .none, progress: progress)
        request.targets = .none
        if let bare = try BareData.load(text, request) { return .samples(bare) }
        return .table(try BareTable(path: text, progress: progress))
      }
    }
    let configuration = try ConfigurationOptions.load(text, overrides: overrides)
    return .samples(try samples(configuration.data, seed: configuration.seed, quiet: quiet))
  }

  /// Loads as the files have the numbers; where a network could not compute with them, as the config normalises them.
  private static func samples(_ data: DataConfiguration, seed: UInt64, quiet: Bool) throws -> BareData {
    var plain = data
    plain.normalization = .none
    plain.targets = .none
    plain.augmentations = []
    do {
      return BareData(try loadData(plain, seed: seed, quiet: quiet))
    } catch let error as DataError where data.normalization != .none {
      guard let splits = try? loadData(data, seed: seed, quiet: quiet) else { throw error }
      return BareData(
        splits,
        notes: ["numbers are shown as data.normalize makes them: as they are, a network could not compute with them"])
    }
  }

  private static func named(_ name: String) -> DataConfiguration? {
    if name == "digits" { return DataConfiguration(source: .digits) }
    return FetchCatalogue.named(name).map { DataConfiguration(source: DataSource($0.source.init(path: nil))) }
  }
}
