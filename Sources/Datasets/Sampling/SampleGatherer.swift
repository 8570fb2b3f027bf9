import Calendars
import Kernels

/// Copies samples, normalised and augmented, into a worker's arena: [samples, height, width, channels].
///
/// Gathering allocates nothing and may run on any number of threads at once: what it writes depends on the seed and
/// the position alone, never on who gathers.
public struct SampleGatherer: Sendable {
  /// Where the samples come from.
  public let dataset: Dataset
  private let normalizer: Normalizer
  private let augmentations: [Augmentation]
  private let philox: Philox

  /// A gatherer for training; without augmentations, for evaluation too. Augmentations need images.
  public init(_ dataset: Dataset, normalizer: Normalizer, augmentations: [Augmentation] = [], seed: UInt64 = 0) {
    precondition(
      normalizer.scale.count == dataset.shape.channels,
      "a normaliser of \(normalizer.scale.count) channels for samples of \(dataset.shape)")
    precondition(augmentations.isEmpty || dataset.shape.isImage, "augmentation of \(dataset.shape), which is no image")
    self.dataset = dataset
    self.normalizer = normalizer
    self.augmentations = augmentations
    philox = Philox(seed: seed, purpose: .augmentation)
  }

  /// Gathers samples `range` of a training batch, and their classes.
  ///
  /// `inputs` has [range.count, …shape] elements, `labels` range.count.
  public func gather(
    _ order: TrainingOrder, position: BatchPosition, range: Range<Int>, inputs: Floats, labels: Labels
  ) {
    requireShape(inputs, samples: range.count)
    precondition(labels.count == range.count, "\(labels.count) labels for \(range.count) samples")
    for (row, index) in range.enumerated() {
      let sample = order.sample(position, index)
      writeInput(order, position: position, index: index, sample: sample, into: input(row, of: inputs))
      labels[row] = label(of: sample)
    }
  }

  /// Gathers samples `range` of a training batch, [range.count, …shape] elements, without their targets.
  public func gather(_ order: TrainingOrder, position: BatchPosition, range: Range<Int>, inputs: Floats) {
    requireShape(inputs, samples: range.count)
    for (row, index) in range.enumerated() {
      let sample = order.sample(position, index)
      writeInput(order, position: position, index: index, sample: sample, into: input(row, of: inputs))
    }
  }

  /// Gathers samples `range` of a training batch, and their target values.
  ///
  /// `inputs` has [range.count, …shape] elements, `targets` [range.count, outputs]; classes become one-hot rows.
  public func gather(
    _ order: TrainingOrder, position: BatchPosition, range: Range<Int>, inputs: Floats, targets: Floats
  ) {
    requireShape(inputs, samples: range.count)
    requireTargets(targets, samples: range.count)
    for (row, index) in range.enumerated() {
      let sample = order.sample(position, index)
      writeInput(order, position: position, index: index, sample: sample, into: input(row, of: inputs))
      writeTarget(of: sample, into: targets[row * dataset.outputs..<(row + 1) * dataset.outputs])
    }
  }

  /// Gathers samples in the order of the files, without augmentation, and their classes.
  public func gather(samples: Range<Int>, inputs: Floats, labels: Labels) {
    requireShape(inputs, samples: samples.count)
    precondition(labels.count == samples.count, "\(labels.count) labels for \(samples.count) samples")
    normalize(first: samples.lowerBound * dataset.shape.count, into: inputs)
    for (row, sample) in samples.enumerated() { labels[row] = label(of: sample) }
  }

  /// Gathers samples in the order of the files, without augmentation, and their target values.
  public func gather(samples: Range<Int>, inputs: Floats, targets: Floats) {
    requireShape(inputs, samples: samples.count)
    requireTargets(targets, samples: samples.count)
    normalize(first: samples.lowerBound * dataset.shape.count, into: inputs)
    for (row, sample) in samples.enumerated() {
      writeTarget(of: sample, into: targets[row * dataset.outputs..<(row + 1) * dataset.outputs])
    }
  }

  // MARK: One sample

  private func input(_ row: Int, of inputs: Floats) -> Floats {
    inputs[row * dataset.shape.count..<(row + 1) * dataset.shape.count]
  }

  private func writeInput(
    _ order: TrainingOrder, position: BatchPosition, index: Int, sample: Int, into output: Floats
  ) {
    let first = sample * dataset.shape.count
    guard !augmentations.isEmpty else { return normalize(first: first, into: output) }
    let key = order.order == .iid ? (word(position.step), word(index)) : (word(position.epoch), word(sample))
    let placement = Placement(shape: dataset.shape, augmentations: augmentations, philox: philox, key: key)
    write(placement, first: first, into: output)
  }

  /// Row by row: zeros, one run of stored pixels, zeros; then the mirror image of the row where it is flipped.
  private func write(_ placement: Placement, first: Int, into output: Floats) {
    let shape = dataset.shape
    let rowCount = shape.width * shape.channels
    let shown = placement.columns.count * shape.channels
    let margin = (placement.columns.lowerBound - placement.left) * shape.channels
    for y in 0..<shape.height {
      let row = output[y * rowCount..<(y + 1) * rowCount]
      let storedRow = y + placement.top
      guard placement.rows.contains(storedRow), shown > 0 else {
        row.fill(with: 0)
        continue
      }
      row.prefix(margin).fill(with: 0)
      row[margin + shown..<rowCount].fill(with: 0)
      normalize(
        first: first + storedRow * rowCount + placement.columns.lowerBound * shape.channels,
        into: row[margin..<margin + shown])
      if placement.isFlipped { mirror(row) }
    }
  }

  private func mirror(_ row: Floats) {
    let channels = dataset.shape.channels
    var left = 0
    var right = row.count - channels
    while left < right {
      for channel in 0..<channels {
        let kept = row[left + channel]
        row[left + channel] = row[right + channel]
        row[right + channel] = kept
      }
      left += channels
      right -= channels
    }
  }

  /// Stored numbers from `first` on, a whole number of pixels, to normalised ones.
  private func normalize(first: Int, into output: Floats) {
    let range = first..<first + output.count
    switch dataset.samples {
    case .bytes(let buffer):
      Elementwise.normalize(
        bytes: buffer.view, range: range, channels: dataset.shape.channels, scale: normalizer.scale,
        shift: normalizer.shift, into: output)
    case .floats(let buffer):
      Elementwise.normalize(
        floats: buffer.view, range: range, channels: dataset.shape.channels, scale: normalizer.scale,
        shift: normalizer.shift, into: output)
    }
  }

  private func label(of sample: Int) -> Int32 {
    guard case .classes(let labels, _) = dataset.targets else {
      preconditionFailure("labels of \(dataset.name), whose targets are values")
    }
    return labels.view[sample]
  }

  private func writeTarget(of sample: Int, into row: Floats) {
    switch dataset.targets {
    case .values(let values, let width):
      row.copy(from: values.view[sample * width..<(sample + 1) * width])
    case .classes(let labels, _):
      row.fill(with: 0)
      row[Int(labels.view[sample])] = 1
    }
  }

  private func requireShape(_ inputs: Floats, samples: Int) {
    precondition(
      inputs.count == samples * dataset.shape.count,
      "inputs of \(inputs.count) elements for \(samples) samples of \(dataset.shape)")
  }

  private func requireTargets(_ targets: Floats, samples: Int) {
    precondition(
      targets.count == samples * dataset.outputs,
      "targets of \(targets.count) elements for \(samples) samples of \(dataset.outputs) values")
  }
}
