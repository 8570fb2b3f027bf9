import Configuration
import Coordinator
import Datasets
import Foundation
import JSON
import Records
import Studies
import TestSupport
import Testing

@Suite("An equilibrium study that was stopped and goes on")
struct EquilibriumResumeTests {
  private static var study: EquilibriumStudy {
    var study = EquilibriumStudy(
      cells: EquilibriumStudy.grid(learningRates: [0.1], batches: [4, 8], momenta: [0, 0.5]), steps: 400, interval: 4)
    study.comparesReshuffling = true
    return study
  }

  private static func setting() throws -> (RunConfiguration, DataSplits) {
    try Temperature.quadratic(deviations: [1, 0.5, 2], samples: 64)
  }

  private func pieces(_ folder: StudyFolder, _ study: EquilibriumStudy) throws -> StudyPieces {
    let (configuration, splits) = try Self.setting()
    return try StudyPieces(of: folder, EquilibriumPlan(study, configuration, splits))
  }

  /// Stops the study when it tells of something for the n-th time.
  private func run(
    _ study: EquilibriumStudy, in folder: StudyFolder, stopAt last: Int = .max
  ) throws -> (record: EquilibriumRecord?, told: Int) {
    let (configuration, splits) = try Self.setting()
    let (stop, told) = (StopRequest(), Locked(0))
    let record = try study.run(configuration, splits: splits, keeping: try pieces(folder, study), stop: stop) { _ in
      told.withLock { count in
        count += 1
        if count == last { stop.raise() }
      }
    }
    return (record, told.withLock { $0 })
  }

  @Test("ends with the record of one that was not, wherever it was stopped, on 1, 2, 3 and 7 threads")
  func everywhere() throws {
    let (configuration, splits) = try Self.setting()
    let expected = JSONText.pretty(try Self.study.run(configuration, splits: splits))
    try withTemporaryFolder { folder in
      let whole = try run(Self.study, in: StudyFolder(creating: folder.path + "/whole", configuration: configuration))
      #expect(whole.record.map { JSONText.pretty($0) } == expected)
      for (index, threads) in [1, 2, 3, 7, 2, 2, 2].enumerated() {
        let path = folder.path + "/\(index)"
        var study = Self.study
        study.threads = threads
        let first = whole.told * index / 7 + 1
        do {
          let stopped = try run(study, in: StudyFolder(creating: path, configuration: configuration), stopAt: first)
          #expect(stopped.record == nil, "\(first) of \(whole.told)")
        }
        study.threads = threads % 3 + 1
        let again = try run(study, in: EquilibriumFolder(resuming: path).folder)
        #expect(again.record.map { JSONText.pretty($0) } == expected, "\(first) of \(whole.told)")
        // What was measured is not measured again.
        if index > 3 { #expect(again.told < whole.told, "\(again.told) of \(whole.told)") }
      }
    }
  }

  @Test("a piece that was damaged is measured again; another config, or other data, are refused by name")
  func damage() throws {
    let (configuration, splits) = try Self.setting()
    let expected = JSONText.pretty(try Self.study.run(configuration, splits: splits))
    try withTemporaryFolder { folder in
      let path = folder.path + "/study"
      do { _ = try run(Self.study, in: StudyFolder(creating: path, configuration: configuration)) }
      let names = try FileManager.default.contentsOfDirectory(atPath: path + "/pieces").sorted()
      #expect(names.count == 3 + 4 + 2, "plan, minimum, spectrum, the grid, a hot and a reshuffled chain: \(names)")
      for (index, name) in names.enumerated() where name != "plan.json" {
        let file = URL(fileURLWithPath: path + "/pieces/" + name)
        var bytes = try Data(contentsOf: file)
        if index.isMultiple(of: 2) { bytes[bytes.count / 2] ^= 1 } else { bytes.removeLast(bytes.count / 3) }
        try bytes.write(to: file)
      }
      let again = try run(Self.study, in: EquilibriumFolder(resuming: path).folder)
      #expect(again.record.map { JSONText.pretty($0) } == expected)

      var other = configuration
      other.seed += 1
      let error = #expect(throws: RunFolderError.self) {
        let folder = try EquilibriumFolder(resuming: path).folder
        _ = try StudyPieces(of: folder, EquilibriumPlan(Self.study, other, splits))
      }
      #expect(error?.isUsage == true && error?.message.contains("config.json was changed") == true)
      let (_, others) = try Temperature.quadratic(deviations: [1, 0.5, 3], samples: 64)
      let refused = #expect(throws: RunFolderError.self) {
        let folder = try EquilibriumFolder(resuming: path).folder
        _ = try StudyPieces(of: folder, EquilibriumPlan(Self.study, configuration, others))
      }
      #expect(refused?.message.contains("samples") == true)
    }
  }

  @Test("one that is over has its record and no pieces; a folder without either is refused")
  func over() throws {
    let (configuration, splits) = try Self.setting()
    try withTemporaryFolder { folder in
      let path = folder.path + "/study"
      do {
        let study = try StudyFolder(creating: path, configuration: configuration)
        let record = try #require(try run(Self.study, in: study).record)
        try study.write(record)
        try StudyPieces(of: study).remove(first: EquilibriumPlan.name)
        #expect(!FileManager.default.fileExists(atPath: path + "/" + StudyPieces.folderName))
      }
      let over = try EquilibriumFolder(resuming: path).study
      let record = try over.run(configuration, splits: splits, keeping: nil, stop: StopRequest()) { _ in }
      #expect(record != nil && record == over.earlier)
      let empty = folder.path + "/empty"
      do { _ = try StudyFolder(creating: empty, configuration: configuration) }
      let error = #expect(throws: RunFolderError.self) { _ = try EquilibriumFolder(resuming: empty) }
      #expect(error?.isUsage == true && error?.path == empty)
    }
  }
}
