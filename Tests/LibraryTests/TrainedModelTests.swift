import Kernels
import Configuration
import Checkpoints
import Coordinator
import Datasets
import Exporters
import Foundation
import Library
import TestSupport
import Testing

@Suite("A trained model")
struct TrainedModelTests {
  /// The test set's numbers as the file has them.
  private func numbers(_ data: DataSplits) throws -> [Float] {
    switch try #require(data.test as? Dataset).samples {
    case .bytes(let buffer): buffer.array().map(Float.init)
    case .floats(let buffer): buffer.array()
    }
  }

  @Test("gives the test set's numbers probabilities whose mean −log is the evaluation's loss, and its classes")
  func probabilities() async throws {
    let configuration = try TrainingTests.configuration()
    let data = try DatasetLoader.load(configuration.data, seed: configuration.seed)
    let result = try await Training(configuration, data: data).run()
    let evaluation = try #require(result.evaluation)
    let rows = try result.model.probabilities(of: numbers(data))
    let classes = try result.model.classes(of: numbers(data))
    #expect(rows.count == data.test.count && classes.count == data.test.count)
    var loss = 0.0
    var right = 0
    for (sample, row) in rows.enumerated() {
      #expect(row.count == 10 && abs(row.reduce(0, +) - 1) < 1e-5)
      loss -= log(Double(row[data.test.label(of: sample)]))
      right += classes[sample] == data.test.label(of: sample) ? 1 : 0
    }
    #expect(abs(loss / Double(rows.count) - evaluation.loss) < 1e-5)
    #expect(Double(right) / Double(rows.count) == evaluation.accuracy)
    #expect(evaluation.accuracy ?? 0 > 0.6)
  }

  @Test("is written for other programs in every form, with its files by name")
  func export() async throws {
    let model = try await Training(try TrainingTests.configuration()).run().model
    try withTemporaryFolder { folder in
      for format in ExportFormat.allCases {
        let path = folder.appendingPathComponent("model." + format.rawValue).path
        let files = try model.export(to: path, format: format)
        #expect(files.first == path)
        for file in files { #expect(FileManager.default.fileExists(atPath: file)) }
      }
      let own = try TrainedModel(contentsOf: folder.appendingPathComponent("model.safetensors").path)
      #expect(own.classNames == model.classNames)
      #expect(throws: CheckpointError.self) { try model.export(to: "/nowhere/model.onnx", format: .onnx) }
    }
  }

  @Test("gives a sample the same numbers alone and among others, and the same bits from a file of its weights")
  func sameNumbers() async throws {
    let configuration = try TrainingTests.configuration()
    let data = try DatasetLoader.load(configuration.data, seed: configuration.seed)
    let model = try await Training(configuration, data: data).run().model
    let size = model.shape.count
    let samples = Array(try numbers(data).prefix(23 * size))
    let together = try model.values(of: samples)
    try withTemporaryFolder { folder in
      let path = folder.path + "/weights.safetensors"
      try model.writeWeights(to: path)
      let copy = try TrainedModel(configuration, data: data, weights: path)
      #expect(try copy.values(of: samples) == together)
      #expect(copy.evaluate(threads: 3) == model.evaluate())
    }
    for sample in [0, 6, 7, 22] {
      let alone = try model.values(of: Array(samples[sample * size..<(sample + 1) * size]))
      #expect(alone.count == 1)
      for (one, other) in zip(alone[0], together[sample]) { #expect(abs(one - other) <= 1e-5 * max(1, abs(other))) }
    }
    #expect(try model.values(of: []).isEmpty)
  }

  @Test("says how many numbers a sample has, and that a regression has no classes")
  func errors() async throws {
    let model = try await Training(TrainingTests.configuration(steps: 1)).run().model
    let wrong = #expect(throws: PredictionError.self) { try model.values(of: [1, 2, 3]) }
    #expect(wrong?.description.contains("found 3 numbers; allowed are 64 a sample") == true)
    let regression = try await Training(TrainingTests.configuration(steps: 1, loss: "meanSquaredError")).run().model
    let none = #expect(throws: PredictionError.self) { try regression.classes(of: []) }
    #expect(none?.description.contains("meanSquaredError") == true)
    #expect(try regression.values(of: Array(repeating: 0, count: 64))[0].count == 10)
  }
}
