import JSON
import Optimizers
import Configuration
import Coordinator
import Foundation
import Records
import Studies
import Testing

@Suite("Linearity study")
struct LinearityTests {
  @Test("on a quadratic without noise the gap is 1 − (1 − (1 − ηλ)^k) ÷ (kηλ)", arguments: [0.0, 0.5])
  func quadratic(momentum: Double) throws {
    let (configuration, splits) = try Temperature.quadratic(
      curvature: 2, deviations: [1e-7, 1e-7, 1e-7],
      more: """
        , "optimizer": { "method": "sgd", "momentum": \(momentum) },
        "learningRate": { "reference": 0.02, "referenceBatch": 8, "scaling": "linear" }
        """)
    let record = try LinearityStudy(multiples: [2, 5, 16], epochs: [0, 1], repeats: 2).run(
      configuration, splits: splits)
    #expect(record.steps == [0, 32] && record.multiples == [2, 5, 16])
    let rate = 0.02 * 2 / (1 - momentum)
    for point in record.points where point.step == 0 {
      let k = Double(point.multiple)
      let expected = 1 - (1 - pow(1 - rate, k)) / (k * rate)
      #expect(abs(point.relativeGap / expected - 1) < 2e-3, "k \(k): \(point.relativeGap), \(expected)")
      #expect(point.gapError < 1e-3 && point.lossLarge < point.lossBefore && point.lossSmall < point.lossBefore)
      // Heavy ball of the same steps by hand, in one dimension: all start at 1, and what is left in u is added.
      var (w, u) = (1.0, 0.0)
      for _ in 0..<point.multiple {
        u = momentum * u + 2 * w
        w -= 0.02 * u
      }
      let displacement = w - 0.02 * momentum / (1 - momentum) * u - 1
      let heavy = abs(displacement + k * rate) / (k * rate)
      if momentum > 0 {
        #expect(abs((point.momentumGap ?? -1) / heavy - 1) < 2e-3)
      } else {
        #expect(point.momentumGap == nil)
      }
    }
  }

  @Test("weight decay is part of both steps: on a quadratic, λ + decay takes the place of λ")
  func weightDecay() throws {
    let (configuration, splits) = try Temperature.quadratic(
      curvature: 2, deviations: [1e-7, 1e-7, 1e-7],
      more: """
        , "optimizer": { "method": "sgd", "momentum": 0.5, "weightDecay": 3 },
        "learningRate": { "reference": 0.01, "referenceBatch": 8, "scaling": "linear" }
        """)
    let record = try LinearityStudy(multiples: [2, 5, 16], epochs: [0], repeats: 2).run(configuration, splits: splits)
    for point in record.points {
      let (rate, k) = (0.01 / 0.5 * (2 + 3), Double(point.multiple))
      let expected = 1 - (1 - pow(1 - rate, k)) / (k * rate)
      #expect(abs(point.relativeGap / expected - 1) < 2e-3, "k \(k): \(point.relativeGap), \(expected)")
      // Heavy ball by hand, as above.
      var (w, u) = (1.0, 0.0)
      for _ in 0..<point.multiple {
        u = 0.5 * u + 5 * w
        w -= 0.01 * u
      }
      let heavy = abs(w - 0.01 * u - 1 + k * rate) / (k * rate)
      #expect(abs((point.momentumGap ?? -1) / heavy - 1) < 2e-3)
    }
  }

  @Test("steps share dropout's masks, and the losses at their ends have none")
  func dropout() throws {
    let text = { (rate: Double) in
      """
      { "data": { "dataset": "digits" }, "batch": { "size": 64 },
        "model": { "layers": [{ "type": "dropout", "rate": \(rate) }, { "type": "dense", "units": 10 }] },
        "optimizer": { "method": "sgd" },
        "learningRate": { "reference": 1e-5, "referenceBatch": 16 } }
      """
    }
    var study = LinearityStudy(multiples: [2, 4], epochs: [0], repeats: 2)
    study.threads = 2
    let (dropping, splits) = try Temperature.configuration(text(0.5))
    let record = try study.run(dropping, splits: splits)
    let plain = try study.run(try Temperature.configuration(text(0)).0, splits: splits)
    for (one, other) in zip(record.points, plain.points) {
      // So small a step changes nothing, unless small and large step saw other masks.
      #expect(one.relativeGap < 0.01 && other.relativeGap < 0.01, "\(one.relativeGap)")
      // The loss at the same weights is the same number: no mask is in it.
      #expect(one.lossBefore == other.lossBefore)
    }
    #expect(record.notes.contains { $0.contains("dropout") } && !plain.notes.contains { $0.contains("dropout") })
  }

  @Test("with batch norm, steps that could not share their microbatches are refused")
  func batchNorm() throws {
    let text = { (microbatch: Int) in
      """
      { "data": { "dataset": "digits" }, "batch": { "size": 96, "microbatch": \(microbatch) },
        "model": { "layers": [{ "type": "flatten" }, { "type": "dense", "units": 12, "bias": false },
          { "type": "batchNorm" }, { "type": "relu" }, { "type": "dense", "units": 10 }] },
        "optimizer": { "method": "sgd" }, "learningRate": { "reference": 1e-4, "referenceBatch": 24 } }
      """
    }
    let study = LinearityStudy(multiples: [2, 4], epochs: [0], repeats: 2)
    let (uneven, splits) = try Temperature.configuration(text(16))
    let error = #expect(throws: RunError.self) { try study.run(uneven, splits: splits) }
    #expect(error?.path == "batch.microbatch" && error?.message.contains("such as 12") == true, "\(error as Any)")
    let record = try study.run(try Temperature.configuration(text(12)).0, splits: splits)
    #expect(record.points.allSatisfy { $0.relativeGap < 0.02 }, "\(record.points.map(\.relativeGap))")
    #expect(record.notes.contains { $0.contains("microbatches of 12") })
  }

  @Test("1, 2, 3 and 7 threads give the same record to the bit")
  func threads() throws {
    let (configuration, splits) = try Temperature.configuration(
      """
      { "data": { "dataset": "digits" }, "model": { "preset": "mlp", "hidden": [19] }, "batch": { "size": 128 },
        "optimizer": { "method": "sgd", "momentum": 0.9, "weightDecay": 1e-3 },
        "learningRate": { "reference": 0.01, "referenceBatch": 16 } }
      """)
    var records: [String] = []
    for threads in [1, 2, 3, 7] {
      var study = LinearityStudy(multiples: [3, 8], epochs: [0, 0.3], repeats: 2)
      study.threads = threads
      records.append(JSONText.pretty(try study.run(configuration, splits: splits)))
    }
    #expect(records.allSatisfy { $0 == records[0] })
  }

  @Test("the warmup ends where the config's multiple stays within the tolerance")
  func warmup() {
    func record(_ gaps: [[Double]], multiple: Double) -> LinearityRecord {
      let points = gaps.enumerated().flatMap { place, gaps in
        zip([2, 4, 8], gaps).map { multiple, gap in
          LinearityRecord.Point(
            multiple: multiple, step: place * 10, epoch: Double(place), relativeGap: gap, gapError: 0, momentumGap: nil,
            lossGap: 0, lossBefore: 1, lossSmall: 1, lossLarge: 1)
        }
      }
      return LinearityRecord(
        name: "n", machine: MachineRecord(cores: 1), batch: 8, learningRate: 0.1, momentum: 0, weightDecay: 0,
        stepsPerEpoch: 10, repeats: 1, tolerance: 0.5, points: points, configMultiple: multiple)
    }
    let gaps = [[0.4, 0.9, 2], [0.1, 0.3, 0.7], [0.2, 0.6, 1], [0.1, 0.2, 0.4]]
    #expect(record(gaps, multiple: 2).recommendedWarmupEpochs == 0)
    // Within it once at epoch 1, but not for good before epoch 3.
    #expect(record(gaps, multiple: 4).recommendedWarmupEpochs == 3)
    #expect(record(gaps, multiple: 1).recommendedWarmupEpochs == 0)
    #expect(record(gaps, multiple: 32).recommendedWarmupEpochs == nil)
    #expect(record(gaps, multiple: 4).limits.map(\.longestMultiple) == [2, 4, 2, 8])
    // A power law of k − 1 in between: 0.2·(5/3)^slope with slope = ln 2 ÷ ln(7/3).
    let between = record(gaps, multiple: 6).gap(multiple: 6, step: 30)
    #expect(abs((between ?? 0) - 0.2 * pow(5.0 / 3, log(2) / log(7.0 / 3))) < 1e-12)
  }

  @Test("multiples beyond the training set and optimizers without the rule are refused")
  func refused() throws {
    let (configuration, splits) = try Temperature.quadratic(deviations: [1], samples: 64)
    #expect(throws: RunError.self) { try LinearityStudy(multiples: [2]).run(configuration, splits: splits) }
    var adam = configuration
    adam.optimizer.method = .adam(AdamConfiguration())
    adam.learningRate.referenceBatch = 4
    #expect(throws: RunError.self) { try LinearityStudy(multiples: [2]).run(adam, splits: splits) }
    var small = configuration
    small.learningRate.referenceBatch = 4
    #expect(throws: RunError.self) { try LinearityStudy(multiples: [.max]).run(small, splits: splits) }
  }
}
