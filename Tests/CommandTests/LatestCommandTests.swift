import Foundation
import TestSupport
import Testing

@Suite("latest, and dry runs")
struct LatestCommandTests {
  private let small = ["--set", "steps=6", "--set", "batch.size=64", "--quiet"]

  /// Two runs, of which the second one began later, in whatever order their names sort.
  private func withRuns(_ body: (TrainedRuns) throws -> Void) throws {
    try TrainedRuns.with { runs in
      #expect(try runs.run("init", "--quiet").status == 0)
      for name in ["runs/b", "runs/a"] {
        let result = try Command.run(["train", "digits.json", "--out", name] + small, in: runs.folder)
        try #require(result.status == 0, "\(result.errors)")
      }
      try body(runs)
    }
  }

  /// When a run's config changed last; later ones are newer.
  private func date(_ runs: TrainedRuns, _ run: String, secondsAgo: Double) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -secondsAgo)], ofItemAtPath: runs.path("runs/\(run)/config.json"))
  }

  @Test("latest is the run that began last, for evaluate, predict and report, and standard error says which")
  func newest() throws {
    try withRuns { runs in
      for (newer, older) in [("a", "b"), ("b", "a")] {
        try date(runs, newer, secondsAgo: 10)
        try date(runs, older, secondsAgo: 100)
        let record = try runs.run("evaluate", "latest", "--json")
        #expect(record.errors.contains("note: latest is runs/\(newer)\n"), "\(record.errors)")
        #expect(try record.json()["model"] as? String == "runs/\(newer)")
        #expect(FileManager.default.fileExists(atPath: runs.path("runs/\(newer)/evaluation.html")))
        try FileManager.default.removeItem(atPath: runs.path("runs/\(newer)/evaluation.html"))
        #expect(try runs.run("predict", "latest", "--quiet").table.rows.count == 540)
        #expect(try runs.run("report", "latest").output == "runs/\(newer)/report.html\n")
      }
    }
  }

  @Test("a run without weights or checkpoint is passed over by those who need them, and a file called latest is itself")
  func needs() throws {
    try withRuns { runs in
      try date(runs, "a", secondsAgo: 10)
      try date(runs, "b", secondsAgo: 100)
      try FileManager.default.removeItem(atPath: runs.path("runs/a/weights.safetensors"))
      #expect(try runs.run("evaluate", "latest").errors.contains("latest is runs/b\n"))
      #expect(try runs.run("report", "latest").errors.contains("latest is runs/a\n"))
      try FileManager.default.removeItem(atPath: runs.path("runs/a/checkpoints"))
      let resumed = try runs.run("train", "--resume", "latest", "--quiet")
      #expect(resumed.status == 0 && resumed.errors.contains("latest is runs/b\n"), "\(resumed.errors)")
      try FileManager.default.moveItem(atPath: runs.path("runs/a"), toPath: runs.path("latest"))
      let own = try runs.run("report", "latest")
      #expect(own.output == "latest/report.html\n" && own.errors.isEmpty, "\(own.errors)")
    }
  }

  @Test("where there is no run, latest is refused with the folder that was looked in")
  func none() throws {
    try TrainedRuns.with { runs in
      for arguments in [
        ["evaluate", "latest"], ["predict", "latest"], ["report", "latest"], ["train", "--resume", "latest"],
      ] {
        let result = try Command.run(arguments, in: runs.folder)
        result.expectRefusal(2, "latest", "/runs")
      }
    }
  }

  // MARK: Dry runs

  @Test("a dry run prints the plan, and leaves nothing")
  func dryRun() throws {
    try withRuns { runs in
      let before = try runs.files
      let plan = try runs.run("plan", "digits.json", "--json", "--quiet").json()
      let dry = try runs.run("train", "digits.json", "--dry-run", "--json", "--quiet").json()
      #expect(NSDictionary(dictionary: plan) == NSDictionary(dictionary: dry))
      let text = try runs.run("train", "digits.json", "--dry-run", "--init", "runs/a")
      #expect(text.status == 0 && text.output.contains("nothing was written"), "\(text.errors)")
      #expect(text.output.contains("begins with"))
      #expect(try runs.files == before)
    }
  }

  @Test("a dry run ends as the run would have ended before its first step")
  func refusedDryRun() throws {
    try withRuns { runs in
      let before = try runs.files
      try runs.run("train", "digits.json", "--dry-run", "--out", "runs/a").expectRefusal(2, "not an empty directory")
      try runs.run("train", "digits.json", "--dry-run", "--set", "epocs=1").expectRefusal(2, "epochs")
      try runs.run("train", "digits.json", "--dry-run", "--live", "0").expectRefusal(2, "--live")
      try runs.run("train", "digits.json", "--dry-run", "--init", "runs/a", "--set", "model.hidden=[7]")
        .expectRefusal(1, "shape")
      try runs.run("train", "digits.json", "--dry-run", "--set", "data={\"dataset\":\"mnist\",\"path\":\"none\"}")
        .expectRefusal(3, "none")
      #expect(try runs.files == before)
    }
  }

  @Test("a dry run of a run that goes on says from which step, and refuses what the run would refuse")
  func resumedDryRun() throws {
    try withRuns { runs in
      try date(runs, "b", secondsAgo: 100)
      let before = try runs.files
      let text = try runs.run("train", "--resume", "latest", "--set", "steps=20", "--dry-run")
      #expect(text.output.contains("runs/a would continue after step 6 of 20"), "\(text.output)\(text.errors)")
      #expect(text.output.contains("data, config and kernels are those of the run"))
      let config = try runs.read("runs/a/config.json")
      try runs.write(config.replacingOccurrences(of: "\"seed\" : 1,", with: "\"seed\" : 2,"), "runs/a/config.json")
      try #require(try runs.read("runs/a/config.json") != config)
      try runs.run("train", "--resume", "runs/a", "--dry-run").expectRefusal(2, "seed", "--accept-changes")
      let accepted = try runs.run("train", "--resume", "runs/a", "--dry-run", "--accept-changes")
      #expect(accepted.status == 0 && accepted.output.contains("with changes that were accepted"))
      #expect(try runs.files == before)
    }
  }
}
