import Foundation
import TestSupport
import Testing

@Suite("The command report")
struct ReportCommandTests {
  @Test("the page of a run with warmup marks its end, and that of a run without has no such mark")
  func warmup() throws {
    try withTemporaryFolder { folder in
      for (kind, isMarked) in [("gradual", true), ("none", false)] {
        let run = try Command.run(
          "train", Command.packageFolder + "/Configs/digits.json", "--quiet", "--out", kind, "--set", "epochs=6",
          "--set", #"learningRate.warmup={"kind": "\#(kind)"\#(isMarked ? #", "epochs": 2"# : "")}"#, in: folder)
        #expect(run.status == 0, "\(run.errors)")
        let page = try String(contentsOf: folder.appendingPathComponent(kind + "/report.html"), encoding: .utf8)
        #expect(page.contains("end of warmup") == isMarked, "\(kind)")
      }
    }
  }

  @Test("one directory, several, a mixture, twice the same, none: a page or a reason")
  func report() throws {
    try withTemporaryFolder { folder in
      let config = Command.packageFolder + "/Configs/digits.json"
      for seed in 1...2 {
        let run = try Command.run(
          "train", config, "--out", "seed\(seed)", "--set", "seed=\(seed)", "--set", "epochs=2", in: folder)
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("Loss against epoch"))
      }
      let json = try Command.run("report", "seed1", "--json", in: folder)
      #expect(json.status == 2 && json.output.isEmpty && json.errors.contains("--json prints what a scale study"))
      func text(_ path: String) throws -> String {
        try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
      }
      let before = try text("seed1/report.html")
      try FileManager.default.removeItem(at: folder.appendingPathComponent("seed1/report.html"))
      let one = try Command.run("report", "seed1", in: folder)
      #expect(one.status == 0 && one.output == "seed1/report.html\n", "\(one.errors)")
      #expect(try text("seed1/report.html") == before)

      let both = try Command.run("report", "seed1", "seed2", in: folder)
      #expect(both.status == 0 && both.output == "report-overlay.html\n", "\(both.errors)")
      let page = try text("report-overlay.html")
      #expect(page.contains("2&nbsp;seeds reach") || page.contains("2\u{00A0}seeds reach"))
      #expect(page.contains("Training error (thin) and test error (thick)"))
      #expect(try Command.run("report", "seed1", "seed2", "--out", "other.html", in: folder).output == "other.html\n")

      // A run that was killed while it wrote still has its place.
      try FileManager.default.removeItem(at: folder.appendingPathComponent("seed2/summary.json"))
      let metrics = try text("seed2/metrics.jsonl")
      try String(metrics.dropLast(20)).write(
        to: folder.appendingPathComponent("seed2/metrics.jsonl"), atomically: true, encoding: .utf8)
      #expect(try Command.run("report", "seed1", "seed2", in: folder).status == 0)
      #expect(try text("report-overlay.html").contains("seed2 has no summary"))

      let study = folder.appendingPathComponent("study")
      try FileManager.default.createDirectory(at: study, withIntermediateDirectories: true)
      func expect(_ status: Int32, _ arguments: [String], _ words: String) throws {
        let process = Command.process(["report"] + arguments, in: folder.path)
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let errors = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == status && errors.contains(words), "\(arguments): \(errors)")
      }
      try expect(2, [], "Missing expected argument")
      try expect(2, ["nowhere"], "no such directory")
      try expect(2, ["seed1/config.json"], "is a file")
      try expect(2, ["study"], "neither metrics.jsonl nor study.json")
      try expect(2, ["seed1", "./seed1"], "twice")
      try expect(2, ["seed1", "seed2", "--out", "study"], "is a directory")
      try Data(#"{"study": "noise"}"#.utf8).write(to: study.appendingPathComponent("study.json"))
      try expect(2, ["seed1", "study"], "found runs and noise studies")
      try Data(#"{"study": "#.utf8).write(to: study.appendingPathComponent("study.json"))
      try expect(1, ["study"], "study.json is not the record of a study")
      try Data("{}".utf8).write(to: folder.appendingPathComponent("seed1/summary.json"))
      try expect(1, ["seed1", "seed2"], "summary.json is not the summary of a run")
    }
  }
}
