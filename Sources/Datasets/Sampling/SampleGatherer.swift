import Calendars
import Kernels

/// Brings samples, augmented in training, into a worker's arena: [samples, height, width, channels].
///
/// Gathering allocates nothing and may run on any number of threads at once: what it writes depends on the seed and
/// the position alone, never on who gathers.
package struct SampleGatherer: Sendable {
  /// Where the samples come from.
  package let source: any SampleSource
  private let shape: SampleShape
  private let isClassification: Bool
  private let outputs: Int
  private let augmentation: ImageAugmentation
  let mixing: SampleMixing?

  /// A gatherer for training; without augmentations, for evaluation too. All but mixup need images.
  package init(_ source: any SampleSource, augmentations: [Augmentation] = [], seed: UInt64 = 0) {
    self.source = source
    // Asked once: a source may have to look for them.
    shape = source.shape
    isClassification = source.task.isClassification
    outputs = source.task.outputs
    precondition(augmentations.ofImages.isEmpty || shape.isImage, "augmentation of \(shape), which is no image")
    augmentation = ImageAugmentation(augmentations, source, seed: seed)
    mixing = SampleMixing(augmentations, source, seed: seed)
  }

  /// Writes the selected samples, and what is to be predicted of them, one after another.
  package func gather(_ selection: SampleSelection, into destination: SampleDestination) {
    let inputs = destination.inputs
    precondition(
      inputs.count == selection.count * shape.count,
      "inputs of \(inputs.count) elements for \(selection.count) samples of \(shape)")
    requireAnswers(destination.answers, samples: selection.count)
    switch selection {
    case .samples(let range):
      source.write(range, into: inputs)
      for row in 0..<range.count { writeAnswer(of: range.lowerBound + row, row: row, to: destination.answers) }
    case .batch(let position, let range, let order):
      for row in 0..<range.count {
        let index = range.lowerBound + row
        write(position, index, order, into: input(row, of: inputs))
        writeAnswer(of: order.sample(position, index), row: row, to: destination.answers)
      }
      if let mixing { mix(position, range, order, by: mixing, destination) }
    }
  }

  func input(_ row: Int, of inputs: Floats) -> Floats { inputs[row * shape.count..<(row + 1) * shape.count] }

  /// Writes one sample of a batch, augmented by itself.
  func write(_ position: BatchPosition, _ index: Int, _ order: TrainingOrder, into input: Floats) {
    let sample = order.sample(position, index)
    if augmentation.isEmpty {
      source.write(sample, into: input)
    } else {
      augmentation.write(sample, of: source, key: key(order, position, index: index, sample: sample), into: input)
    }
  }

  /// What the random words of a sample depend on: under `iid` order a sample can occur twice in an epoch.
  func key(_ order: TrainingOrder, _ position: BatchPosition, index: Int, sample: Int) -> (UInt32, UInt32) {
    order.order == .iid ? (word(position.step), word(index)) : (word(position.epoch), word(sample))
  }

  private func writeAnswer(of sample: Int, row: Int, to answers: SampleDestination.Answers) {
    switch answers {
    case .none: break
    case .labels(let labels): labels[row] = Int32(label(of: sample))
    case .targets(let targets):
      let values = targets[row * outputs..<(row + 1) * outputs]
      if isClassification {
        values.fill(with: 0)
        values[label(of: sample)] = 1
      } else {
        source.writeTarget(of: sample, into: values)
      }
    }
  }

  func label(of sample: Int) -> Int {
    let label = source.label(of: sample)
    precondition(
      label >= 0 && label < outputs,
      "label \(label) of sample \(sample) of \(source.name), which has \(outputs) classes")
    return label
  }

  private func requireAnswers(_ answers: SampleDestination.Answers, samples: Int) {
    switch answers {
    case .none: break
    case .labels(let labels):
      precondition(labels.count == samples, "\(labels.count) labels for \(samples) samples")
      precondition(isClassification, "labels of \(source.name), whose targets are values")
    case .targets(let targets):
      precondition(
        targets.count == samples * outputs,
        "targets of \(targets.count) elements for \(samples) samples of \(outputs) values")
    }
  }
}
