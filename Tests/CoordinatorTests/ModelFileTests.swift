import Calendars
import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import JSON
import Kernels
import Models
import Records
import TestSupport
import Testing

@Suite("A model's file")
struct ModelFileTests {
  @Test("alone says of the test set what the run's evaluation found, to the bit", arguments: ModelFiles.allCases)
  func evaluation(data: ModelFiles) throws {
    try withTemporaryFolder { folder in
      let trained = try data.train(folder)
      let model = try Model(file: trained.path)
      #expect(model.preprocessing == trained.splits.preprocessing)
      #expect(model.predictsClasses == !data.isRegression)
      for threads in [1, 3] {
        var collector = EvaluationCollector(model, answers: try #require(model.preprocessing?.answers))
        let reader = SourceReader(trained.splits.test, targetScale: trained.splits.targetScale)
        try Predictor(model, threads: threads).predict(reader) { collector.add($0) }
        let record = collector.record(model: "m", input: "i")
        #expect(record.testLoss == trained.evaluation.loss)
        #expect(record.testAccuracy == trained.evaluation.accuracy)
        #expect(record.classes.counts == trained.evaluation.classes)
        #expect(record.regression == trained.evaluation.regression)
        #expect(record.testSamples == trained.splits.test.count && record.notFiniteSamples == 0)
        #expect((record.regression == nil) == !data.isRegression && record.rocAUC == nil)
      }
      #expect(trained.evaluation.loss.isFinite)
    }
  }

  @Test("holds the statistics that evaluations use, where evaluate.batchNormSamples takes them anew")
  func recomputedStatistics() throws {
    try withTemporaryFolder { folder in
      let trained = try ModelFiles.synthetic.train(folder) { $0.evaluate.batchNormSamples = 60 }
      let model = try Model(file: trained.path)
      var collector = EvaluationCollector(model, answers: trained.splits.answers)
      try Predictor(model, threads: 2).predict(SourceReader(trained.splits.test, targetScale: nil)) {
        collector.add($0)
      }
      #expect(collector.record(model: "m", input: "i").testLoss == trained.evaluation.loss)
      // A trainer that takes them anew once more finds the same, and the digest of the file itself.
      let trainer = try Trainer(RunPlan(trained.configuration, splits: trained.splits, threads: 1))
      try trainer.loadWeights(from: trained.path)
      #expect(try trainer.evaluate() == trained.evaluation)
      var plain = trained.configuration
      plain.evaluate.batchNormSamples = nil
      let other = try Trainer(RunPlan(plain, splits: trained.splits, threads: 1))
      try other.loadWeights(from: trained.path)
      #expect(other.weightsSHA256 == trainer.weightsSHA256)
    }
  }

  @Test("makes of the data's own numbers the inputs of the data set, to the bit", arguments: ModelFiles.allCases)
  func numbers(data: ModelFiles) throws {
    try withTemporaryFolder { folder in
      let trained = try data.train(folder)
      let scale = try #require(try Model(file: trained.path).preprocessing?.scale)
      let test = trained.splits.test.stored
      let stored: [Float] =
        switch test.samples {
        case .bytes(let buffer): buffer.view.array().map(Float.init)
        case .floats(let buffer): buffer.view.array()
        }
      let numbers: [Double]
      if data == .timestamps {
        #expect(scale.stored != nil)
        let rows = try String(contentsOfFile: folder.path + "/test.csv", encoding: .utf8).split(separator: "\n")
        numbers = try rows.dropFirst().flatMap { row in
          try row.split(separator: ",").prefix(2).map { try #require(Double($0)) }
        }
      } else {
        #expect(scale.stored == nil)
        numbers = stored.map(Double.init)
      }
      let (found, expected) = (Buffer<Float>(count: numbers.count), Buffer<Float>(count: numbers.count))
      scale.write(numbers, into: found.view)
      for sample in 0..<test.count {
        test.write(sample, into: expected.view[sample * test.shape.count..<(sample + 1) * test.shape.count])
      }
      #expect(found.array().map(\.bitPattern) == expected.array().map(\.bitPattern))
    }
  }

  @Test("gives numbers back in their units: predictions of a run are near the means of its targets")
  func units() throws {
    try withTemporaryFolder { folder in
      let trained = try ModelFiles.prices.train(folder)
      guard case .values(let scale)? = try Model(file: trained.path).preprocessing?.answers else {
        Issue.record("no numbers to predict")
        return
      }
      #expect(scale.names == ["price", "age"])
      #expect(abs(scale.means[0] - 250_000) < 20_000 && abs(scale.means[1] - 0.03) < 1e-4)
      let errors = try #require(trained.evaluation.regression?.outputs)
      // In standardised units these would be near 1.
      #expect(errors[0].rootMeanSquaredError > 1000 && errors[1].rootMeanSquaredError < 0.01)
    }
  }

  @Test("holds preprocessing that JSON gives back exactly, every float and double of it")
  func roundTrip() throws {
    var generator = SeededGenerator(seed: 12)
    func float() -> Float {
      while true {
        let value = Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &generator))
        if value.isFinite { return value }
      }
    }
    func double() -> Double {
      while true {
        let value = Double(bitPattern: UInt64.random(in: 0...UInt64.max, using: &generator))
        if value.isFinite { return value }
      }
    }
    let floats: [Float] = [0.1, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1 / 3, 16_777_215]
    let doubles: [Double] = [0.1, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1 / 3, 1e-300]
    let scales = floats + (0..<500).map { _ in float() }
    let numbers = doubles + (0..<500).map { _ in double() }
    let channels = scales.count
    // A deviation of 0 is refused where it is read.
    let deviations = numbers.reversed().map { $0 == 0 ? 1 : $0 }
    let values = Preprocessing(
      shape: .features(channels), input: .numbers(NumberForm()),
      scale: InputScale(scale: scales, shift: scales.reversed()),
      answers: .values(
        TargetScale(names: numbers.indices.map { "n\"\($0)é\n" }, means: numbers, deviations: deviations)))
    let text = JSONText.state(values)
    let read = try JSONText.state(Preprocessing.self, from: text)
    #expect(read == values)
    #expect(read.scale.scale.map(\.bitPattern) == scales.map(\.bitPattern))
    guard case .values(let scale) = read.answers else { return }
    #expect(scale.means.map(\.bitPattern) == numbers.map(\.bitPattern))
    #expect(scale.deviations.map(\.bitPattern) == deviations.map(\.bitPattern))
    #expect(!text.contains("inf") && !text.contains("nan"))
    #expect(JSONText.state(read) == text)
  }

  @Test("holds the preprocessing of every kind of data so", arguments: ModelFiles.allCases)
  func kinds(data: ModelFiles) throws {
    try withTemporaryFolder { folder in
      let preprocessing = try #require(data.splits(try data.configuration(folder)).preprocessing)
      let text = JSONText.state(preprocessing)
      #expect(try JSONText.state(Preprocessing.self, from: text) == preprocessing)
      #expect(!text.contains("inf") && !text.contains("nan"))
    }
  }

  // MARK: Files that are not what they should be

  /// The tensors of a trained file with other metadata.
  private func rewrite(_ path: String, to other: String, _ change: (inout [String: String]) -> Void) throws {
    let file = try SafetensorsFile(path: path)
    var metadata = file.metadata
    change(&metadata)
    let tensors = try file.entries.map { entry in
      SafetensorsTensor(entry.name, shape: entry.shape, Buffer(try file.floats(entry.name)).view)
    }
    try SafetensorsFile.write(tensors, metadata: metadata, to: other)
  }

  private func message(_ path: String) -> String {
    do {
      _ = try Model(file: path)
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test("that does not say what it holds is refused with what to do")
  func missing() throws {
    try withTemporaryFolder { folder in
      let trained = try ModelFiles.timestamps.train(folder)
      let other = folder.path + "/other.safetensors"
      for (key, word) in [("isotherm.config", "weights"), ("isotherm.preprocessing", "program's own")] {
        try rewrite(trained.path, to: other) { $0[key] = nil }
        #expect(throws: CheckpointError.self) { try Model(file: other) }
        for expected in [other, key, word, "CONFIG --weights FILE"] {
          #expect(message(other).contains(expected), "\(message(other))")
        }
      }
      try rewrite(trained.path, to: other) { _ in }
      #expect(message(other).isEmpty)
    }
  }

  @Test("whose metadata are damaged, or of another version, is refused and named")
  func damaged() throws {
    try withTemporaryFolder { folder in
      let trained = try ModelFiles.timestamps.train(folder)
      let other = folder.path + "/other.safetensors"
      let good = try #require(try SafetensorsFile(path: trained.path).metadata["isotherm.preprocessing"])
      let texts: [(String, String)] = [
        ("", "isotherm.preprocessing"), ("{", "isotherm.preprocessing"), ("[]", "isotherm.preprocessing"),
        ("{}", "incomplete"), (good.replacing("\"form\":\"table\"", with: "\"form\":\"telepathy\""), "telepathy"),
        (good.replacing("\"scale\":[", with: "\"scale\":[1,"), "isotherm.preprocessing"),
        (good.replacing("\"shift\":[", with: "\"shift\":[1,"), "isotherm.preprocessing"),
        (good.replacing("\"origins\":[", with: "\"origins\":[1,"), "isotherm.preprocessing"),
        (good.replacing("\"units\":[", with: "\"units\":[1,"), "isotherm.preprocessing"),
        (good.replacing("\"noise\":[", with: "\"noise\":[1,"), "isotherm.preprocessing"),
        (good.replacing("\"channels\":2", with: "\"channels\":3"), "isotherm.preprocessing"),
        (good.replacing("\"channels\":2", with: "\"channels\":-2"), "isotherm.preprocessing"),
        (good.replacing("\"height\":1", with: "\"height\":4611686018427387904"), "isotherm.preprocessing"),
        (
          good.replacing("\"marksMissing\":false,\"name\":\"size\"", with: "\"marksMissing\":true,\"name\":\"size\""),
          "3 columns"
        ),
        (good.replacing("\"position\":1", with: "\"position\":3"), "that it does not have"),
        (good.replacing("\"position\":1", with: "\"position\":-1"), "that it does not have"),
        (good.replacing("\"labelPositions\":[2]", with: "\"labelPositions\":[]"), "label columns"),
        (good.replacing("\"labels\":[\"kind\"]", with: "\"labels\":[]"), "label columns"),
        (good.replacing("[\"iris\",\"lily\",\"rose\"]", with: "[]"), "isotherm.preprocessing"),
      ]
      for (text, word) in texts {
        #expect(text != good)
        try rewrite(trained.path, to: other) { $0["isotherm.preprocessing"] = text }
        #expect(throws: CheckpointError.self, "\(text)") { try Model(file: other) }
        #expect(message(other).contains(other) && message(other).contains(word), "\(text): \(message(other))")
      }
      for text in ["", "{", "{}", "null"] {
        try rewrite(trained.path, to: other) { $0["isotherm.config"] = text }
        #expect(message(other).contains(other) && message(other).contains("isotherm.config"), "\(message(other))")
      }
      let contents = try Data(contentsOf: URL(fileURLWithPath: trained.path))
      for count in [0, 7, 100, contents.count - 1] {
        try contents.prefix(count).write(to: URL(fileURLWithPath: other))
        #expect(throws: CheckpointError.self) { try Model(file: other) }
      }
      #expect(throws: CheckpointError.self) { try Model(file: folder.path + "/none.safetensors") }
    }
  }

  @Test("whose numbers to predict have no scale that fits is refused")
  func damagedTargets() throws {
    try withTemporaryFolder { folder in
      let trained = try ModelFiles.prices.train(folder)
      let other = folder.path + "/other.safetensors"
      let good = try #require(try SafetensorsFile(path: trained.path).metadata["isotherm.preprocessing"])
      for key in ["means", "deviations", "names"] {
        let more = key == "names" ? "\"a\"," : "1,"
        let text = good.replacing("\"\(key)\":[", with: "\"\(key)\":[\(more)")
        #expect(text != good)
        try rewrite(trained.path, to: other) { $0["isotherm.preprocessing"] = text }
        #expect(throws: CheckpointError.self, "\(key)") { try Model(file: other) }
      }
    }
  }

  @Test("of a run on a program's own source is refused with what to do, and measured with its source")
  func ownSource() throws {
    try withTemporaryFolder { folder in
      let samples = Runs.samples(.features(6), count: 60)
      // Not a set in memory that a config could name.
      let splits = DataSplits(train: CountedSource(samples.train), test: CountedSource(samples.test))
      let trainer = try Trainer(RunPlan(Runs.configuration(.logistic, batch: 20), splits: splits))
      _ = trainer.takeStep()
      let path = folder.path + "/own.safetensors"
      try trainer.writeWeights(to: path)
      #expect(throws: CheckpointError.self) { try Model(file: path) }
      #expect(message(path).contains("program's own") && message(path).contains("CONFIG --weights FILE"))

      let model = try Model(trainer)
      var collector = EvaluationCollector(model, answers: splits.answers)
      try Predictor(model, threads: 2).predict(SourceReader(splits.test, targetScale: nil)) { collector.add($0) }
      let evaluation = try trainer.evaluate()
      #expect(collector.record(model: "", input: "").testLoss == evaluation.loss)
      #expect(collector.record(model: "", input: "").testAccuracy == evaluation.accuracy)
    }
  }
}
