import Datasets
import Gradients
import Kernels
import Models
import Records

/// The passes of an evaluation, one microbatch after another, for somebody to look at.
package struct EvaluationPasses {
  private let trainer: Trainer
  private let state: NetworkState
  private let gatherer: SampleGatherer
  private let predictions: Buffer<Int32>

  /// - Parameter state: what is measured, whose packed weights the trainer's engine has; see ``Trainer/withEvaluated(_:)``.
  package init(_ trainer: Trainer, _ state: NetworkState, of source: any SampleSource) {
    self.trainer = trainer
    self.state = state
    gatherer = SampleGatherer(source)
    predictions = Buffer(count: trainer.plan.network.microbatch)
  }

  /// The samples of each microbatch, in order.
  package var microbatches: [Range<Int>] {
    let (count, size) = (gatherer.source.count, trainer.plan.network.microbatch)
    return stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
  }

  /// Forward of one microbatch, and its loss.
  package func run(_ samples: Range<Int>, _ recorder: PassRecorder) {
    let network = trainer.plan.network
    let sum = network.evaluate(
      samples, of: gatherer, weights: state.parameters.view, packedWeights: trainer.engine.packedWeights.view,
      runningStatistics: state.statistics.view,
      predictions: predictions.view.prefix(network.loss == .meanSquaredError ? 0 : samples.count),
      workspace: trainer.engine.workspaces[0], observer: recorder)
    recorder.note(sum)
    recorder.endMicrobatch()
  }

  /// What the finding of some samples means.
  package func describe(_ finding: PassRecorder.Finding, of samples: Range<Int>) -> FailurePlace {
    var place = FailurePlace(finding, in: trainer.plan.network)
    if let row = place.row { place.name(samples.lowerBound + row, of: gatherer.source) }
    return place
  }
}

extension Trainer {
  /// Calls `body` with what evaluations measure, packed, with the running statistics that they use.
  package func withEvaluated<Result>(_ body: (NetworkState) throws -> Result) rethrows -> Result {
    engine.pack(evaluated)
    guard let statistics else { return try body(evaluated) }
    return try statistics.withStatistics(in: evaluated, engine) { try body(evaluated) }
  }
}
