import Calendars
import Datasets
import Gradients
import Kernels
import Models
import Records

/// The passes of the step that a trainer takes next, one microbatch after another, for somebody to look at.
///
/// They change nothing that the trainer goes on with, and compute what its workers compute, to the bit; only that the
/// gradient of wide dense layers is multiplied for each microbatch, in place of once for the batch.
package struct StepPasses {
  /// A microbatch of a step.
  package struct Place: Sendable, Equatable {
    /// From 0.
    package let shard: Int
    /// Among those of its shard, from 0.
    package let microbatch: Int
  }

  private let trainer: Trainer
  /// The batch of the step.
  package let batch: ShardedBatch
  private let gradient: Buffer<Float>

  package init(_ trainer: Trainer) {
    self.trainer = trainer
    let position = trainer.plan.source.order.position(ofStep: trainer.progress.step)
    trainer.plan.source.order.prepare(position)
    batch = trainer.plan.division.batch(position)
    gradient = Buffer(count: trainer.plan.network.parameterCount)
    trainer.engine.pack()
  }

  private var network: Network { trainer.plan.network }

  /// All microbatches, or those of a shard, or one of each shard, in order.
  package func places(shard: Int? = nil, microbatch: Int? = nil) -> [Place] {
    (0..<batch.shards).filter { shard == nil || $0 == shard }.flatMap { shard in
      (0..<batch.microbatches(ofShard: shard).count).filter { microbatch == nil || $0 == microbatch }
        .map { Place(shard: shard, microbatch: $0) }
    }
  }

  /// Forward and backward of one microbatch.
  package func run(_ place: Place, _ recorder: PassRecorder) {
    let index = number(of: place)
    _ = network.shardGradient(
      index..<index + 1, of: batch, from: trainer.plan.source, weights: trainer.state.parameters.view,
      packedWeights: trainer.engine.packedWeights.view, into: ShardSums(gradient: gradient.view),
      workspace: trainer.engine.workspaces[0], observer: recorder)
    recorder.endMicrobatch()
  }

  /// Places in the training set of a microbatch's samples.
  package func samples(_ place: Place) -> [Int] {
    batch.dealing[number(of: place)].map { trainer.plan.source.order.sample(batch.position, $0) }
  }

  /// Places in the training set of all samples of the batch, by their positions in it.
  package var allSamples: [Int] {
    (0..<batch.count).map { trainer.plan.source.order.sample(batch.position, $0) }
  }

  /// What the network is given of the sample at a position of the batch.
  package func input(at position: Int) -> Buffer<Float> { inputs(position..<position + 1) }

  /// What the network is given of a microbatch.
  package func inputs(_ place: Place) -> Buffer<Float> { inputs(batch.dealing[number(of: place)]) }

  private func inputs(_ range: Range<Int>) -> Buffer<Float> {
    let source = trainer.plan.source
    let inputs = Buffer<Float>(count: range.count * network.input.count)
    let partner = Buffer<Float>(count: source.gatherer.isMixing ? network.input.count : 0)
    source.gatherer.gather(
      .batch(batch.position, positions: range, order: source.order),
      into: .inputs(inputs.view).mixing(.init(labels: nil, partner: partner.view)))
    return inputs
  }

  /// The samples with which mixup mixes those of a microbatch, by their places in the training set, and the shares that are
  /// left to the microbatch's own; `nil` where nothing is mixed.
  package func partners(_ place: Place) -> [(sample: Int, share: Float)]? {
    let source = trainer.plan.source
    guard source.gatherer.isMixing else { return nil }
    return batch.dealing[number(of: place)].compactMap { index in
      source.gatherer.partner(of: index, in: batch.position, order: source.order).map {
        (source.order.sample(batch.position, $0.index), $0.share)
      }
    }
  }

  /// What a microbatch's finding means.
  package func describe(_ finding: PassRecorder.Finding, at place: Place) -> FailurePlace {
    var description = FailurePlace(finding, in: network)
    description.shard = place.shard
    description.microbatch = place.microbatch
    if let row = description.row { description.name(samples(place)[row], of: trainer.plan.splits.train) }
    return description
  }

  private func number(of place: Place) -> Int { batch.microbatches(ofShard: place.shard).lowerBound + place.microbatch }
}

extension FailurePlace {
  /// The place of a number that is not finite in a network.
  init(_ finding: PassRecorder.Finding, in network: Network) {
    self.init(.loss)
    value = finding.value.word
    func split(_ width: Int) {
      row = finding.element / width
      element = finding.element % width
    }
    switch finding.point {
    case nil: return
    case .input:
      part = .input
      split(network.input.count)
    case .targets:
      part = .target
      split(network.outputs)
    case .output(let operation):
      part = .forward
      name(operation, in: network)
      split(network.operations[operation].outputShape.count)
    case .gradient(let operation, let behind):
      part = .backward
      name(operation, in: network)
      arisenIn = behind.map { network.operationNames[$0] }
      split(network.operations[operation].outputShape.count)
    case .tensorGradient(let tensor):
      part = .gradient
      self.tensor = network.tensors[tensor].name
      element = network.tensors[tensor].stored.fileElement(at: finding.element)
    }
    count = finding.count
  }

  private mutating func name(_ operation: Int, in network: Network) {
    layer = network.operationNames[operation]
    layerKind = network.operations[operation].label
  }

  /// Says which sample it is.
  mutating func name(_ sample: Int, of source: any SampleSource) {
    self.sample = sample
    guard source.task.isClassification else { return }
    let label = source.label(of: sample)
    self.label = label
    if source.classNames.indices.contains(label) { className = source.classNames[label] }
  }
}

extension StoredTensor {
  /// The element of the file that lies at a place in memory; `nil` for padding.
  func fileElement(at place: Int) -> Int? { (0..<count).first { layout.index(ofFileElement: $0) == place } }
}
