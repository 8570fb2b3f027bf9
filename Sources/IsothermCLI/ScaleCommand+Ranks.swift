import ArgumentParser
import Configuration
import Coordinator
import Datasets
import Foundation
import Gradients
import Launching
import MPICollective
import Records
import Studies

/// Cells of several ranks, which are processes as in training: started here by a launcher of MPI, or by somebody else who
/// has started this one among them.
extension ScaleCommand {
  func run() throws {
    if let collective = try RankedRun.join() {
      if ranks != nil {
        throw ValidationError("--ranks cannot be used with mpirun: the ranks that it has started are measured")
      }
      if collective.rank > 0 { return try follow(collective) }
    }
    do {
      try runStudy()
    } catch let code as ExitCode {
      // A study that was stopped: the others come to their end as well.
      RankedRun.leave()
      throw code
    }
    RankedRun.leave()
  }

  /// The part of a rank that is not the first: it takes the same steps, and leaves nothing.
  private func follow(_ collective: MPICollective) throws {
    let configuration = try RankedRun.announced(collective)
    let splits = try loadData(configuration, quiet: true)
    try RankIdentity.requireSameData(splits.sha256, collective)
    let study = try makeStudy(configuration, splits)
    SignalHandling.begin(.working)
    _ = try study.run(
      configuration, splits: splits, stop: SignalHandling.stop, progress: { _ in }, save: { _ in })
    RankedRun.leave()
  }

  func prepare() throws -> StudyTask<ScaleStudy> {
    let configuration = try config.load()
    try RankedRun.announce(configuration)
    let splits = try loadData(configuration, quiet: output.quiet)
    if RankedRun.ranks > 1 { try RankIdentity.requireSameData(splits.sha256, RankedRun.collective) }
    return StudyTask(study: try makeStudy(configuration, splits), configuration: configuration, splits: splits)
  }

  /// Lets a study measure ranks as well: those of this run, or those that `--ranks` asks for.
  func addRanks(to study: inout ScaleStudy) throws {
    study.collective = RankedRun.collective
    study.hostRanks = RankedRun.hostRanks
    study.share = RankedRun.share
    guard let ranks else { return }
    study.measuresItself = ranks.values.contains(1)
    study.others = ranks.values.filter { $0 > 1 }.sorted()
    guard !study.others.isEmpty else { return }
    let launcher = try MPIRun(path: mpirun)
    let arguments = arguments(threads: study.threads, batches: study.batches)
    study.measureRanks = { count, stop in
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent("isotherm-" + UUID().uuidString)
      defer { try? FileManager.default.removeItem(at: folder) }
      _ = try launcher.run([LaunchCommand.program] + arguments + ["--out", folder.path], ranks: count, stop: stop)
      let file = folder.appendingPathComponent(StudyFileName.record)
      guard FileManager.default.fileExists(atPath: file.path) else { return nil }
      var record = try StudyFile.read(ScaleRecord.self, from: file)
      record.launcher = launcher.family.rawValue
      return record
    }
  }

  /// The same study, as each of some ranks is asked for it.
  private func arguments(threads: [Int], batches: [Int]) -> [String] {
    func list(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: ",") }
    return [Self.configuration.commandName ?? "", config.config] + config.overrides.flatMap { ["--set", $0] }
      + ["--threads", list(threads), "--batches", list(batches), "--seconds", "\(seconds)", "--rounds", "\(rounds)"]
      + ["--quiet"]
  }
}
