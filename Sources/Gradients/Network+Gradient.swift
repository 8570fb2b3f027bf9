import Calendars
import Datasets
import Kernels
import Tracing
import Models

extension Network {
  /// The gradient of one shard: the sum over its samples, microbatch by microbatch, in order.
  ///
  /// - Parameters:
  ///   - microbatches: the shard's, by number, of at most the network's n samples each.
  ///   - packedWeights: what ``pack(_:weights:into:)`` made of the weights.
  ///   - sums: receives the sums, which are not divided by anything.
  ///   - observer: is shown what passes through the layers; left out, nobody is.
  /// - Returns: the sum of the samples' losses and how many of them were classified right.
  package func shardGradient(
    _ microbatches: Range<Int>, of batch: ShardedBatch, from source: TrainingSource, weights: Floats,
    packedWeights: Floats, into sums: ShardSums, workspace: Workspace, observer: (any PassObserver)? = nil
  ) -> LossSum {
    var total = LossSum(loss: 0, correct: 0)
    for index in microbatches {
      let start = workspace.spans.start()
      let pass = trainingPass(
        batch, microbatch: index, from: source, weights: weights, packedWeights: packedWeights, sums,
        isAccumulating: index > microbatches.lowerBound, workspace)
      total += backpropagate(pass, workspace, observer: observer)
      workspace.spans.end(.microbatch, index: index, count: pass.count, since: start)
    }
    return total
  }

  /// The gradient of some samples of a batch, which are dealt to microbatches by themselves.
  ///
  /// - Parameter samples: positions in the batch.
  package func gradient(
    of samples: Range<Int>, in batch: BatchPosition, from source: TrainingSource, weights: Floats,
    packedWeights: Floats, into sums: ShardSums, workspace: Workspace
  ) -> LossSum {
    let dealing = MicrobatchDealing(samples, size: microbatch, isEven: hasBatchNorm)
    return shardGradient(
      0..<dealing.count, of: ShardedBatch(batch, dealing: dealing, shards: 1), from: source, weights: weights,
      packedWeights: packedWeights, into: sums, workspace: workspace)
  }

  /// The sum of the losses of a shard's samples, as in training: no gradient.
  package func shardLoss(
    _ microbatches: Range<Int>, of batch: ShardedBatch, from source: TrainingSource, weights: Floats,
    packedWeights: Floats, workspace: Workspace
  ) -> LossSum {
    var total = LossSum(loss: 0, correct: 0)
    for index in microbatches {
      let pass = trainingPass(
        batch, microbatch: index, from: source, weights: weights, packedWeights: packedWeights,
        ShardSums(gradient: weights.prefix(0)), isAccumulating: false, workspace)
      forward(pass, workspace.spans)
      total += lossSum(pass, workspace, gradient: nil)
    }
    return total
  }

  /// Fills the arena with a microbatch of a batch, and says what is to be done with it.
  private func trainingPass(
    _ batch: ShardedBatch, microbatch index: Int, from source: TrainingSource, weights: Floats, packedWeights: Floats,
    _ sums: ShardSums, isAccumulating: Bool, _ workspace: Workspace
  ) -> Pass {
    precondition(
      batch.dealing.size <= microbatch, "microbatches of \(batch.dealing.size) in a network for \(microbatch)")
    let range = batch.dealing[index]
    let isMixing = source.gatherer.isMixing
    precondition(!isMixing || mixesSamples, "samples are mixed, but the workspaces have no room for it")
    let mixed = isMixing ? workspace.mixedLabels(range.count) : nil
    let pass = pass(
      .training, count: range.count, in: workspace, weights: weights, packedWeights: packedWeights,
      gradient: sums.gradient, statistics: sums.statistics ?? workspace.statistics.view, factors: sums.factors,
      isAccumulating: isAccumulating, statisticsWeight: Double(range.count) / Double(batch.dealing.size),
      dropout: source.dropout, mixed: mixed, step: batch.position.step, firstSample: range.lowerBound)
    let inputs = pass.elements(inputValue.storage, input)
    let destination: SampleDestination =
      switch loss {
      case .crossEntropy: .inputs(inputs, labels: workspace.labels.view.prefix(range.count))
      case .meanSquaredError: .inputs(inputs, targets: workspace.targets.view.prefix(range.count * outputs))
      case .auto: preconditionFailure("a network whose loss nobody has decided")
      }
    let start = workspace.spans.start()
    source.gatherer.gather(
      .batch(batch.position, positions: range, order: source.order),
      into: destination.mixing(mixed.map { .init(labels: $0, partner: workspace.partner.view) }))
    workspace.spans.end(.gather, count: range.count, since: start)
    return pass
  }
}
