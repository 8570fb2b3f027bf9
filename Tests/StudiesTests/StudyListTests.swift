import Configuration
import Coordinator
import Datasets
import Foundation
import JSON
import Records
import Studies
import TestSupport
import Testing

@Suite("The list of studies")
struct StudyListTests {
  private func configuration() throws -> (RunConfiguration, DataSplits) {
    try Temperature.configuration(
      """
      { "data": { "dataset": "synthetic", "samples": 90, "testSamples": 20, "shape": [5], "classes": 3 },
        "batch": { "size": 16 }, "optimizer": { "method": "sgd", "weightDecay": 0.1 }, "model": { "preset": "logistic" },
        "learningRate": { "referenceBatch": 16 }, "epochs": 1 }
      """)
  }

  /// One of each, as short as it can be.
  private static let studies: [any Study] = [
    VerifyStudy(threads: [1, 2], steps: 3), ScaleStudy(threads: [1], batches: [16, 32], seconds: 1e-9, rounds: 2),
    SweepStudy(
      grid: SweepGrid(
        batches: [8, 16], seeds: [1], learningRates: [1], scalings: ["linear"], warmups: ["none"], target: nil,
        toTheEnd: true, epochs: 1, resolution: 0.5), threads: 1), NoiseStudy(samples: 64),
    EquilibriumStudy(cells: [.init(learningRate: 0.1, batch: 8, momentum: 0)], steps: 400),
    LinearityStudy(multiples: [2], epochs: [0, 0.5], repeats: 1), RateStudy(steps: 12),
  ]

  @Test("every name is there once, and every kind of record has a study of its name")
  func names() {
    let names = StudyList.all.map { $0.name }
    #expect(Set(names).count == names.count)
    for kind in StudyKind.allCases { #expect(names.contains(kind.rawValue), "\(kind)") }
    #expect(Self.studies.map { type(of: $0).name } == names, "a study that is not tried here")
  }

  @Test("every study tells how far it is, up to its end, and its record is an object in JSON")
  func face() throws {
    let (configuration, splits) = try configuration()
    func expect(_ study: some Study) throws {
      let name = type(of: study).name
      let told = Locked<[StudyProgress]>([])
      let record = try study.run(configuration, splits: splits) { state in told.withLock { $0.append(state) } }
      let states = told.withLock { $0 }
      #expect(!states.isEmpty, "\(name)")
      for state in states {
        #expect(!state.activity.isEmpty && state.done >= 0 && state.done <= state.planned ?? .max, "\(name): \(state)")
        #expect(state.secondsLeft ?? 0 >= 0, "\(name): \(state)")
      }
      let object = try JSONSerialization.jsonObject(with: Data(JSONText.pretty(record).utf8))
      #expect(object is [String: Any], "\(name)")
      // The same with nobody to tell.
      _ = try study.run(configuration, splits: splits)
    }
    for study in Self.studies { try expect(study) }
  }

  private struct Full: Error {}

  @Test("a study that can be stopped hands in records that can be read while it goes on, and ends when it is asked to")
  func interruptible() throws {
    let (configuration, splits) = try configuration()
    func expect(_ study: some InterruptibleStudy) throws {
      let name = type(of: study).name
      try study.check(configuration, splits: splits)
      var saves = 0
      _ = try study.run(
        configuration, splits: splits, stop: StopRequest(), progress: { _ in }, save: { _ in saves += 1 })
      #expect(saves >= 1, "\(name)")
      #expect(throws: Full.self, "\(name)") {
        try study.run(
          configuration, splits: splits, stop: StopRequest(), progress: { _ in }, save: { _ in throw Full() })
      }
      let (stop, steps) = (StopRequest(), Locked(0))
      stop.raise()
      _ = try study.run(
        configuration, splits: splits, stop: stop, progress: { _ in steps.withLock { $0 += 1 } }, save: { _ in })
      #expect(steps.withLock { $0 } == 0, "\(name)")
    }
    for study in Self.studies {
      if let study = study as? any InterruptibleStudy { try expect(study) }
    }
  }
}
