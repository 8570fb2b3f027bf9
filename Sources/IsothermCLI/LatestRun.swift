import Foundation
import Records
import Synchronization

/// What `latest` means where a run is named: the run directory in `runs` that began last.
///
/// When a run began, its `config.json` says: train writes it first, and a run that goes on with `--set` writes it anew. So
/// the newest is that whose `config.json` changed last; of equal ones, the last by name. A file or folder that is called
/// `latest` is itself.
enum LatestRun {
  /// What a run directory must have for a command to use it.
  enum Need: Hashable {
    /// Metrics to report.
    case metrics
    /// Weights at the end of a run.
    case weights
    /// A save to go on from.
    case checkpoint
  }

  static let word = "latest"
  private static let parent = "runs"

  /// The path that was named, or that of the run which `latest` means; `latest` itself where there is none.
  static func resolve(_ path: String, _ need: Need) -> String {
    guard path == word, !FileManager.default.fileExists(atPath: path) else { return path }
    return newest(need) ?? path
  }

  /// The path that was named, or that of the run which `latest` means, which standard error says once.
  ///
  /// - Throws: ``ReportTargetError`` if there is no such run.
  static func use(_ path: String, _ need: Need) throws -> String {
    let found = resolve(path, need)
    guard found != path || path != word || FileManager.default.fileExists(atPath: path) else { throw none(need) }
    // Files are named where they are opened.
    let isFile = found.hasSuffix(".safetensors") || found.hasSuffix(".json")
    guard isFile || FileManager.default.fileExists(atPath: found) else {
      let place = found.hasPrefix("/") ? "" : " in \(FileManager.default.currentDirectoryPath)"
      let newest = newest(need).map { "; the newest run is \($0)" } ?? ""
      throw ReportTargetError(
        path: found,
        message: "there is no such directory\(place); give one that train or a study printed at its end\(newest)")
    }
    if found != path, said.withLock({ $0.insert(found).inserted }) { printRemark("note: \(word) is \(found)") }
    return found
  }

  /// Directories that were told of.
  private static let said = Mutex<Set<String>>([])

  private static func newest(_ need: Need) -> String? {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    let runs = names.map { "\(parent)/\($0)" }.compactMap { path -> (date: Date, path: String)? in
      let file = path + "/" + RunRecord.FileName.configuration
      guard let date = try? FileManager.default.attributesOfItem(atPath: file)[.modificationDate] as? Date,
        FileManager.default.fileExists(atPath: path + "/" + RunRecord.FileName.metrics), has(path, need)
      else { return nil }
      return (date, path)
    }
    return runs.max { ($0.date, $0.path) < ($1.date, $1.path) }?.path
  }

  private static func has(_ run: String, _ need: Need) -> Bool {
    switch need {
    case .metrics: return true
    case .weights: return FileManager.default.fileExists(atPath: run + "/" + RunRecord.FileName.weights)
    case .checkpoint:
      let folder = run + "/" + RunRecord.FileName.checkpoints
      let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      return files.contains { $0.hasPrefix("step-") && $0.hasSuffix(".safetensors") }
    }
  }

  private static func none(_ need: Need) -> ReportTargetError {
    let what =
      switch need {
      case .metrics: "no run directory"
      case .weights: "no run directory with \(RunRecord.FileName.weights)"
      case .checkpoint: "no run directory with a checkpoint"
      }
    return ReportTargetError(
      path: word,
      message:
        "there is \(what) in \(FileManager.default.currentDirectoryPath)/\(parent), where train leaves runs; name the "
        + "directory of one, or start where they are")
  }
}
