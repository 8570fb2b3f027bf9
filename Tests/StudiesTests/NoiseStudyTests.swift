import Configuration
import Coordinator
import Foundation
import Records
import Studies
import TestSupport
import Testing

@Suite("Noise study")
struct NoiseStudyTests {
  @Test(
    "on a quadratic, the known noise scale lies within the interval, exact gradient or not", arguments: [true, false])
  func quadratic(exact: Bool) throws {
    // The gradient at w is λw, so that initial weights and a large curvature give a known |G|².
    let (configuration, splits) = try Temperature.quadratic(
      curvature: 40, deviations: (0..<12).map { 0.2 + 0.05 * Double($0) }, samples: 400)
    let trainer = try Trainer(RunPlan(configuration, splits: splits, threads: 1))
    let norm = trainer.fileWeights.reduce(0.0) { $0 + 1600 * Double($1) * Double($1) }
    let trace = (0..<12).reduce(0.0) { $0 + pow(0.2 + 0.05 * Double($1), 2) }
    var inside = 0
    for seed in 1...20 {
      var seeded = configuration
      seeded.seed = UInt64(seed)
      // Other draws at the weights of the first seed.
      try withTemporaryFolder { folder in
        let path = folder.path + "/weights.safetensors"
        try trainer.writeWeights(to: path)
        var study = NoiseStudy(samples: 4096, weights: path)
        study.usesExactGradient = exact
        let record = try study.run(seeded, splits: splits)
        #expect(record.isGradientExact == exact)
        if record.low <= trace / norm && trace / norm <= record.high { inside += 1 }
        #expect(abs(record.covarianceTrace / trace - 1) < 0.1)
        if exact { #expect(abs(record.gradientSquaredNorm / norm - 1) < 1e-4) }
        #expect(record.low < record.high && record.high < 3 * record.low)
      }
    }
    // 95 % of 20: fewer than 16 have a chance of 0.3 %.
    #expect(inside >= 16, "\(inside) of 20")
  }

  @Test("the tensors' shares add up to the whole, weight decay plays no part, and threads do not show")
  func layers() throws {
    let (configuration, splits) = try Temperature.configuration(
      """
      { "data": { "dataset": "digits" }, "model": { "preset": "mlp", "hidden": [17] }, "batch": { "size": 64 },
        "optimizer": { "method": "sgd", "weightDecay": 0.1 } }
      """)
    var records: [String] = []
    for threads in [1, 2, 3, 7] {
      var study = NoiseStudy(samples: 512)
      study.perLayer = true
      study.threads = threads
      let record = try study.run(configuration, splits: splits)
      #expect(record.layers.map(\.tensor) == ["0.weight", "0.bias", "2.weight", "2.bias"])
      let trace = record.layers.reduce(0) { $0 + $1.covarianceTrace }
      let norm = record.layers.reduce(0) { $0 + $1.gradientSquaredNorm }
      #expect(abs(trace / record.covarianceTrace - 1) < 1e-9 && abs(norm / record.gradientSquaredNorm - 1) < 1e-9)
      records.append(JSONText.pretty(record))
      var plain = configuration
      plain.optimizer.weightDecay = 0
      #expect(try study.run(plain, splits: splits).covarianceTrace == record.covarianceTrace)
    }
    #expect(records.allSatisfy { $0 == records[0] })
  }

  @Test("a noise scale without end reads back from JSON as infinite")
  func infinite() throws {
    var record = NoiseRecord(
      name: "n", machine: MachineRecord(cores: 1), weights: nil, noiseScale: .infinity, low: 3, high: .infinity,
      gradientSquaredNorm: 0, covarianceTrace: 1, isGradientExact: true, loss: 1, samples: 64, samplesPerGradient: 1,
      trainSamples: 10, parameters: 2, batch: 4, learningRate: 0.1, momentum: 0)
    record.layers = [.init(tensor: "w", parameters: 2, gradientSquaredNorm: 0, covarianceTrace: 1)]
    let text = JSONText.pretty(StudyDocument(record))
    #expect(text.contains("\"high\" : null"))
    #expect(try JSONDecoder().decode(StudyDocument<NoiseRecord>.self, from: Data(text.utf8)).record == record)
  }
}
