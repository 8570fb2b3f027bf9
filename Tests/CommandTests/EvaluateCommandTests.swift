import Foundation
import TestSupport
import Testing

@Suite("The command evaluate")
struct EvaluateCommandTests {
  @Test("measures a run of two classes: JSON, text, and a page in its directory")
  func twoClasses() throws {
    try TrainedRuns.with { runs in
      let summary = try runs.trainClasses(2)
      let found = try runs.run("evaluate", "run", "--json").json()
      for key in ["testLoss", "testAccuracy", "weightsSHA256"] {
        #expect("\(found[key] ?? "none")" == "\(summary[key] ?? "missing")", "\(key)")
      }
      #expect(found["testSamples"] as? Int == 70 && found["notFiniteSamples"] as? Int == 0)
      for key in ["macroPrecision", "macroRecall", "macroF1", "majorityShare", "rocAUC"] {
        let value = try #require(found[key] as? Double, "\(key)")
        #expect(value > 0.4 && value <= 1, "\(key)")
      }
      let error = try #require(found["calibrationError"] as? Double)
      #expect(error >= 0 && error < 0.5 && (found["calibration"] as? [Any])?.count == 15)
      #expect((found["perClass"] as? [Any])?.count == 2 && (found["confusionMatrix"] as? [[Int]])?.count == 2)
      #expect((found["roc"] as? [Any])?.count ?? 0 > 2 && found["top5Accuracy"] == nil && found["regression"] == nil)

      // The area by its definition, from what predict says.
      let lines = try runs.run("predict", "run", "--top", "2", "--format", "jsonl").output.split(separator: "\n")
      var scores: [(score: Double, isPositive: Bool)] = []
      for line in lines {
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        let top = try #require(object["top"] as? [[String: Any]])
        let second = try #require(top.first { $0["class"] as? String == "1" }?["probability"] as? Double)
        scores.append((second, object["label"] as? String == "1"))
      }
      let (positive, negative) = (scores.filter(\.isPositive), scores.filter { !$0.isPositive })
      var wins = 0.0
      for one in positive {
        for other in negative { wins += one.score > other.score ? 1 : one.score == other.score ? 0.5 : 0 }
      }
      let area = try #require(found["rocAUC"] as? Double)
      #expect(abs(area - wins / Double(positive.count * negative.count)) < 1e-12)

      let page = try runs.read("run/evaluation.html")
      #expect(page.contains("ROC curve") && page.contains("</html>") && page.contains("Accuracy"))
      let text = try runs.run("evaluate", "run", "--threads", "3")
      for word in ["Accuracy", "ROC-AUC", "calibration error", "F1", "run/evaluation.html"] {
        #expect(text.output.contains(word), "\(text.output)")
      }
      #expect(text.status == 0)
    }
  }

  @Test("measures a model's file, and writes a page where it is told and nowhere else")
  func file() throws {
    try TrainedRuns.with { runs in
      try runs.trainClasses(7)
      let before = try runs.files
      let found = try runs.run("evaluate", "run/weights.safetensors", "--json").json()
      #expect(try runs.files == before)
      let run = try runs.run("evaluate", "run", "--json", "--out", "page.html").json()
      #expect(try runs.files == (before + ["page.html"]).sorted())
      #expect(found["top5Accuracy"] as? Double ?? 0 >= found["testAccuracy"] as? Double ?? 1)
      #expect(found["rocAUC"] == nil && found["testLoss"] as? Double == run["testLoss"] as? Double)
      #expect(try runs.read("page.html").contains("Calibration"))
      try runs.run("evaluate", "run.json").expectRefusal(2, "--weights")
      try runs.run("evaluate", "none").expectRefusal(2, "none")
    }
  }

  @Test("measures numbers in their units")
  func numbers() throws {
    try TrainedRuns.with { runs in
      let summary = try runs.trainPrices()
      let found = try runs.run("evaluate", "prices", "--json").json()
      let regression = try #require(found["regression"] as? [String: Any])
      let expected = try #require(summary["regression"] as? [String: Any])
      for key in ["rSquared", "rootMeanSquaredError", "meanAbsoluteError"] {
        #expect(regression[key] as? Double == expected[key] as? Double && regression[key] is Double, "\(key)")
      }
      #expect(regression["rootMeanSquaredError"] as? Double ?? 0 > 100)
      let outputs = try #require(regression["outputs"] as? [[String: Any]])
      #expect(outputs.count == 1 && outputs[0]["rSquared"] is Double)
      #expect(found["testAccuracy"] == nil && found["calibrationError"] == nil && found["perClass"] == nil)
      #expect(found["testLoss"] as? Double == summary["testLoss"] as? Double)
      #expect(try runs.read("prices/evaluation.html").contains("Predicted against true"))
      let text = try runs.run("evaluate", "prices").output
      #expect(text.contains("R²") && text.contains("RMSE") && text.contains("MAE"))
    }
  }
}
