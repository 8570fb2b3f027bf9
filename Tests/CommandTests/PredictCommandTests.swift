import Foundation
import TestSupport
import Testing

@Suite("The command predict")
struct PredictCommandTests {
  @Test("says the same of a run, of its file alone, and of a config with the file: a row a sample, as the run found")
  func models() throws {
    try TrainedRuns.with { runs in
      let summary = try runs.trainClasses(8)
      let result = try runs.run("predict", "run")
      #expect(result.status == 0 && result.errors.contains("70 predictions"), "\(result.errors)")
      let (header, rows) = result.table
      #expect(header == ["input", "class", "probability", "label"])
      #expect(rows.count == 70 && rows.map { $0[0] } == (0..<70).map(String.init))
      let right = rows.count { $0[1] == $0[3] }
      let accuracy = try #require(summary["testAccuracy"] as? Double)
      #expect(abs(Double(right) / 70 - accuracy) < 1e-12 && right < 70 && right > 35)
      for row in rows {
        let probability = try #require(Double(row[2]))
        #expect(probability >= 1.0 / 8 && probability <= 1)
      }
      let others = [
        ["predict", "run/weights.safetensors"], ["predict", "run.json", "--weights", "run/weights.safetensors"],
        ["predict", "run", "--threads", "1"], ["predict", "run", "--threads", "3"],
        ["predict", "run/weights.safetensors", "--quiet"],
      ]
      for arguments in others {
        let other = try Command.run(arguments, in: runs.folder)
        #expect(other.status == 0 && other.output == result.output, "\(arguments): \(other.errors)")
        if arguments.contains("--quiet") { #expect(other.errors.isEmpty) }
      }
      // A checkpoint is a model's file too.
      let checkpoint = try #require(try runs.files.last { $0.hasPrefix("run/checkpoints/step-") })
      #expect(try runs.run("predict", checkpoint).output == result.output)
    }
  }

  @Test("has the most probable classes in turn, as CSV and as JSON lines")
  func top() throws {
    try TrainedRuns.with { runs in
      try runs.trainClasses(4)
      let plain = try runs.run("predict", "run").table.rows
      let ranked = try runs.run("predict", "run", "--top", "3").table
      #expect(
        ranked.header == [
          "input", "class", "probability", "class1", "probability1", "class2", "probability2", "class3",
          "probability3", "label",
        ])
      let lines = try runs.run("predict", "run", "--top", "9", "--format", "jsonl").output.split(separator: "\n")
      let single = try runs.run("predict", "run", "--format", "jsonl").output.split(separator: "\n")
      #expect(plain.count == 70 && ranked.rows.count == 70 && lines.count == 70 && single.count == 70)
      for (index, row) in ranked.rows.enumerated() {
        #expect(row[0..<3] == plain[index][0..<3] && row[1] == row[3] && row[2] == row[4])
        #expect(Set([row[3], row[5], row[7]]).count == 3 && row[9] == plain[index][3])
        let line = try #require(
          try JSONSerialization.jsonObject(with: Data(lines[index].utf8)) as? [String: Any])
        #expect(line["input"] as? String == row[0] && line["class"] as? String == row[1])
        #expect(line["label"] as? String == row[9])
        // No more than there are.
        let top = try #require(line["top"] as? [[String: Any]])
        let probabilities = top.compactMap { $0["probability"] as? Double }
        #expect(top.count == 4 && probabilities.count == 4)
        #expect(probabilities == probabilities.sorted(by: >) && abs(probabilities.reduce(0, +) - 1) < 1e-9)
        #expect(line["probability"] as? Double == probabilities[0])
        for rank in 0..<3 {
          #expect(top[rank]["class"] as? String == row[3 + 2 * rank])
          #expect(String(format: "%.6f", probabilities[rank]) == row[4 + 2 * rank])
        }
        let alone = try #require(
          try JSONSerialization.jsonObject(with: Data(single[index].utf8)) as? [String: Any])
        #expect(alone["top"] == nil && alone["class"] as? String == row[1])
      }
    }
  }

  @Test("gives numbers in their units, near those of the data")
  func numbers() throws {
    try TrainedRuns.with { runs in
      let summary = try runs.trainPrices()
      let result = try runs.run("predict", "prices")
      let (header, rows) = result.table
      #expect(header == ["input", "value", "target"] && rows.count == 53, "\(result.errors)")
      var squares = 0.0
      for (row, expected) in zip(rows, runs.table(53, seed: 2)) {
        let (value, target) = (try #require(Double(row[1])), try #require(Double(row[2])))
        #expect(abs(target / expected.price - 1) < 1e-6)
        squares += (value - target) * (value - target)
      }
      let regression = try #require(summary["regression"] as? [String: Any])
      let error = try #require(regression["rootMeanSquaredError"] as? Double)
      #expect(abs((squares / 53).squareRoot() / error - 1) < 1e-4)
      #expect(regression["rSquared"] as? Double ?? 0 > 0.5)
      let line = try #require(
        try runs.run("predict", "prices", "--format", "jsonl").output.split(separator: "\n").first)
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      #expect(abs((object["value"] as? Double ?? 0) / (Double(rows[0][1]) ?? 1) - 1) < 1e-8)
    }
  }

  @Test("--out writes the same rows to a file, which is whole or as it was before")
  func out() throws {
    try TrainedRuns.with { runs in
      try runs.trainClasses(3)
      let expected = try runs.run("predict", "run").output
      let result = try runs.run("predict", "run", "--out", "predictions.csv")
      #expect(result.status == 0 && result.output.isEmpty, "\(result.errors)")
      #expect(try runs.read("predictions.csv") == expected)
      let again = try runs.run("predict", "run", "--out", "predictions.csv", "--format", "jsonl", "--quiet")
      #expect(again.status == 0 && again.errors.isEmpty)
      let lines = try runs.read("predictions.csv")
      #expect(lines.split(separator: "\n").count == 70 && lines.hasPrefix("{"))

      let before = try runs.files
      try runs.run("predict", "run", "--weights", "none.safetensors", "--out", "predictions.csv")
        .expectRefusal(1, "none.safetensors")
      try runs.run("predict", "run", "--set", "data.classes=4", "--out", "other.csv").expectRefusal(1, "weights")
      try runs.run("predict", "run", "--out", "no/such/folder/other.csv").expectRefusal(1, "other.csv")
      try runs.run("predict", "run", "--out", "run").expectRefusal(1, "run")
      #expect(try runs.read("predictions.csv") == lines)
      #expect(try runs.files == before)
    }
  }

  @Test("ends well where the reader of its output has seen enough")
  func head() throws {
    try TrainedRuns.with { runs in
      // More than a pipe holds.
      try runs.trainClasses(3, testSamples: 9000)
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/bash")
      process.arguments = [
        "-c", #"set -o pipefail; "$0" predict run --top 3 | head -2; echo "status $?""#, Command.path,
      ]
      process.currentDirectoryURL = runs.folder
      let (output, errors) = (runs.path("output"), runs.path("errors"))
      for file in [output, errors] { try Data().write(to: URL(fileURLWithPath: file)) }
      process.standardOutput = FileHandle(forWritingAtPath: output)
      process.standardError = FileHandle(forWritingAtPath: errors)
      try process.run()
      process.waitUntilExit()
      let lines = try runs.read("output").split(separator: "\n")
      #expect(lines.count == 3 && lines.first?.hasPrefix("input,class") == true && lines.last == "status 0", "\(lines)")
      let remarks = try runs.read("errors")
      #expect(remarks.isEmpty, "\(remarks)")
      #expect(try runs.run("predict", "run", "--quiet").output.split(separator: "\n").count == 9001)
    }
  }

  @Test("refuses what it cannot use, with the exit code of its kind")
  func refusals() throws {
    try TrainedRuns.with { runs in
      try runs.trainPrices()
      try FileManager.default.createDirectory(atPath: runs.path("empty"), withIntermediateDirectories: true)
      try runs.write("x", "text.safetensors")
      try runs.run("predict").expectRefusal(2, "model")
      try runs.run("predict", "none").expectRefusal(2, "none", "no such directory")
      try runs.run("predict", "prices.json").expectRefusal(2, "--weights")
      try runs.run("predict", "empty").expectRefusal(2, "empty", "no weights.safetensors")
      try runs.run("predict", "prices", "--top", "0").expectRefusal(2, "--top")
      try runs.run("predict", "prices", "--format", "xml").expectRefusal(2, "xml", "jsonl")
      try runs.run("predict", "prices", "--threads", "0").expectRefusal(2, "threads")
      try runs.run("predict", "prices", "--on-bad-sample", "guess").expectRefusal(2, "guess")
      try runs.run("predict", "prices", "--set", "data.nothing=1").expectRefusal(2, "data.nothing")
      try runs.run("predict", "none.safetensors").expectRefusal(1, "none.safetensors")
      try runs.run("predict", "text.safetensors").expectRefusal(1, "text.safetensors")
      try runs.run("predict", "prices", "--input", "none.csv").expectRefusal(3, "none.csv")
      try FileManager.default.removeItem(atPath: runs.path("test.csv"))
      try runs.run("predict", "prices").expectRefusal(3, "test.csv")
      try runs.run("evaluate", "prices").expectRefusal(3, "test.csv")
    }
  }
}
