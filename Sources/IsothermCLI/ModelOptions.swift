import ArgumentParser
import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import Keys
import Records

/// Which model a command uses: a run's directory, a model's file, or a config with weights for it.
struct ModelOptions: ParsableArguments {
  @Argument(
    help: """
      A run directory, or latest for the newest in runs; a model's file (weights.safetensors, or a checkpoint); or a \
      config with --weights.
      """, completion: .file())
  var model: String

  @Option(
    help: ArgumentHelp(
      "Weights to use in place of the run's, or of a config: a safetensors file.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var weights: String?

  @Option(name: .customLong("set"), help: .override)
  var overrides: [String] = []

  /// What was named, or the run that `latest` means.
  var name: String { LatestRun.resolve(model, .weights) }

  /// What was named.
  enum Kind {
    /// A run's directory with its config; weights are its own, unless others are named.
    case run(folder: String, weights: String)
    /// A file that says itself what it holds.
    case file(String)
    /// A config, and weights for it.
    case configuration(String, weights: String)
  }

  /// Looks what the argument is.
  func kind() throws -> Kind {
    let model = try LatestRun.use(model, .weights)
    var isDirectory: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: model, isDirectory: &isDirectory)
    if exists, isDirectory.boolValue {
      let own = model + "/" + RunRecord.FileName.weights
      // Weights that were named and are not there are named again where they are opened.
      guard weights != nil || FileManager.default.fileExists(atPath: own) else {
        throw ReportTargetError(
          path: model,
          message:
            "has no \(RunRecord.FileName.weights): it is not a run directory, or its run has not ended; name "
            + "one of its checkpoints with --weights")
      }
      return .run(folder: model, weights: weights ?? own)
    }
    if model.hasSuffix(".safetensors") { return .file(weights ?? model) }
    guard let weights else {
      throw ValidationError(
        "\(model): give a run directory, a model's file (.safetensors), or a config together with --weights FILE")
    }
    return .configuration(model, weights: weights)
  }

  /// The weights' file.
  func weightsFile() throws -> String {
    switch try kind() {
    case .run(_, let weights), .configuration(_, let weights): weights
    case .file(let path): path
    }
  }

  /// The model alone, for samples from elsewhere: from its file or, where that does not say what it holds, with the data
  /// of the config.
  func load(quiet: Bool) throws -> Model {
    let path = try weightsFile()
    let file = try SafetensorsFile(path: path)
    if case .configuration = try kind(), (try? ModelMetadata(of: file))?.preprocessing == nil {
      return try loadWithData(quiet: quiet).model
    }
    return try Model(file)
  }

  /// The model, and the data of its config to measure it on.
  func loadWithData(quiet: Bool, threads: Int? = nil) throws -> (model: Model, splits: DataSplits, digest: String) {
    let path = try weightsFile()
    let configuration: RunConfiguration
    switch try kind() {
    case .run(let folder, _):
      configuration = try ConfigurationOptions.load(
        folder + "/" + RunRecord.FileName.configuration, overrides: overrides)
    case .configuration(let config, _): configuration = try ConfigurationOptions.load(config, overrides: overrides)
    case .file(let path):
      let text = try ModelMetadata(of: SafetensorsFile(path: path)).configuration.json()
      configuration = try RunConfiguration.decode(
        Data(text.utf8), file: path, overrides: try overrides.map { try Override($0) })
    }
    let splits = try loadData(configuration, quiet: quiet)
    let trainer = try Trainer(RunPlan(configuration, splits: splits, threads: threads))
    let loaded = try trainer.loadWeights(from: path)
    if !quiet { for note in splits.notes + loaded.notes { printRemark("note: \(note)") } }
    return (try Model(trainer), splits, trainer.weightsSHA256)
  }
}

/// `--input`.
struct InputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A file, a folder of pictures, or - for standard input. Default: the test set of the config.",
      valueName: "file"), completion: .file())
  var input: String?

  @Option(help: ArgumentHelp("What to do with a sample that cannot be read: refuse or skip.", valueName: "rule"))
  var onBadSample = OnBadSample.refuse

  enum OnBadSample: String, ExpressibleByArgument, CaseIterable { case refuse, skip }

  /// Where samples come from; `nil` for the test set.
  var location: InputLocation? { input.map { $0 == "-" ? .standardInput : .path($0) } }

  /// Refuses the first sample that could not be read, unless they shall be skipped.
  func check(_ predictions: Predictions) throws {
    guard onBadSample == .refuse, let first = predictions.failures.keys.min(), let error = predictions.failures[first]
    else { return }
    throw error
  }
}
