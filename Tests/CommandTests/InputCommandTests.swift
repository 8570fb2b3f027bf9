import Foundation
import Pictures
import TestSupport
import Testing

/// Models on samples of people's own, in each form that inputs have.
@Suite("predict and evaluate with --input")
struct InputCommandTests {
  /// Rows of a table: a number, a colour, a number that is mostly 0 and one that tells nothing, and a kind.
  private func rows(_ count: Int, seed: UInt64) -> [(length: Double, color: String, weight: Double, kind: String)] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
      let length = (Double.random(in: 10...30, using: &generator) * 100).rounded() / 100
      let color = ["red", "blue", "green"].randomElement(using: &generator) ?? "red"
      let weight = 1000 + (Double.random(in: -1...1, using: &generator) * 1000).rounded() / 1000
      return (length, color, weight, length > 20 ? (color == "red" ? "ash" : "elm") : "oak, \"old\"")
    }
  }

  private func quoted(_ cell: String) -> String {
    cell.contains(",") ? "\"" + cell.replacing("\"", with: "\"\"") + "\"" : cell
  }

  private func trainKinds(_ runs: TrainedRuns) throws {
    for (name, count, seed) in [("train", 150, 1), ("test", 61, 2)] as [(String, Int, UInt64)] {
      let lines = rows(count, seed: seed).map { "\($0.length),\($0.color),\($0.weight),\(quoted($0.kind))\n" }
      try runs.write("length,color,weight,kind\n" + lines.joined(), name + ".csv")
    }
    try runs.train(
      "kinds", data: #"{ "dataset": "csv", "train": "train.csv", "test": "test.csv", "label": "kind" }"#,
      model: #"{ "preset": "logistic" }"#)
  }

  /// Everything of a row but what it is called and its label.
  private func predicted(_ result: Command.Result) throws -> [[String]] {
    try result.output.split(separator: "\n").map { line in
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      let top = try #require(object["top"] as? [[String: Any]])
      return top.map { "\($0["class"] ?? "") \($0["probability"] ?? "")" }
    }
  }

  private let formatted = ["--format", "jsonl", "--top", "3", "--quiet"]

  /// What `predict` makes of what another command writes, and its exit code.
  private func piped(_ writer: String, in folder: URL) throws -> (output: String, errors: String, code: Int32) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = [
      "-c", #"\#(writer) | "$0" predict kinds --input - --format jsonl --quiet > piped.jsonl 2> errors.txt"#,
      Command.path,
    ]
    process.currentDirectoryURL = folder
    try process.run()
    process.waitUntilExit()
    func text(_ name: String) throws -> String {
      try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }
    return (try text("piped.jsonl"), try text("errors.txt"), process.terminationStatus)
  }

  @Test("a pipe may be packed, in one stream or several, but not to gigabytes")
  func packedPipes() throws {
    try TrainedRuns.with { runs in
      try trainKinds(runs)
      let plain = try piped("cat test.csv", in: runs.folder)
      #expect(plain.code == 0 && plain.output.split(separator: "\n").count == 61, "\(plain.errors)")
      for writer in [
        "gzip -c test.csv", "(head -n 30 test.csv | gzip; tail -n +31 test.csv | gzip)",
        "(gzip -c test.csv; echo rest)", "(gzip -c test.csv | head -c 1; sleep 0.1; gzip -c test.csv | tail -c +2)",
      ] {
        let packed = try piped(writer, in: runs.folder)
        #expect(packed.code == 0 && packed.output == plain.output, "\(writer): \(packed.errors)")
      }
      let cut = try piped("(gzip -c test.csv | head -c 400)", in: runs.folder)
      #expect(cut.code == 3 && cut.errors.contains("breaks off"), "\(cut.errors)")
      let damaged = try piped("(gzip -c test.csv | head -c -8; printf aaaabbbb)", in: runs.folder)
      #expect(damaged.code == 3 && damaged.errors.contains("damaged"), "\(damaged.errors)")
      let bomb = try piped(
        #"({ cat test.csv; head -c 300000000 /dev/zero | tr '\0' '\n'; } | gzip)"#, in: runs.folder)
      #expect(bomb.code == 3 && bomb.errors.contains("more than 268,435,456 bytes"), "\(bomb.errors)")
      #expect(bomb.errors.contains("256 MiB, or 300 times"))
    }
  }

  @Test("a table's columns are found by name, in any order, beside others, without the label, and on standard input")
  func tables() throws {
    try TrainedRuns.with { runs in
      try trainKinds(runs)
      let own = try Command.run(["predict", "kinds"] + formatted, in: runs.folder)
      let expected = try predicted(own)
      #expect(expected.count == 61 && Set(expected).count > 20, "\(own.errors)")

      let test = rows(61, seed: 2)
      try runs.write(
        "weight,note,color,length\n" + test.map { "\($0.weight),x,\($0.color),\($0.length)\n" }.joined(), "new.csv")
      let found = try Command.run(["predict", "kinds", "--input", "new.csv"] + formatted, in: runs.folder)
      #expect(try predicted(found) == expected, "\(found.errors)")
      #expect(!found.output.contains("label"))

      // The file alone, in another place, with a pipe in place of a file.
      try FileManager.default.createDirectory(atPath: runs.path("away"), withIntermediateDirectories: true)
      try FileManager.default.moveItem(
        atPath: runs.path("kinds/weights.safetensors"), toPath: runs.path("away/model.safetensors"))
      for name in ["train.csv", "test.csv", "kinds.json"] {
        try FileManager.default.removeItem(atPath: runs.path(name))
      }
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/bash")
      process.arguments = [
        "-c", #"cat new.csv | "$0" predict away/model.safetensors --input - --format jsonl --top 3 > piped.jsonl"#,
        Command.path,
      ]
      process.currentDirectoryURL = runs.folder
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      #expect(try runs.read("piped.jsonl") == found.output)

      // With the label, whose name has a comma and quotes, it stands at the end.
      let labelled = test.map { "\(quoted($0.kind)),\($0.color),\($0.length),\($0.weight)\n" }
      try runs.write("kind,color,length,weight\n" + labelled.joined(), "labelled.csv")
      let table = try runs.run("predict", "away/model.safetensors", "--input", "labelled.csv")
      #expect(table.output.hasPrefix("input,class,probability,label\n") && table.output.contains(#","oak, ""old""""#))
      let record = try runs.run("evaluate", "away/model.safetensors", "--input", "labelled.csv", "--json").json()
      let right = zip(expected, test).count { $0[0].hasPrefix($1.kind + " ") }
      #expect(record["testSamples"] as? Int == 61)
      #expect(abs((record["testAccuracy"] as? Double ?? 0) - Double(right) / 61) < 1e-12 && right > 40)
      #expect(record["macroF1"] is Double && record["perClass"] is [Any])
      #expect(!FileManager.default.fileExists(atPath: runs.path("away/evaluation.html")))
    }
  }

  @Test("a table that lacks a column, has words for a number, or no answers to measure by is refused by name")
  func badTables() throws {
    try TrainedRuns.with { runs in
      try trainKinds(runs)
      try runs.write("length,color\n12,red\n", "short.csv")
      try runs.run("predict", "kinds", "--input", "short.csv", "--out", "out.csv").expectRefusal(
        3, "short.csv", "weight")
      try runs.write("length,color,weight\n12,red,1000\nlong,red,1001\n14,blue,999\n", "words.csv")
      try runs.run("predict", "kinds", "--input", "words.csv", "--out", "out.csv")
        .expectRefusal(3, "words.csv", "\"long\" in row 3", "length")
      #expect(!FileManager.default.fileExists(atPath: runs.path("out.csv")))
      let skipped = try runs.run("predict", "kinds", "--input", "words.csv", "--on-bad-sample", "skip")
      #expect(skipped.status == 0 && skipped.table.rows.count == 2, "\(skipped.errors)")
      #expect(skipped.errors.contains("1 skipped") && skipped.errors.contains("row 3"), "\(skipped.errors)")
      try runs.run("evaluate", "kinds", "--input", "words.csv", "--on-bad-sample", "skip")
        .expectRefusal(3, "words.csv", "no sample says what is to be predicted")
      // A word that no training row has is no error, but worth a remark.
      try runs.write("length,color,weight\n12,violet,1000\n", "new.csv")
      let unknown = try runs.run("predict", "kinds", "--input", "new.csv")
      #expect(unknown.status == 0 && unknown.table.rows.count == 1)
      #expect(unknown.errors.contains("1 cell of text that no training row has"), "\(unknown.errors)")
    }
  }

  @Test("numbers to predict come back in their units from a table of other rows")
  func numbers() throws {
    try TrainedRuns.with { runs in
      try runs.trainPrices()
      let own = try runs.run("predict", "prices").table
      #expect(own.header == ["input", "value", "target"])
      let rows = runs.table(53, seed: 2)
      try runs.write("size,time\n" + rows.map { "\($0.size),\($0.time)\n" }.joined(), "new.csv")
      let found = try runs.run("predict", "prices", "--input", "new.csv")
      #expect(found.table.header == ["input", "value"], "\(found.errors)")
      #expect(found.table.rows.map { $0[1] } == own.rows.map { $0[1] })
      try runs.write("price,size,time\n" + rows.map { "\($0.price),\($0.size),\($0.time)\n" }.joined(), "more.csv")
      let record = try runs.run("evaluate", "prices", "--input", "more.csv", "--json").json()
      let whole = try runs.run("evaluate", "prices", "--json").json()
      let (regression, expected) = (record["regression"] as? [String: Any], whole["regression"] as? [String: Any])
      let (one, other) = (regression?["rSquared"] as? Double ?? 0, expected?["rSquared"] as? Double ?? 1)
      #expect(abs(one - other) < 1e-6 && one > 0.5)
      let outputs = try #require(regression?["outputs"] as? [[String: Any]])
      #expect(outputs[0]["name"] as? String == "price")
    }
  }

  /// A .npy file of version 1.
  private func npy(_ type: String, _ shape: String, _ elements: Data) -> Data {
    var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }"
    while (10 + header.utf8.count + 1) % 64 != 0 { header += " " }
    header += "\n"
    let count = UInt16(header.utf8.count)
    return Data([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(count & 255), UInt8(count >> 8)]) + Data(header.utf8)
      + elements
  }

  @Test("an array of numbers gives what the test set of the same numbers gives")
  func arrays() throws {
    try TrainedRuns.with { runs in
      var generator = SeededGenerator(seed: 5)
      for (name, count) in [("train", 120), ("test", 47)] {
        let labels = (0..<count).map { _ in UInt8.random(in: 0..<3, using: &generator) }
        let numbers = labels.flatMap { label in
          (0..<12).map { Float(Int($0 % 3) == Int(label) ? 90 : 50) + Float.random(in: -30...30, using: &generator) }
        }
        let elements = numbers.withUnsafeBytes { Data($0) }
        try npy("<f4", "(\(count), 2, 6)", elements).write(to: URL(fileURLWithPath: runs.path(name + "-x.npy")))
        try npy("|u1", "(\(count),)", Data(labels)).write(to: URL(fileURLWithPath: runs.path(name + "-y.npy")))
      }
      func pair(_ name: String) -> String { #"{ "inputs": "\#(name)-x.npy", "labels": "\#(name)-y.npy" }"# }
      try runs.train(
        "arrays", data: #"{ "dataset": "npy", "train": \#(pair("train")), "test": \#(pair("test")) }"#,
        model: #"{ "layers": [{ "type": "flatten" }, { "type": "dense", "units": 3 }] }"#)
      let own = try Command.run(["predict", "arrays"] + formatted, in: runs.folder)
      let found = try Command.run(["predict", "arrays", "--input", "test-x.npy"] + formatted, in: runs.folder)
      #expect(try predicted(found) == predicted(own), "\(found.errors)")
      #expect(try predicted(own).count == 47)
      try runs.run("predict", "arrays", "--input", "test-y.npy").expectRefusal(3, "test-y.npy")
      let bytes = try Data(contentsOf: URL(fileURLWithPath: runs.path("test-x.npy")))
      try bytes.dropLast(5).write(to: URL(fileURLWithPath: runs.path("cut.npy")))
      try runs.run("predict", "arrays", "--input", "cut.npy").expectRefusal(3, "cut.npy")
    }
  }

  @Test("a folder of pictures gives what the test set gives; a broken picture is refused, or skipped and named")
  func pictures() throws {
    try TrainedRuns.with { runs in
      var generator = SeededGenerator(seed: 6)
      for (part, count) in [("train", 12), ("test", 5)] {
        for (label, offset) in [("dark", 0), ("light", 120)] {
          let folder = "pictures/\(part)/\(label)"
          try FileManager.default.createDirectory(atPath: runs.path(folder), withIntermediateDirectories: true)
          for number in 0..<count {
            let (height, width) = (number % 3 + 8, number % 4 + 9)
            let bytes = (0..<height * width * 3).map { _ in UInt8(offset + Int.random(in: 0..<130, using: &generator)) }
            let file = try Picture(height: height, width: width, channels: 3, bytes: bytes).png()
            try Data(file).write(to: URL(fileURLWithPath: runs.path("\(folder)/\(number).png")))
          }
        }
      }
      try runs.train(
        "pictures-run", data: #"{ "dataset": "imageFolder", "path": "pictures", "size": 8, "cache": "cache" }"#,
        model: #"{ "layers": [{ "type": "flatten" }, { "type": "dense", "units": 2 }] }"#)
      let own = try runs.run("predict", "pictures-run")
      #expect(own.table.rows.count == 10, "\(own.errors)")
      let found = try runs.run("predict", "pictures-run", "--input", "pictures/test")
      #expect(found.table.header == ["input", "class", "probability", "label"], "\(found.errors)")
      #expect(
        found.table.rows.map { $0[0] } == ["dark", "light"].flatMap { label in (0..<5).map { "\(label)/\($0).png" } })
      #expect(found.table.rows.map { $0[1...] } == own.table.rows.map { $0[1...] })
      let record = try runs.run("evaluate", "pictures-run", "--input", "pictures/test", "--json").json()
      let whole = try runs.run("evaluate", "pictures-run", "--json").json()
      #expect(record["testAccuracy"] as? Double == whole["testAccuracy"] as? Double && record["rocAUC"] is Double)
      #expect(record["testLoss"] as? Double == whole["testLoss"] as? Double)
      let single = try runs.run("predict", "pictures-run", "--input", "pictures/test/light/3.png").table.rows
      #expect(single.count == 1 && single[0][1] == found.table.rows[8][1])

      try runs.write("no picture", "pictures/test/dark/2.png")
      try runs.run("predict", "pictures-run", "--input", "pictures/test").expectRefusal(3, "dark/2.png")
      let skipped = try runs.run("predict", "pictures-run", "--input", "pictures/test", "--on-bad-sample", "skip")
      #expect(skipped.status == 0 && skipped.errors.contains("dark/2.png") && skipped.errors.contains("1 skipped"))
      var others = found.table.rows
      others.remove(at: 2)
      #expect(skipped.table.rows == others)
    }
  }
}
