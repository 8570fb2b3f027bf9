import Calendars
import Gradients
import Configuration
import Datasets
import Kernels
import Models
import Optimizers
import Records

extension RunPlan {
  /// What `plan` prints.
  package var record: PlanRecord {
    let estimate = MemoryEstimate(self)
    var record = PlanRecord(
      parameters: network.trainedCount, steps: steps, memoryBytes: estimate.totalBytes,
      learningRates: schedule.changes().map {
        .init(
          step: $0.step, epoch: $0.epoch, learningRate: $0.learningRate, label: $0.label,
          batch: calendar.phase(ofStep: $0.step).batch, temperatureIndex: temperatureIndex(at: $0.step))
      })
    record.name = configuration.name
    record.epochs = calendar.epoch(after: steps)
    record.stepsPerEpoch = calendar.phases.count == 1 ? stepsPerEpoch : nil
    record.batch = division.batch
    record.shards = division.shards
    record.microbatch = division.microbatch
    record.threads = threads
    record.trainSamples = splits.train.count
    record.testSamples = splits.test.count
    let optimizer = configuration.optimizer
    record.optimizer = [optimizer.method.rule.summary, optimizer.follower?.summary].compactMap(\.self).joined(
      separator: "; ")
    record.flopsPerSample = network.trainingFLOPs
    let factored = FactoredGradients(network, samples: largestShard)
    let factoredNames = Set(
      network.tensors.indices.filter { factored.pieces(ofTensor: $0) != nil }.map { network.tensors[$0].name })
    record.layers = network.layers.map {
      let ways = [factoredNames.contains($0.name + ".weight") ? "factored" : nil, $0.algorithms]
      let algorithms = ways.contains { $0 != nil } ? ways.compactMap(\.self).joined(separator: ", ") : nil
      return .init(
        name: $0.name, kind: $0.kind + (algorithms.map { ": " + $0 } ?? ""), outputShape: $0.outputShape,
        parameters: $0.parameters, flopsPerSample: $0.forwardFLOPs)
    }
    record.memory = estimate.parts.map { .init($0.use, bytes: $0.bytes) }
    record.convolution = network.convolutionPlans.isEmpty ? nil : configuration.convolution.rawValue
    record.arithmetic = configuration.arithmetic.rawValue
    record.notes = notes
    return record
  }

  /// What each of some ranks would compute, hold and send in a step of a full batch.
  package func rankRecords(_ ranks: Int) -> [PlanRecord.Rank] {
    let norms = (update.needsGradientNorms ? 1 : 0) + (update.prepares ? 1 : 0)
    let shares = RankShare.all(
      network, shards: division.shards, samples: largestShard, ranks: ranks, norms: norms, roundsSums: roundsSums)
    return shares.enumerated().map { rank, share in
      .init(
        rank: rank, shards: share.shards.count, parameters: share.parameters, sentBytes: share.sentBytes,
        receivedBytes: share.receivedBytes)
    }
  }

  /// What a user should know of what some ranks would send.
  package func rankNotes(_ ranks: Int) -> [String] {
    let factors = RankedFactors(
      network, shards: division.shards, samples: largestShard, ranks: ranks, roundsSums: roundsSums)
    guard !factors.tensors.isEmpty else { return [] }
    let names = factors.tensors.map { network.tensors[$0].name }.joined(separator: ", ")
    return ["ranks send the factors of \(names), which are fewer bytes than the sums of the gradient"]
  }

  /// The learning rate at some hundred steps, for a plot.
  package var rateSamples: [(step: Int, learningRate: Double)] {
    stride(from: 0, to: steps, by: max(1, steps / 200)).map { ($0, schedule.learningRate(at: $0)) }
  }
}
