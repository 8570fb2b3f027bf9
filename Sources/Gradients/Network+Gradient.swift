import Calendars
import Models
import Datasets
import Kernels

/// Where a shard's samples come from, and the key of dropout.
public struct TrainingSource: Sendable {
  public let order: TrainingOrder
  public let gatherer: SampleGatherer
  package let dropout: Philox

  /// The training samples in a run's order.
  public init(order: TrainingOrder, gatherer: SampleGatherer, seed: UInt64) {
    self.order = order
    self.gatherer = gatherer
    dropout = Philox(seed: seed, purpose: .dropout)
  }
}

extension Network {
  /// The gradient of some samples that are dealt to microbatches by themselves; see
  /// ``shardGradient(_:dealtBy:of:from:weights:packedWeights:into:factors:workspace:)``.
  ///
  /// - Parameter samples: positions in the batch.
  public func shardGradient(
    _ samples: Range<Int>, of batch: BatchPosition, from source: TrainingSource, weights: Floats,
    packedWeights: Floats, into gradient: Floats, factors: ShardFactors? = nil, workspace: Workspace
  ) -> LossSum {
    let dealing = MicrobatchDealing(samples, size: microbatch, isEven: hasBatchNorm)
    return shardGradient(
      0..<dealing.count, dealtBy: dealing, of: batch, from: source, weights: weights, packedWeights: packedWeights,
      into: gradient, factors: factors, workspace: workspace)
  }

  /// The gradient of one shard: the sum over its samples, microbatch by microbatch, in order.
  ///
  /// - Parameters:
  ///   - microbatches: the shard's, by number.
  ///   - dealing: how the batch's samples are dealt to microbatches, of at most the network's n.
  ///   - batch: where those positions are in the training order.
  ///   - packedWeights: what ``pack(_:weights:into:)`` made of the weights.
  ///   - gradient: `parameterCount` floats that receive the sum of the samples' gradients (not divided by anything),
  ///     and at the place of running statistics the sum of the microbatches' statistics, times b ÷ n for one of b
  ///     samples.
  ///   - factors: where dense layers leave the factors of their weights' gradients instead; `gradient` is then without
  ///     those, as ``FactoredGradients/gradientRange(_:)`` says.
  /// - Returns: the sum of the samples' losses and how many of them were classified right.
  public func shardGradient(
    _ microbatches: Range<Int>, dealtBy dealing: MicrobatchDealing, of batch: BatchPosition,
    from source: TrainingSource, weights: Floats, packedWeights: Floats, into gradient: Floats,
    factors: ShardFactors? = nil, workspace: Workspace
  ) -> LossSum {
    precondition(dealing.size <= microbatch, "microbatches of \(dealing.size) in a network for \(microbatch)")
    var total = LossSum(loss: 0, correct: 0)
    for index in microbatches {
      let range = dealing[index]
      let pass = pass(
        .training, count: range.count, in: workspace, weights: weights, packedWeights: packedWeights,
        gradient: gradient, factors: factors, isAccumulating: index > microbatches.lowerBound,
        statisticsWeight: Double(range.count) / Double(dealing.size), dropout: source.dropout, step: batch.step,
        firstSample: range.lowerBound)
      let inputs = pass.elements(inputValue.storage, input)
      let destination: SampleDestination =
        switch loss {
        case .crossEntropy: .inputs(inputs, labels: workspace.labels.view.prefix(range.count))
        case .meanSquaredError: .inputs(inputs, targets: workspace.targets.view.prefix(range.count * outputs))
        }
      source.gatherer.gather(.batch(batch, positions: range, order: source.order), into: destination)
      total += backpropagate(pass, workspace)
    }
    return total
  }

  /// Forward, loss and backward of the microbatch that lies in the arena.
  package func backpropagate(_ pass: Pass, _ workspace: Workspace) -> LossSum {
    for operation in operations { operation.forward(pass) }
    let outputs = pass.matrix(outputValue.storage, outputValue.shape)
    let gradient = pass.matrix(outputGradient, outputValue.shape)
    let sum =
      switch loss {
      case .crossEntropy(let labelSmoothing):
        Losses.softmaxCrossEntropy(
          logits: outputs, labels: workspace.labels.view.prefix(pass.count), smoothing: Float(labelSmoothing),
          gradient: gradient)
      case .meanSquaredError:
        Losses.meanSquaredError(
          outputs: outputs,
          targets: Matrix(workspace.targets.view, rows: pass.count, columns: outputs.columns), gradient: gradient)
      }
    for operation in operations.reversed() { operation.backward(pass) }
    return sum
  }
}
