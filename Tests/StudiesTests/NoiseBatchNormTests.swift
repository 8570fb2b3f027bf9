import Configuration
import Records
import Studies
import Testing

@Suite("Noise study of batch norm")
struct NoiseBatchNormTests {
  @Test("a gradient is that of a whole microbatch, over which batch norm takes its statistics", arguments: [8, 16])
  func wholeMicrobatches(microbatch: Int) throws {
    let (configuration, splits) = try Temperature.configuration(
      """
      { "data": { "dataset": "digits" }, "batch": { "size": 64, "microbatch": \(microbatch) },
        "model": { "layers": [ { "type": "dense", "units": 16 }, { "type": "batchNorm" }, { "type": "relu" },
                               { "type": "dense", "units": 10 } ] } }
      """)
    var study = NoiseStudy(samples: 1024)
    study.perLayer = true
    let record = try study.run(configuration, splits: splits)
    #expect(record.samplesPerGradient == microbatch)
    // Over a single sample the normalised values would be 0, and so would γ's gradient.
    let scale = try #require(record.layers.first { $0.tensor == "1.weight" })
    #expect(scale.covarianceTrace > 0 && scale.gradientSquaredNorm > 0)
  }
}
