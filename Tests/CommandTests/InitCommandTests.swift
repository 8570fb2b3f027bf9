import Foundation
import Pictures
import TestSupport
import Testing

@Suite("init")
struct InitCommandTests {
  /// Makes a config of data, trains it for some epochs, and evaluates it on its test set.
  private func trained(
    _ runs: TrainedRuns, _ data: String?, epochs: Int, more: [String] = []
  ) throws -> [String: Any] {
    let arguments = ["init", "--out", "config.json"] + (data.map { ["--data", $0] } ?? []) + more
    let made = try Command.run(arguments, in: runs.folder)
    try #require(made.status == 0, "\(made.errors)")
    #expect(made.output.contains("isotherm train config.json"))
    let trained = try runs.run("train", "config.json", "--set", "epochs=\(epochs)", "--quiet", "--json")
    try #require(trained.status == 0, "\(trained.errors)")
    let result = try runs.run("evaluate", "latest", "--json", "--quiet")
    try #require(result.status == 0, "\(result.errors)")
    let predicted = try runs.run("predict", "latest", "--quiet")
    let record = try result.json()
    #expect(predicted.table.rows.count == record["testSamples"] as? Int, "\(predicted.errors)")
    return record
  }

  @Test("without data: the digits, which then are recognised")
  func digits() throws {
    try TrainedRuns.with { runs in
      let record = try trained(runs, nil, epochs: 10)
      #expect(record["testAccuracy"] as? Double ?? 0 > 0.85)
    }
  }

  @Test("a table of classes trains to better than chance")
  func wine() throws {
    try TrainedRuns.with { runs in
      var generator = SeededGenerator(seed: 3)
      let rows = (0..<178).map { row in
        let inputs = (0..<13).map { column in
          String(
            Double((row % 3 * 7 + column * 3) % 5 * (column * column + 1)) + .random(in: -1...1, using: &generator))
        }
        return inputs.joined(separator: ",") + ",\(["Barolo", "Grignolino", "Barbera"][row % 3])\n"
      }
      try runs.write((0..<13).map { "x\($0)," }.joined() + "cultivar\n" + rows.joined(), "wine.csv")
      let record = try trained(runs, "wine.csv", epochs: 30)
      #expect(record["testAccuracy"] as? Double ?? 0 > 0.8)
    }
  }

  @Test("a table of numbers to predict trains to better than their mean")
  func regression() throws {
    try TrainedRuns.with { runs in
      let rows = runs.table(400, seed: 4).map { "\($0.time),\($0.size),\($0.price)\n" }
      try runs.write("time,size,price\n" + rows.joined(), "prices.csv")
      let record = try trained(runs, "prices.csv", epochs: 30)
      let regression = try #require(record["regression"] as? [String: Any])
      #expect(regression["rSquared"] as? Double ?? -1 > 0.5, "\(regression)")
    }
  }

  @Test("a folder of pictures of several sizes trains to better than chance")
  func pictures() throws {
    try TrainedRuns.with { runs in
      var generator = SeededGenerator(seed: 6)
      for (label, name) in ["dark", "light"].enumerated() {
        let folder = runs.folder.appendingPathComponent("photos/\(name)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for number in 0..<40 {
          let (height, width) = (32 + number % 3, 33 + number % 2)
          let bytes = (0..<height * width * 3).map { _ in
            UInt8.random(in: 0...120, using: &generator) + UInt8(label) * 100
          }
          let picture = Picture(height: height, width: width, channels: 3, bytes: bytes)
          try Data(picture.png()).write(to: folder.appendingPathComponent("\(number).png"))
        }
      }
      let record = try trained(runs, "photos", epochs: 6)
      #expect(record["testAccuracy"] as? Double ?? 0 > 0.75)
      let config = try runs.read("config.json")
      #expect(config.contains("\"size\": 32") && config.contains("\"testShare\": 0.2"))
    }
  }

  @Test("IDX files train to better than chance")
  func idx() throws {
    try TrainedRuns.with { runs in
      var generator = SeededGenerator(seed: 7)
      for (split, count) in [("train", 200), ("t10k", 60)] {
        let labels = (0..<count).map { UInt8($0 % 3) }
        let pixels = labels.flatMap { label in
          (0..<144).map { UInt8($0 / 48 == Int(label) ? 150 : 0) + UInt8.random(in: 0...100, using: &generator) }
        }
        let header: [UInt8] = [0, 0, 8, 3, 0, 0, 0, UInt8(count), 0, 0, 0, 12, 0, 0, 0, 12]
        try Data(header + pixels).write(to: runs.folder.appendingPathComponent("\(split)-images-idx3-ubyte"))
        try Data([0, 0, 8, 1, 0, 0, 0, UInt8(count)] + labels)
          .write(to: runs.folder.appendingPathComponent("\(split)-labels-idx1-ubyte"))
      }
      let record = try trained(runs, "train-images-idx3-ubyte", epochs: 8)
      #expect(record["testAccuracy"] as? Double ?? 0 > 0.8)
    }
  }

  @Test(
    "an archive of arrays that NumPy wrote trains to better than chance",
    .enabled(if: Program.pythonHas("numpy"), "there is no Python with numpy, which would write the archive"))
  func npz() throws {
    try TrainedRuns.with { runs in
      let script = """
        import numpy
        random = numpy.random.default_rng(1)
        y = numpy.arange(300) % 4
        x = random.normal(size=(300, 10)).astype("float32") + 3 * numpy.eye(10)[y]
        numpy.savez("data.npz", x=x, y=y)
        """
      let wrote = try Program.run(Program.python, "-c", script, in: runs.folder)
      try #require(wrote.status == 0, "\(wrote.errors)")
      let record = try trained(runs, "data.npz", epochs: 20)
      #expect(record["testAccuracy"] as? Double ?? 0 > 0.7)
    }
  }

  @Test("the config is called as the data, and a file that is there is never overwritten")
  func names() throws {
    try TrainedRuns.with { runs in
      try runs.write("x,y\n" + (0..<40).map { "\($0 % 7).5,\($0 % 2)\n" }.joined(), "my data.csv")
      let first = try runs.run("init", "--data", "my data.csv", "--json")
      #expect(try first.json()["config"] as? String == "my-data.json", "\(first.errors)")
      #expect(try (first.json()["data"] as? [String: Any])?["samples"] as? Int == 32)
      let before = try runs.read("my-data.json")
      let second = try runs.run("init", "--data", "my data.csv")
      second.expectRefusal(2, "my-data.json", "never overwrites", "--out")
      #expect(try runs.read("my-data.json") == before)
      #expect(try runs.run("train", "my-data.json", "--set", "epochs=1", "--quiet").status == 0)
    }
  }

  @Test("what the loaders refuse is refused in their words, and nothing is written")
  func refused() throws {
    try TrainedRuns.with { runs in
      try runs.write("x,y\n1,a\n2,b,c\n", "broken.csv")
      let broken = try runs.run("init", "--data", "broken.csv")
      broken.expectRefusal(3, "broken.csv", "what to do")
      let missing = try Command.run(
        "init", "--data", "mnist", in: runs.folder, environment: ["ISOTHERM_DATA": runs.path("none")])
      missing.expectRefusal(3, "isotherm data fetch mnist")
      try runs.run("init", "--data", "missing.csv").expectRefusal(3, "missing.csv", "no such file")
      try runs.run("init", "--label", "x").expectRefusal(2, "--label")
      #expect(try runs.files == ["broken.csv"])
    }
  }

  @Test("a schema beside the config is named in its first key, which train passes over")
  func schema() throws {
    try TrainedRuns.with { runs in
      #expect(try runs.run("schema", "--output", "isotherm.schema.json").output == "isotherm.schema.json\n")
      #expect(try runs.run("init", "--quiet").status == 0)
      let text = try runs.read("digits.json")
      #expect(text.contains("\"$schema\": \"./isotherm.schema.json\""))
      let run = try runs.run("train", "digits.json", "--set", "epochs=1", "--out", "run", "--quiet")
      #expect(run.status == 0, "\(run.errors)")
      #expect(try !runs.read("run/config.json").contains("$schema"))
    }
  }
}
