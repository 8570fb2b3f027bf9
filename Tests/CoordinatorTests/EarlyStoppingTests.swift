import Calendars
import Configuration
import Coordinator
import Datasets
import Foundation
import Models
import Records
import TestSupport
import Testing

@Suite("Stopping early")
struct EarlyStoppingTests {
  /// The step at which a run of these evaluations is over: the first with `patience` evaluations behind the best before.
  private func lastStep(_ noted: [ValidationRuns.Noted], patience: Int) -> Int? {
    for count in 1...noted.count {
      let seen = noted.prefix(count)
      guard let best = ValidationRuns.best(of: seen), let place = seen.firstIndex(where: { $0.step == best.step })
      else { return nil }
      if count - 1 - place >= patience { return seen[count - 1].step }
    }
    return nil
  }

  @Test("ends a run where an independent count says, with the best weights, on a validation set and on the test set")
  func counted() throws {
    let splits = ValidationRuns.splits()
    let numbers = ValidationRuns.regressionSplits()
    let all = [
      (ValidationRuns.configuration(), splits),
      (ValidationRuns.configuration(), DataSplits(train: splits.train, test: splits.test)),
      (ValidationRuns.configuration(loss: .meanSquaredError), numbers),
    ]
    var early = 0
    for (configuration, splits) in all {
      let (noted, whole) = try ValidationRuns.evaluations(configuration, splits)
      #expect(whole.summary.stoppedEarlyAtStep == nil)
      for patience in [1, 2, 3, 5, 9, 19, 20] {
        // At the last evaluation the run is over anyway.
        let expected = lastStep(noted, patience: patience).flatMap { $0 < 40 ? $0 : nil }
        var impatient = configuration
        impatient.stop = StopConfiguration(patience: patience)
        let (found, result) = try ValidationRuns.evaluations(impatient, splits, threads: 2)
        #expect(result.outcome == .completed)
        #expect(result.summary.steps == expected ?? 40, "patience \(patience)")
        #expect(result.summary.stoppedEarlyAtStep == expected, "patience \(patience)")
        let seen = noted.prefix { $0.step <= expected ?? 40 }
        #expect(found.map(\.evaluation) == seen.map(\.evaluation))
        #expect(result.summary.bestStep == ValidationRuns.best(of: seen)?.step)
        if expected != nil { early += 1 }
      }
    }
    #expect(early >= 8 && early < 21)
  }

  @Test("says that the test set tells less where it has to choose, and nothing with a validation set")
  func notes() throws {
    var configuration = ValidationRuns.configuration()
    let splits = ValidationRuns.splits()
    let plain = DataSplits(train: splits.train, test: splits.test)
    func notes(_ splits: DataSplits) throws -> [String] {
      try RunPlan(configuration, splits: splits).notes.filter { $0.contains("stop.patience") }
    }
    #expect(try notes(plain).isEmpty)
    configuration.stop = StopConfiguration(patience: 2)
    #expect(try notes(splits).isEmpty)
    let found = try notes(plain)
    #expect(found.count == 1 && found[0].contains("data.validationShare"))
  }
}
