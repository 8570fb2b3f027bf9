import Configuration
import Datasets
import Fetching
import Foundation
import Inspection
import Keys

/// What `isotherm data inspect` was asked to look at, loaded.
struct InspectionSubject {
  let train: any SampleSource
  /// Whether the samples have classes or numbers to predict.
  var hasAnswers = true
  let inspector: DataInspector
  /// What a user should know of how it was loaded.
  var notes: [String] = []

  /// Loads a config's data, a named data set, or what lies at a path.
  init(_ text: String, overrides: [String], quiet: Bool) throws {
    if !FileManager.default.fileExists(atPath: text), let data = Self.named(text) {
      try self.init(data, seed: 0, quiet: quiet)
      return
    }
    if !FileManager.default.fileExists(atPath: text), !text.contains("/"), !text.contains(".") {
      let names = (["digits"] + FetchCatalogue.all.map(\.name)).joined(separator: ", ")
      throw ConfigurationError(issues: [
        .init(
          origin: text, path: "",
          message: "neither a file or folder here nor a data set; give the path of a config or data, or one of \(names)"
        )
      ])
    }
    let configuration = try ConfigurationOptions.load(text, overrides: overrides)
    try self.init(configuration.data, seed: configuration.seed, quiet: quiet)
  }

  /// Loads as the files have the numbers; where a network could not compute with them, as the config normalises them.
  private init(_ data: DataConfiguration, seed: UInt64, quiet: Bool) throws {
    var plain = data
    plain.normalization = .none
    plain.targets = .none
    plain.augmentations = []
    var (splits, notes): (DataSplits, [String])
    do {
      splits = try loadData(plain, seed: seed, quiet: quiet)
      notes = []
    } catch let error as DataError where data.normalization != .none {
      guard let normalized = try? loadData(data, seed: seed, quiet: quiet) else { throw error }
      splits = normalized
      notes = ["numbers are shown as data.normalize makes them: as they are, a network could not compute with them"]
    }
    train = splits.train
    inspector = DataInspector(splits)
    self.notes = notes
  }

  private static func named(_ name: String) -> DataConfiguration? {
    if name == "digits" { return DataConfiguration(source: .digits) }
    return FetchCatalogue.named(name).map { DataConfiguration(source: DataSource($0.source.init(path: nil))) }
  }
}
