import Calendars
import Coordinator
import Foundation
import Observers
import Records
import TestSupport
import Testing

@Suite("The table of the metrics")
struct MetricsCSVTests {
  private static let head =
    "step,epoch,loss,learningRate,samplesPerSecond,trainAccuracy,gradientNorm,noiseScale,noiseScaleLow,"
    + "noiseScaleHigh,temperatureIndex,batch,validationLoss,validationAccuracy,testLoss,testAccuracy,rSquared"

  private func rows(_ folder: String) throws -> [String] {
    try String(contentsOfFile: folder + "/metrics.csv", encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false
    ).map(String.init)
  }

  @Test("has these bytes for these events, as soon as they are told")
  func bytes() throws {
    try withTemporaryFolder { folder in
      let table = MetricsCSV(in: folder.path, of: try Runs.plan(steps: 40))
      try table.observe(.started(step: 0))
      #expect(try rows(folder.path) == [Self.head, ""])
      try table.observe(.step(Runs.step(1)))
      var second = Runs.step(2)
      (second.loss, second.temperatureIndex) = (.nan, nil)
      try table.observe(.step(second))
      try table.observe(.evaluated(step: 2, epoch: 0.2, Runs.evaluation(loss: 0.25)))
      #expect(
        try rows(folder.path) == [
          Self.head, "1,0.1,1.0,0.05,1000.0,0.75,2.0,,,,0.0625,,,,,,", "2,0.2,,0.05,1000.0,0.75,2.0,,,,,,,,,,",
          "2,0.2,,,,,,,,,,,,,0.25,0.5,", "",
        ])
    }
  }

  @Test("has a column for every key of metrics.jsonl, with its value")
  func keys() throws {
    var line = MetricsLine.training(
      step: 1, epoch: 2, loss: 3, learningRate: 4, samplesPerSecond: 5, gradientNorm: 6, trainAccuracy: 7)
    (line.noiseScale, line.noiseScaleLow, line.noiseScaleHigh) = (8, 9, 10)
    (line.temperatureIndex, line.batch, line.validationLoss, line.validationAccuracy) = (11, 12, 13, 14)
    (line.rSquared, line.testLoss, line.testAccuracy) = (15, 16, 17)
    let encoded = try JSONEncoder().encode(line)
    let json = try #require(try JSONSerialization.jsonObject(with: encoded) as? [String: Double])
    #expect(json.count == 17)
    try withTemporaryFolder { folder in
      try encoded.write(to: folder.appendingPathComponent("metrics.jsonl"))
      try MetricsCSV(in: folder.path, of: try Runs.plan(steps: 40)).observe(.started(step: 1))
      let rows = try rows(folder.path)
      let fields = zip(rows[0].split(separator: ","), rows[1].split(separator: ",")).map {
        (String($0), Double($1) ?? .nan)
      }
      #expect(Dictionary(uniqueKeysWithValues: fields) == json)
    }
  }

  @Test("of a run that was stopped and went on, and of a reader that was too slow, has a row a line and none twice")
  func resumed() throws {
    try withTemporaryFolder { folder in
      let plan = try Runs.plan(steps: 40, evaluateEvery: 10, saveEvery: 12)
      struct Killed: Error {}
      let path = folder.path + "/run"
      do {
        let run = try RunFolder(creating: path, configuration: plan.configuration)
        let trainer = try Trainer(plan, recordingIn: run)
        trainer.add(MetricsCSV(in: path, of: plan))
        #expect(throws: Killed.self) {
          try trainer.train { if case .step(let step) = $0, step.step == 33 { throw Killed() } }
        }
      }
      // As a kill may leave it: half a row.
      let cut = try Data(contentsOf: URL(fileURLWithPath: path + "/metrics.csv")).dropLast(9)
      try cut.write(to: URL(fileURLWithPath: path + "/metrics.csv"))
      let run = try RunFolder(resuming: path, configuration: plan.configuration)
      let trainer = try Trainer(plan, recordingIn: run)
      trainer.add(MetricsCSV(in: path, of: plan))
      _ = try trainer.resume()
      _ = try trainer.train()
      try expectRows(path)

      // Two steps were not passed on.
      let late = MetricsCSV(in: path, of: plan)
      try late.observe(.started(step: 37))
      try late.observe(.skipped(steps: 2))
      try late.observe(.step(Runs.step(40)))
      try late.finish()
      try expectRows(path)
    }
  }

  private func expectRows(_ path: String) throws {
    let lines = try RunRecord(folder: URL(fileURLWithPath: path)).metrics.lines
    #expect(lines.count == 44)
    let rows = try rows(path)
    let steps = rows.dropFirst().dropLast().compactMap { row in row.split(separator: ",").first.flatMap { Int($0) } }
    #expect(steps == lines.map(\.step))
    let losses = rows.dropFirst().dropLast().map { row in
      let fields = row.split(separator: ",", omittingEmptySubsequences: false)
      return Double(fields[2]) ?? Double(fields[14])
    }
    let expected = lines.map { $0.loss ?? $0.testLoss }
    #expect(losses == expected)
  }

  @Test("is read by pandas", .enabled(if: Program.pythonHas("pandas"), "python3 has no module pandas"))
  func pandas() throws {
    try withTemporaryFolder { folder in
      let plan = try Runs.plan(steps: 30)
      let run = try RunFolder(creating: folder.path + "/run", configuration: plan.configuration)
      let trainer = try Trainer(plan, recordingIn: run)
      trainer.add(MetricsCSV(in: run.path, of: plan))
      _ = try trainer.train()
      let json = try #require(try Python.json("read_table.py", run.path + "/metrics.csv") as? [String: Any])
      #expect((json["order"] as? [String])?.joined(separator: ",") == Self.head)
      let columns = try #require(json["columns"] as? [String: [String]])
      let lines = try RunRecord(folder: URL(fileURLWithPath: run.path)).metrics.lines
      func column(_ name: String) throws -> [Double?] { try #require(columns[name]).map(Double.init) }
      let (steps, losses, noise) = (try column("step"), try column("loss"), try column("noiseScale"))
      let expected = lines.map { Optional(Double($0.step)) }
      #expect(steps == expected && losses == lines.map(\.loss) && noise == lines.map(\.noiseScale))
      #expect(try column("testAccuracy") == lines.map(\.testAccuracy))
    }
  }
}
