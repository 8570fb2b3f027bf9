import Foundation
import TestSupport
import Testing

@Suite("The command scale", .serialized)
struct ScaleCommandTests {
  private let config = Command.packageFolder + "/Configs/digits.json"

  @Test("scale prints its cells as JSON alone, and leaves its files")
  func contract() throws {
    try withTemporaryFolder { folder in
      let result = try Command.run(
        "scale", config, "--threads", "1,2", "--batches", "64,256", "--seconds", "0.1", "--out", "study", "--json",
        in: folder)
      #expect(result.status == 0, "\(result.errors)")
      // The whole of standard output is one JSON text, or this fails.
      let study = try result.json()
      #expect(study["study"] as? String == "scale" && study["machine"] is [String: Any])
      let cells = try #require(study["cells"] as? [[String: Any]])
      #expect(cells.count == 4)
      for cell in cells {
        for key in [
          "threads", "batch", "samplesPerSecond", "stepSeconds", "gradientSeconds", "reduceSeconds", "speedup",
          "efficiency", "peakMemoryBytes",
        ] {
          #expect(cell[key] is NSNumber, "\(key)")
        }
      }
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/study").sorted()
      #expect(files == ["config.json", "report.html", "study.csv", "study.json"])
      let written = try Data(contentsOf: folder.appendingPathComponent("study/study.json"))
      #expect(written == Data(result.output.utf8))
      let rows = try String(contentsOfFile: folder.path + "/study/study.csv", encoding: .utf8).split(separator: "\n")
      #expect(rows.count == 5 && rows[0].hasPrefix("threads,batch,samplesPerSecond,stepSeconds"))
      let page = try String(contentsOfFile: folder.path + "/study/report.html", encoding: .utf8)
      #expect(page.contains("</html>") && page.contains("digits trains at"))

      // The same directory is never overwritten.
      let again = try Command.run("scale", config, "--seconds", "0.1", "--out", "study", in: folder)
      #expect(again.status == 2 && again.errors.contains("not an empty directory"))
    }
  }

  @Test("without --json the result is a text; the directory's name has the study's")
  func text() throws {
    try withTemporaryFolder { folder in
      let result = try Command.run(
        "scale", config, "--threads", "1", "--batches", "64", "--seconds", "0.05", in: folder)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("digits trains at") && result.output.contains("samples/s"))
      let studies = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/studies")
      #expect(studies.count == 1 && studies[0].hasPrefix("digits-scale-"))
    }
  }

  @Test("what cannot be measured is refused with its reason and exit code 2, before a directory is made")
  func refused() throws {
    try withTemporaryFolder { folder in
      for (arguments, words) in [
        (["--batches", "64,100000"], "1257"), (["--batches", "64,64"], "twice"), (["--threads", "0,1"], "--threads"),
        (["--threads", "1,500"], "128"), (["--batches", "ten"], "batches"), (["--seconds", "0"], "--seconds"),
        (["--rounds", "0"], "--rounds"),
      ] {
        let process = Command.process(["scale", config, "--out", "study"] + arguments, in: folder.path)
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let errors = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 2 && errors.contains(words), "\(arguments): \(errors)")
      }
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/study"))
    }
  }

  @Test("SIGINT ends the study with what it has, and exits with 75")
  func interruption() throws {
    try withTemporaryFolder { folder in
      let run = Command.process(
        ["scale", config, "--threads", "1,2", "--batches", "64,256", "--seconds", "30", "--quiet", "--out", "study"],
        in: folder.path)
      run.standardOutput = FileHandle.nullDevice
      run.standardError = FileHandle.nullDevice
      try run.run()
      // The config is written just before signals are handled and steps begin.
      let file = folder.path + "/study/config.json"
      while run.isRunning, !FileManager.default.fileExists(atPath: file) { usleep(1000) }
      usleep(1_000_000)
      kill(run.processIdentifier, SIGINT)
      run.waitUntilExit()
      #expect(run.terminationStatus == 75)
      let study = try #require(
        try JSONSerialization.jsonObject(
          with: Data(contentsOf: folder.appendingPathComponent("study/study.json"))) as? [String: Any])
      #expect(study["outcome"] as? String == "interrupted")
      #expect(FileManager.default.fileExists(atPath: folder.path + "/study/report.html"))
    }
  }
}
