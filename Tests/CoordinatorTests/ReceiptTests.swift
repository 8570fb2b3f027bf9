import Checkpoints
import Configuration
import Coordinator
import Datasets
import Kernels
import Records
import TestSupport
import Testing

@Suite("A receipt")
struct ReceiptTests {
  private let data = Runs.samples(.features(13), count: 60)

  private func lines(
    threads: Int = 1, rate: Double = 0.1, seed: UInt64 = 5, _ change: (inout RunConfiguration) -> Void = { _ in }
  ) throws -> [ReceiptLine] {
    var configuration = Runs.configuration(
      .mlp(hidden: [9]), batch: 20, shards: 3, microbatch: 4, steps: 11, rate: rate)
    configuration.seed = seed
    configuration.receipt = ReceiptConfiguration(everySteps: 4)
    change(&configuration)
    var lines: [ReceiptLine] = []
    _ = try Trainer(RunPlan(configuration, splits: data, threads: threads)).train { event in
      if case .receipt(let line) = event { lines.append(line) }
    }
    return lines
  }

  @Test("has a line every so many steps and at the end, each with the digest of its content and of the line before")
  func chain() throws {
    let lines = try lines()
    #expect(lines.map(\.step) == [4, 8, 11])
    #expect(lines.map(\.previous) == [nil, lines[0].sha256, lines[1].sha256])
    for line in lines { #expect(line.sha256 == line.digest) }
    #expect(Set(lines.map(\.stateSHA256)).count == 3 && Set(lines.map(\.stepsSHA256)).count == 3)
  }

  @Test("is the same for every number of threads, however often the run is measured and saved", arguments: [2, 3, 7])
  func threads(threads: Int) throws {
    let other = try lines(threads: threads) {
      $0.evaluate = EvaluationConfiguration(every: .steps(2))
      $0.guarding = GuardConfiguration(share: 0.5)
    }
    #expect(try lines() == other)
  }

  @Test("follows the definition: number, loss, rate and samples of each step, in order")
  func definition() throws {
    var configuration = Runs.configuration(.mlp(hidden: [9]), batch: 20, shards: 3, microbatch: 4, steps: 11)
    configuration.receipt = ReceiptConfiguration(everySteps: 4)
    let plan = try RunPlan(configuration, splits: data, threads: 1)
    let trainer = try Trainer(plan)
    let digest = RollingDigest()
    for step in 0..<4 {
      let taken = try #require(trainer.takeStep())
      let batch = plan.source.order.position(ofStep: step)
      var entry: [UInt8] = []
      for word in [UInt64(step + 1), taken.loss.bitPattern, taken.learningRate.bitPattern] {
        entry += withUnsafeBytes(of: word.littleEndian, Array.init)
      }
      for index in 0..<20 {
        entry += withUnsafeBytes(of: UInt32(plan.source.order.sample(batch, index)).littleEndian, Array.init)
      }
      digest.absorb(entry)
    }
    #expect(trainer.receiptLine().stepsSHA256 == digest.hex)
  }

  @Test("changes with the rate, the order of the samples and what is trained on")
  func differences() throws {
    let plain = try lines()
    let rate = try lines(rate: 0.2)
    #expect(rate[0].stepsSHA256 != plain[0].stepsSHA256 && rate[0].configurationSHA256 != plain[0].configurationSHA256)
    #expect(rate[0].dataSHA256 == plain[0].dataSHA256 && rate[0].programSHA256 == plain[0].programSHA256)
    let order = try lines { $0.data.order = .sequential }
    #expect(order[0].stepsSHA256 != plain[0].stepsSHA256)
    // The digest of the config says nothing of what changes no result.
    let evaluated = try lines {
      $0.checkpoint = CheckpointConfiguration(every: .steps(3), keep: 1)
      $0.threads = .count(3)
    }
    #expect(evaluated.map(\.configurationSHA256) == plain.map(\.configurationSHA256))
  }
}
