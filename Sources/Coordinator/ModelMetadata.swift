import Checkpoints
import Configuration
import Datasets
import Foundation
import JSON
import Models
import Records

/// What a model's file says beside its tensors, so that whoever has the file needs nothing else to use it: the config, how
/// data become inputs and outputs answers, and who wrote it. As strings, which is what safetensors has room for.
package struct ModelMetadata: Sendable {
  /// The config with every default filled in.
  package var configuration: RunConfiguration
  /// `nil` where samples came from a source of a program's own, which alone knows what its numbers are.
  package var preprocessing: Preprocessing?

  /// What a run's result carries.
  package init(configuration: RunConfiguration, preprocessing: Preprocessing?) {
    self.configuration = configuration
    self.preprocessing = preprocessing
  }

  /// Keys of the metadata.
  enum Key {
    static let version = "isotherm.version"
    static let configuration = "isotherm.config"
    static let preprocessing = "isotherm.preprocessing"
  }

  /// The entries.
  package var entries: [String: String] {
    var entries = [
      "format": "pt",
      Key.version: IsothermVersion.current,
      Key.configuration: configuration.json(),
    ]
    if let preprocessing { entries[Key.preprocessing] = JSONText.state(preprocessing) }
    return entries
  }

  /// Reads the entries of a file.
  ///
  /// - Throws: ``CheckpointError`` where they are missing or cannot be read.
  package init(of file: SafetensorsFile) throws {
    guard let configuration = file.metadata[Key.configuration] else {
      throw CheckpointError(
        path: file.path,
        found: "no isotherm.config in its metadata, so it holds weights but does not say of what model",
        allowed: "a file that a run has written (weights.safetensors, or a checkpoint)",
        remedy: "name the model as well: CONFIG --weights FILE")
    }
    self.configuration = try RunConfiguration.decode(configuration, file: file.path + " (isotherm.config)")
    guard let text = file.metadata[Key.preprocessing] else {
      preprocessing = nil
      return
    }
    do {
      preprocessing = try JSONText.state(Preprocessing.self, from: text)
    } catch {
      throw CheckpointError(
        path: file.path, found: "an isotherm.preprocessing that cannot be read (\(Self.reason(error)))",
        allowed: "what Isotherm \(IsothermVersion.current) writes",
        remedy: "use the version that wrote it, \(file.metadata[Key.version] ?? "which it does not say")")
    }
  }

  private static func reason(_ error: any Error) -> String {
    guard case .dataCorrupted(let context) = error as? DecodingError else { return "it is incomplete" }
    return context.debugDescription
  }
}

extension Trainer {
  /// What the file of the run's result says beside its tensors.
  var modelMetadata: [String: String] {
    ModelMetadata(configuration: plan.configuration, preprocessing: plan.splits.preprocessing).entries
  }
}
