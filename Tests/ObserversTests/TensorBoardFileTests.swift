import Configuration
import Coordinator
import Foundation
import Models
import Observers
import Protobufs
import Records
import TestSupport
import Testing

@Suite("The event file")
struct TensorBoardFileTests {
  @Test(
    "has the checksums that RFC 3720 gives for its examples",
    arguments: [
      (Data("123456789".utf8), 0xE306_9283), (Data(repeating: 0, count: 32), 0x8A91_36AA),
      (Data(repeating: 0xFF, count: 32), 0x62A8_AB43), (Data(0..<32), 0x46DD_794E), (Data(), 0),
    ] as [(Data, UInt32)])
  func checksums(bytes: Data, checksum: UInt32) { #expect(RecordFrame.checksum(bytes) == checksum) }

  @Test("frames a record as TensorFlow does: the bytes of its own first record")
  func frame() throws {
    var event = TensorBoardEvent()
    event.wallTime = 1
    event.fileVersion = "brain.Event:2"
    let frame = RecordFrame.framed(try event.bytes())
    // Length 24 and its checksum, as every event file begins that TensorFlow writes.
    #expect(Array(frame.prefix(12)) == [24, 0, 0, 0, 0, 0, 0, 0, 0xA3, 0x7F, 0x4B, 0x22])
    #expect(frame.count == 24 + 16)
  }

  private func observe(_ folder: URL, steps: Int, _ events: [TrainingEvent]) throws -> [TensorBoardEvent] {
    let file = TensorBoardFile(in: folder.path, of: try Runs.plan(steps: steps))
    for event in events { try file.observe(event) }
    return try EventFiles.events(try #require(try EventFiles.paths(folder.path).last))
  }

  @Test("has a point for every number of the metrics, at the time of its step, infinite and missing ones included")
  func curves() throws {
    try withTemporaryFolder { folder in
      var second = Runs.step(2)
      (second.loss, second.temperatureIndex) = (.nan, nil)
      second.endedAt = Date(timeIntervalSince1970: 1_000_000.25)
      let events = try observe(
        folder, steps: 40,
        [
          .started(step: 0), .step(Runs.step(1)), .step(second),
          .evaluated(step: 2, epoch: 0.2, Runs.evaluation(loss: .infinity)), .ended(Runs.summary(steps: 2)),
        ])
      #expect(events.first?.fileVersion == "brain.Event:2")
      func points(_ tag: String) -> [Float] { EventFiles.points(tag, events).map(\.value) }
      let losses = points("loss/train")
      #expect(losses.count == 2 && losses[0] == 1 && losses[1].isNaN)
      #expect(points("accuracy/train") == [0.75, 0.75] && points("learning_rate") == [0.05, 0.05])
      #expect(points("gradient/norm") == [2, 2] && points("throughput/samples_per_second") == [1000, 1000])
      #expect(points("temperature_index") == [0.0625] && points("noise_scale/value").isEmpty)
      #expect(points("epoch") == [0.1, 0.2])
      #expect(points("loss/test") == [.infinity] && points("accuracy/test") == [0.5])
      #expect(points("loss/validation").isEmpty && points("batch").isEmpty)
      #expect(points("result/test_accuracy") == [0.5] && points("result/wall_seconds") == [1])
      let time = events.first { $0.step == 2 }?.wallTime
      #expect(time == 1_000_000.25)
    }
  }

  @Test("of a long run has the points of metrics.jsonl")
  func thinning() throws {
    try withTemporaryFolder { folder in
      let events = try observe(
        folder, steps: 41_000, [.started(step: 9_990)] + (9_991...10_020).map { .step(Runs.step($0)) })
      #expect(
        EventFiles.points("loss/train", events).map(\.step) == Array(9_991...10_000)
          + Array(stride(from: 10_002, through: 10_020, by: 2)))
    }
  }

  @Test("is there for others as soon as an event is told")
  func flushes() throws {
    try withTemporaryFolder { folder in
      let file = TensorBoardFile(in: folder.path, of: try Runs.plan(steps: 40))
      try file.observe(.started(step: 0))
      for step in 1...5 {
        try file.observe(.step(Runs.step(step)))
        let events = try EventFiles.events(try EventFiles.paths(folder.path)[0])
        #expect(EventFiles.points("loss/train", events).map(\.step) == Array(1...step))
      }
    }
  }

  @Test("of a run that goes on is another one, later by its name, which says from which step on it holds")
  func resumed() throws {
    try withTemporaryFolder { folder in
      // All within a second, and behind a file whose clock went ahead.
      let ahead = folder.path + "/events.out.tfevents.4000000000.host.1"
      try Data().write(to: URL(fileURLWithPath: ahead))
      for start in [0, 7, 5] {
        let events = try observe(folder, steps: 40, [.started(step: start), .step(Runs.step(start + 1))])
        let sessions = events.filter { $0.sessionLog.status == .start }
        #expect(sessions.map(\.step) == [Int64(start + 1)])
        #expect(EventFiles.points("loss/train", events).map(\.step) == [start + 1])
      }
      let paths = try EventFiles.paths(folder.path)
      #expect(paths.count == 4 && paths[0] == ahead)
      #expect(EventFiles.points("loss/train", try EventFiles.events(paths[3])).map(\.step) == [6])
    }
  }

  @Test("stands beside a file whose name is no time, and has a time of its own")
  func strangeName() throws {
    try withTemporaryFolder { folder in
      let strange = folder.path + "/events.out.tfevents.\(Int.max).host.1"
      try Data().write(to: URL(fileURLWithPath: strange))
      let file = TensorBoardFile(in: folder.path, of: try Runs.plan(steps: 40))
      for event in [TrainingEvent.started(step: 7), .step(Runs.step(8))] { try file.observe(event) }
      let paths = try EventFiles.paths(folder.path)
      #expect(paths.count == 2 && paths[1] == strange)
      let events = try EventFiles.events(paths[0])
      #expect(EventFiles.points("loss/train", events).map(\.step) == [8])
      #expect(events.contains { $0.sessionLog.status == .start })
    }
  }

  @Test(
    "that cannot be written ends alone: the run goes on without it and says so once",
    .enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "there is no device that is always full"))
  func full() throws {
    let plan = try Runs.plan(steps: 30)
    let trainer = try Trainer(plan)
    trainer.add(TensorBoardFile(in: "/nowhere", of: plan, path: "/dev/full"))
    trainer.add(TensorBoardFile(in: "/nowhere", of: plan))
    trainer.add(MetricsCSV(in: "/nowhere", of: plan))
    let result = try trainer.train()
    #expect(result.outcome == .completed && result.summary.steps == 30)
    let words = result.observerFailures.map(\.description)
    #expect(words.count == 3)
    #expect(
      words.contains(
        "TensorBoardFile: /dev/full: cannot be written (No space left on device); the run continued without it"),
      "\(words)")
    for beginning in ["TensorBoardFile: /nowhere/events.out.tfevents.", "MetricsCSV: /nowhere/metrics.csv: "] {
      let isSaid = words.contains { $0.hasPrefix(beginning) }
      #expect(isSaid, "\(words)")
    }
  }

  @Test("and the table are written where the config's log asks for them, and leave the weights as they are")
  func recorded() throws {
    try withTemporaryFolder { folder in
      var digests: Set<String> = []
      for (name, log) in [
        ("none", LogConfiguration()), ("all", LogConfiguration(tensorboard: true, csv: true)),
        ("plain", LogConfiguration(tensorboard: true, histograms: false)), ("table", LogConfiguration(csv: true)),
      ] {
        var configuration = Runs.configuration(steps: 30)
        configuration.log = log
        let plan = try RunPlan(configuration, splits: Runs.splits, threads: 2)
        let run = try RunFolder(creating: folder.path + "/" + name, configuration: plan.configuration)
        let trainer = try Trainer(plan, recordingIn: run)
        let result = try trainer.train()
        digests.insert(result.summary.weightsSHA256)
        let files = try EventFiles.paths(run.path)
        #expect(files.count == (log.tensorboard ? 1 : 0))
        #expect(FileManager.default.fileExists(atPath: run.path + "/metrics.csv") == log.csv)
        let tags = try files.flatMap { try EventFiles.events($0).flatMap { $0.summary.value.map(\.tag) } }
        let hasHistograms = tags.contains("weights/0.weight") && tags.contains("gradients/0.weight")
        #expect(hasHistograms == (name == "all"))
      }
      #expect(digests.count == 1)
    }
  }
}
