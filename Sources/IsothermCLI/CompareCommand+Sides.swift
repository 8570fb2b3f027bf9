import Configuration
import Coordinator
import Records
import Studies
import ArgumentParser
import Foundation

/// One of the two of a comparison: seeds that are trained already, or are to be.
struct ComparedSide {
  var configuration: RunConfiguration
  /// What `--set` and its kin have changed, in their words.
  var changes: [String] = []
  /// The directory of its seeds; empty until it is known.
  var folder = ""
  /// What is to be done.
  var replicas: Replicas?
  /// The directory, where there is something to do.
  var open: ReplicaFolder?
  /// What should be known before it runs.
  var notes: [String] = []

  /// What tells the two apart: names, else what `--set` changed, else A and B.
  static func names(_ a: ComparedSide, _ b: ComparedSide) -> (a: String, b: String) {
    func name(_ side: ComparedSide) -> String { ([side.configuration.name] + side.changes).joined(separator: " ") }
    let names = (name(a), name(b))
    return names.0 == names.1 ? ("A", "B") : names
  }

  /// Makes the directory of seeds that are to be trained.
  ///
  /// - Returns: what there is of the seeds.
  mutating func begin(in path: String) throws -> ReplicasSummary {
    guard let replicas else { return try ReplicasSummary(folder: folder) }
    let made = try ReplicaFolder(
      creating: path, configuration: replicas.configuration, summary: replicas.newSummary())
    (folder, open) = (path, made)
    return made.summary
  }
}

extension CompareCommand {
  /// A or B as it is named: a config, or a directory of seeds.
  func side(_ path: String, _ own: [String]) throws -> ComparedSide {
    var isDirectory: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
    guard exists, isDirectory.boolValue else {
      return ComparedSide(
        configuration: try ConfigurationOptions.load(path, overrides: overrides + own), changes: own)
    }
    try requireOver(try ReplicasSummary(folder: path), path)
    guard own.isEmpty, overrides.isEmpty else {
      throw ValidationError(
        "--set changes a config; \(path) is a directory of seeds that are trained: give its config.json")
    }
    let configuration = try ConfigurationOptions.load(path + "/" + RunRecord.FileName.configuration, overrides: [])
    return ComparedSide(configuration: configuration, folder: path)
  }

  private func requireOver(_ summary: ReplicasSummary, _ path: String) throws {
    guard summary.outcome == .interrupted else { return }
    throw ReportTargetError(
      path: path,
      message: "has seeds that are not done; continue them with isotherm train --resume \(path), then compare")
  }

  /// Those of the option, of a directory, or five.
  func seeds(_ a: ComparedSide, _ b: ComparedSide) throws -> [UInt64] {
    if let seeds { return a.configuration.seeds(seeds) }
    guard let folder = [a.folder, b.folder].first(where: { !$0.isEmpty }) else { return a.configuration.seeds(5) }
    return try ReplicasSummary(folder: folder).seeds
  }

  /// Loads the data of a config, unless the other one has the same, and refuses what cannot run.
  func prepare(_ side: inout ComparedSide, _ seeds: [UInt64], sharing other: ReplicaData?) throws -> ReplicaData? {
    guard side.folder.isEmpty || side.open != nil else { return other }
    let configuration = side.configuration.with(seed: seeds[0])
    let data: ReplicaData
    if let other, other.configuration == configuration.data {
      data = other
    } else {
      data = ReplicaData(configuration, splits: try loadData(configuration, quiet: output.quiet))
    }
    let replicas = Replicas(configuration, seeds: seeds, threads: threadOptions.count(configuration), data: data)
    side.notes = try replicas.check().notes
    side.replicas = replicas
    return data
  }

  // MARK: Resuming

  /// One that was interrupted or killed.
  func prepare(resuming path: String) throws -> Work {
    guard ComparisonRecord.isThere(folder: path) else {
      let isThere = FileManager.default.fileExists(atPath: path)
      throw RunFolderError(
        path: path,
        message: isThere
          ? "has no \(ComparisonRecord.fileName), so no comparison can be resumed there" : "there is no such directory",
        remedy: "give the directory that isotherm compare named, or start a new comparison", isUsage: true)
    }
    let record = try ComparisonRecord(folder: path)
    let folders = record.folders(in: path)
    let isOwn = (a: folders.a == path + "/a", b: folders.b == path + "/b")
    var sides = (
      a: try side(resuming: folders.a, isOwn: isOwn.a), b: try side(resuming: folders.b, isOwn: isOwn.b)
    )
    if let a {
      // Beside a directory of seeds, a config has that one's.
      let hasSeeds = isOwn.a && isOwn.b
      try requireSame(try side(a, overridesA), sides.a, "A", hasSeeds: hasSeeds)
      if b != nil || !overridesB.isEmpty {
        try requireSame(try side(b ?? a, overridesB), sides.b, "B", hasSeeds: hasSeeds)
      }
    }
    let shared = try prepare(&sides.a, try ReplicasSummary(folder: folders.a).seeds, sharing: nil)
    _ = try prepare(&sides.b, try ReplicasSummary(folder: folders.b).seeds, sharing: shared)
    let done = try [folders.a, folders.b].map { try ReplicasSummary(folder: $0).replicas.count(where: \.isOver) }
    tell(["continuing after \(done[0]) seeds of A and \(done[1]) of B"])
    SignalHandling.begin(.working)
    return Work(path: path, a: sides.a, b: sides.b, names: (record.a.name, record.b.name))
  }

  /// A or B of a comparison that is resumed.
  private func side(resuming folder: String, isOwn: Bool) throws -> ComparedSide {
    let summary = try ReplicasSummary(folder: folder)
    if let seeds, summary.seeds.count != seeds {
      throw RunFolderError(
        path: folder,
        message: "--seeds: found \(seeds), but the comparison there has \(summary.seeds.count)",
        remedy: "leave the option out to continue it, or start a new one with --out", isUsage: true)
    }
    if !isOwn { try requireOver(summary, folder) }
    let data = overrides.filter { $0.hasPrefix("data.") }
    var side = ComparedSide(
      configuration: try ConfigurationOptions.load(
        folder + "/" + RunRecord.FileName.configuration, overrides: data), folder: folder)
    if summary.outcome == .interrupted {
      side.open = try ReplicaFolder(resuming: folder)
    } else {
      try ReplicaTraining.writeMissingPages(of: summary, in: folder)
    }
    return side
  }

  /// Refuses a config other than that which the comparison began with.
  private func requireSame(_ found: ComparedSide, _ own: ComparedSide, _ name: String, hasSeeds: Bool) throws {
    let found = hasSeeds ? found.configuration : found.configuration.with(seed: own.configuration.seed)
    guard found.json() != own.configuration.json() else { return }
    throw RunFolderError(
      path: own.folder,
      message: "\(name) is another config than the comparison there began with",
      remedy: "leave it out to continue that comparison, or start a new one with --out", isUsage: true)
  }
}
