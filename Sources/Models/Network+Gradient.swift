import Configuration
import Datasets
import Kernels

/// Where a shard's samples come from, and the key of dropout.
public struct TrainingSource: Sendable {
  public let order: TrainingOrder
  public let gatherer: SampleGatherer
  let dropout: Philox

  /// The training samples in a run's order.
  public init(order: TrainingOrder, gatherer: SampleGatherer, seed: UInt64) {
    self.order = order
    self.gatherer = gatherer
    dropout = Philox(seed: seed, purpose: .dropout)
  }
}

extension Network {
  /// The gradient of one shard: the sum over its samples, microbatch by microbatch, in order.
  ///
  /// - Parameters:
  ///   - samples: the shard's positions in the batch.
  ///   - batch: where those positions are in the training order.
  ///   - packedWeights: what ``pack(_:weights:into:)`` made of the weights.
  ///   - gradient: `parameterCount` floats that receive the sum of the samples' gradients (not divided by anything),
  ///     and at the place of running statistics the sum of the microbatches' statistics.
  ///   - factors: where dense layers leave the factors of their weights' gradients instead; `gradient` is then without
  ///     those, as ``FactoredGradients/gradientRange(_:)`` says.
  /// - Returns: the sum of the samples' losses and how many of them were classified right.
  public func shardGradient(
    _ samples: Range<Int>, of batch: BatchPosition, from source: TrainingSource, weights: Floats,
    packedWeights: Floats, into gradient: Floats, factors: ShardFactors? = nil, workspace: Workspace
  ) -> LossSum {
    var total = LossSum(loss: 0, correct: 0)
    var first = samples.lowerBound
    while first < samples.upperBound {
      let range = first..<min(first + microbatch, samples.upperBound)
      let pass = pass(
        .training, count: range.count, in: workspace, weights: weights, packedWeights: packedWeights,
        gradient: gradient, factors: factors, isAccumulating: first > samples.lowerBound, dropout: source.dropout,
        step: batch.step, firstSample: first)
      let inputs = pass.elements(inputValue.storage, input)
      switch loss {
      case .crossEntropy:
        source.gatherer.gather(
          source.order, position: batch, range: range, inputs: inputs, labels: workspace.labels.view.prefix(range.count)
        )
      case .meanSquaredError:
        source.gatherer.gather(
          source.order, position: batch, range: range, inputs: inputs,
          targets: workspace.targets.view.prefix(range.count * outputs))
      }
      let microbatchLoss = backpropagate(pass, workspace)
      total += microbatchLoss
      first = range.upperBound
    }
    return total
  }

  /// Forward, loss and backward of the microbatch that lies in the arena.
  func backpropagate(_ pass: Pass, _ workspace: Workspace) -> LossSum {
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
