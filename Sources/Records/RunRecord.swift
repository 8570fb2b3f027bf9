import Foundation

/// Everything that a run directory records, read back.
package struct RunRecord: Sendable {
  /// Name of the run: the config's, else the directory's.
  package var name: String
  /// The run directory.
  package var folder: URL
  /// Text of `config.json`, if it is there.
  package var configuration: String?
  /// Every recorded step and evaluation.
  package var metrics: MetricsLog
  /// `nil` while the run is running, or when it was killed.
  package var summary: RunSummary?

  /// A record from parts in memory.
  package init(
    name: String, folder: URL, configuration: String? = nil, metrics: MetricsLog, summary: RunSummary? = nil
  ) {
    self.name = name
    self.folder = folder
    self.configuration = configuration
    self.metrics = metrics
    self.summary = summary
  }

  /// Names of the files in a run directory.
  package enum FileName {
    /// The resolved config.
    package static let configuration = "config.json"
    /// Every recorded step and evaluation.
    package static let metrics = "metrics.jsonl"
    /// The same as a table.
    package static let metricsTable = "metrics.csv"
    /// The results.
    package static let summary = "summary.json"
    /// The page for readers.
    package static let report = "report.html"
    /// The trained weights.
    package static let weights = "weights.safetensors"
    /// The chain of digests, if the config asks for it.
    package static let receipt = "receipt.jsonl"
    /// The folder of states to resume from.
    package static let checkpoints = "checkpoints"
  }

  /// Reads a run directory; `metrics.jsonl` must be there, the other files may be missing.
  package init(folder: URL) throws(RecordError) {
    guard let metrics = try? MetricsLog(file: folder.appendingPathComponent(FileName.metrics)) else {
      throw RecordError(
        "\(folder.path) has no readable \(FileName.metrics), so it is not a run directory: "
          + "give the directory that `isotherm train` named at its end.")
    }
    let summaryFile = folder.appendingPathComponent(FileName.summary)
    var summary: RunSummary?
    if let data = try? Data(contentsOf: summaryFile) {
      do {
        summary = try JSONDecoder().decode(RunSummary.self, from: data)
      } catch {
        throw RecordError("\(summaryFile.path) is not the summary of a run: \(Self.reason(error)).")
      }
    }
    let configuration = try? String(
      contentsOf: folder.appendingPathComponent(FileName.configuration), encoding: .utf8)
    self.init(
      name: summary?.name ?? folder.lastPathComponent, folder: folder, configuration: configuration,
      metrics: metrics, summary: summary)
  }

  static func reason(_ error: any Error) -> String {
    switch error as? DecodingError {
    case .keyNotFound(let key, _): "the key \(key.stringValue) is missing"
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      "\(context.codingPath.map(\.stringValue).joined(separator: ".")) is not of type \(type)"
    case .dataCorrupted(let context): context.debugDescription
    default: "\(error)"
    }
  }
}
