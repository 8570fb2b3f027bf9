import Foundation
import TestSupport
import Testing

@Suite("noise, equilibrium and linearity")
struct TemperatureCommandTests {
  private let quadratic = Command.packageFolder + "/Configs/quadratic.json"
  private let digits = Command.packageFolder + "/Configs/equilibrium-digits.json"

  private func expectStudy(_ folder: URL, _ name: String) throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/" + name).sorted()
    #expect(files == ["config.json", "report.html", "study.csv", "study.json"])
    let page = try String(contentsOfFile: folder.path + "/\(name)/report.html", encoding: .utf8)
    #expect(page.contains("<svg") && !page.contains("NaN"))
  }

  @Test("noise prints the contract's keys, and finds the known noise of the quadratic")
  func noise() throws {
    try withTemporaryFolder { folder in
      let result = try Command.run("noise", quadratic, "--json", "--per-layer", "--out", "noise", in: folder)
      #expect(result.status == 0, "\(result.errors)")
      let study = try result.json()
      for key in ["noiseScale", "low", "high", "gradientSquaredNorm", "covarianceTrace"] {
        #expect(study[key] as? Double ?? -1 > 0, "\(key)")
      }
      #expect(study["study"] as? String == "noise")
      // Σ σ_d² of the config is 4·(1 + 0.25 + 4 + 1).
      #expect(abs((study["covarianceTrace"] as? Double ?? 0) / 25 - 1) < 0.05)
      try expectStudy(folder, "noise")
      let text = try Command.run("noise", quadratic, "--quiet", "--samples", "256", "--estimate", in: folder)
      #expect(text.status == 0 && text.output.contains("noise scale"))
    }
  }

  @Test("equilibrium prints the contract's keys for every cell of the grid")
  func equilibrium() throws {
    try withTemporaryFolder { folder in
      let result = try Command.run(
        "equilibrium", digits, "--learning-rates", "0.1,0.2", "--batches", "16,32", "--momenta", "0,0.9", "--steps",
        "3000", "--reshuffle", "--json", "--out", "study", in: folder)
      #expect(result.status == 0, "\(result.errors)")
      let study = try result.json()
      #expect(study["minimumLoss"] as? Double ?? 0 > 0)
      let runs = try #require(study["runs"] as? [[String: Any]])
      #expect(runs.count == 8)
      for run in runs {
        for key in [
          "learningRate", "batch", "momentum", "temperatureIndex", "meanLoss", "lossDeviation", "excessLoss",
          "predictedExcessLoss", "equilibriumRatio", "histogram",
        ] {
          #expect(run[key] != nil, "\(key)")
        }
      }
      let collapse = try #require(study["collapse"] as? [String: Any])
      #expect(collapse["sameTemperature"] is Double && collapse["otherTemperature"] is Double)
      try expectStudy(folder, "study")
    }
  }

  @Test("linearity prints the contract's keys, and plan takes its warmup over")
  func linearity() throws {
    try withTemporaryFolder { folder in
      let config = Command.packageFolder + "/Configs/digits.json"
      let result = try Command.run(
        "linearity", config, "--multiples", "2,4", "--epochs", "0,1,2", "--tolerance", "1000", "--json", "--out",
        "study",
        in: folder)
      #expect(result.status == 0, "\(result.errors)")
      let points = try #require(try result.json()["points"] as? [[String: Any]])
      #expect(points.count == 6)
      for point in points {
        #expect(point["multiple"] is Int && point["step"] is Int && point["relativeGap"] is Double)
      }
      try expectStudy(folder, "study")
      // Everything is linear at such a tolerance: no warmup, so that the rate starts at its scaled value.
      let plan = try Command.run("plan", config, "--linearity", "study", "--json", in: folder).json()
      let rates = try #require(plan["learningRates"] as? [[String: Any]])
      #expect(abs((rates[0]["learningRate"] as? Double ?? 0) - 0.08) < 1e-12)
      #expect((plan["notes"] as? [String])?.contains { $0.contains("--set") } == true)
      let other = try Command.run(
        "plan", config, "--linearity", "study", "--set", "learningRate.reference=0.5", in: folder)
      #expect(other.status == 2 && other.errors.contains("make the study with this config"))
    }
  }

  @Test(
    "wrong options are refused with what is allowed",
    arguments: [
      ["equilibrium", "--momenta", "1"], ["equilibrium", "--learning-rates", "0"], ["equilibrium", "--steps", "10"],
      ["equilibrium", "--learning-rates", "0.1", "--temperatures", "0.1"], ["linearity", "--multiples", "1"],
      ["noise", "--samples", "1"], ["equilibrium", "--batches", "100000"],
    ])
  func refused(arguments: [String]) throws {
    try withTemporaryFolder { folder in
      let process = Command.process([arguments[0], quadratic] + arguments.dropFirst(), in: folder.path)
      process.standardError = FileHandle.nullDevice
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == 2)
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/studies"))
    }
  }
}
