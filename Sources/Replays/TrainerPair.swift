import Optimizers
import Coordinator
import Datasets
import Gradients
import Kernels
import Models
import Records

/// Two trainers that stand before the step in which they come to differ.
struct TrainerPair {
  let a: Trainer
  let b: Trainer

  init(_ first: RecordedRun, _ second: RecordedRun, after step: Int) throws {
    a = try first.trainer(after: step)
    b = try second.trainer(after: step)
  }

  /// Finds what differs first, in the order of causes: rate, division, samples, passes, gradient, update.
  func explain(_ record: inout BisectionRecord) {
    let step = a.progress.step
    let rates = (a.plan.schedule.learningRate(at: step), b.plan.schedule.learningRate(at: step))
    if rates.0 != rates.1 {
      record.part = .learningRate
      (record.valueA, record.valueB) = ("\(rates.0)", "\(rates.1)")
      return
    }
    let passes = (StepPasses(a), StepPasses(b))
    if samplesDiffer(passes, &record) { return }
    let isDividedAlike =
      passes.0.places() == passes.1.places()
      && passes.0.places().allSatisfy { passes.0.samples($0).count == passes.1.samples($0).count }
    guard isDividedAlike else {
      record.part = .division
      (record.valueA, record.valueB) = (words(passes.0), words(passes.1))
      return
    }
    if passesDiffer(passes, &record) { return }
    if gradientsDiffer(&record) { return }
    _ = (a.takeStep(), b.takeStep())
    record.part = .update
    if !noteDifferentTensor(&record) { record.part = .state }
  }

  private func words(_ passes: StepPasses) -> String {
    "\(passes.batch.count) samples in \(passes.batch.shards) shards and \(passes.places().count) microbatches"
  }

  // MARK: Samples

  private func samplesDiffer(_ passes: (StepPasses, StepPasses), _ record: inout BisectionRecord) -> Bool {
    let (mine, theirs) = (passes.0.allSamples, passes.1.allSamples)
    guard mine.count == theirs.count else {
      record.part = .samples
      (record.valueA, record.valueB) = ("\(mine.count) samples", "\(theirs.count) samples")
      return true
    }
    let data = DataComparison(a.plan.splits.train, b.plan.splits.train)
    var first: (position: Int, difference: SampleDifference?)?
    for position in mine.indices {
      let isOther = mine[position] != theirs[position]
      let difference = isOther ? nil : data.difference(mine[position], theirs[position])
      guard isOther || difference != nil else { continue }
      if first == nil { first = (position, difference) }
      if record.positions.count < 100 { record.positions.append(position) }
    }
    guard let first else { return inputsDiffer(passes, mine, theirs, &record) }
    note(first.difference, at: first.position, mine, theirs, &record)
    return true
  }

  /// Whether the networks get other numbers of the same samples: another normalisation or augmentation.
  private func inputsDiffer(
    _ passes: (StepPasses, StepPasses), _ mine: [Int], _ theirs: [Int], _ record: inout BisectionRecord
  ) -> Bool {
    for position in mine.indices {
      let inputs = (passes.0.input(at: position), passes.1.input(at: position))
      let difference = SampleDifference(
        mine[position], theirs[position], (a.plan.splits.train, b.plan.splits.train),
        inputs: (inputs.0.view, inputs.1.view))
      guard let difference else { continue }
      note(difference, at: position, mine, theirs, &record)
      record.notes.append(
        "the sample itself is the same in both: it is normalised or augmented otherwise"
          + (record.hasSameData ? "" : ", as the training data differ elsewhere"))
      return true
    }
    return false
  }

  private func note(
    _ difference: SampleDifference?, at position: Int, _ mine: [Int], _ theirs: [Int], _ record: inout BisectionRecord
  ) {
    record.part = difference?.part ?? .samples
    record.position = position
    (record.sampleA, record.sampleB) = (mine[position], theirs[position])
    (record.element, record.count) = (difference?.element, difference?.count)
    (record.valueA, record.valueB) = (difference?.valueA, difference?.valueB)
  }

  // MARK: Passes

  private func passesDiffer(_ passes: (StepPasses, StepPasses), _ record: inout BisectionRecord) -> Bool {
    let network = a.plan.network
    let all = Set(network.operations.indices)
    for place in passes.0.places() {
      let recorders = (PassRecorder(network, keeping: all), PassRecorder(b.plan.network, keeping: all))
      passes.0.run(place, recorders.0)
      passes.1.run(place, recorders.1)
      guard note(recorders.0.takeKept(), recorders.1.takeKept(), &record) else {
        guard recorders.0.loss != recorders.1.loss else { continue }
        record.part = .loss
        (record.valueA, record.valueB) = ("\(recorders.0.loss.loss)", "\(recorders.1.loss.loss)")
        (record.shard, record.microbatch) = (place.shard, place.microbatch)
        return true
      }
      (record.shard, record.microbatch) = (place.shard, place.microbatch)
      return true
    }
    return false
  }

  private func note(_ mine: [PassRecorder.Kept], _ theirs: [PassRecorder.Kept], _ record: inout BisectionRecord) -> Bool
  {
    for (mine, theirs) in zip(mine, theirs) where !mine.values.view.hasSameBits(as: theirs.values.view) {
      let network = a.plan.network
      switch mine.point {
      case .output(let operation):
        (record.part, record.layer) = (.forward, network.title(of: operation, withKind: true))
      case .gradient(let operation, _):
        (record.part, record.layer) = (.backward, network.title(of: operation, withKind: true))
      default: record.part = .input
      }
      record.note(mine.values.array(), theirs.values.array())
      return true
    }
    return false
  }

  // MARK: Gradient and update

  private func gradientsDiffer(_ record: inout BisectionRecord) -> Bool {
    let (mine, theirs) = (a.averageGradient().view, b.averageGradient().view)
    for tensor in a.plan.network.tensors {
      let elements = (tensor.fileElements(of: mine), tensor.fileElements(of: theirs))
      guard record.note(elements.0, elements.1) else { continue }
      (record.part, record.tensor) = (.gradient, tensor.name)
      return true
    }
    return false
  }

  /// The first tensor with other bits, and whether there is one.
  @discardableResult
  func noteDifferentTensor(_ record: inout BisectionRecord) -> Bool {
    for tensor in a.plan.network.storedTensors {
      let mine = a.state.fileElements(of: tensor)
      guard record.note(mine, b.state.fileElements(of: tensor)) else { continue }
      record.tensor = tensor.name
      return true
    }
    return false
  }
}

extension BisectionRecord {
  /// Notes the first of two lists' elements with other bits, and whether there is one.
  @discardableResult
  mutating func note(_ mine: [Float], _ theirs: [Float]) -> Bool {
    let different = zip(mine, theirs).enumerated().filter { $1.0.bitPattern != $1.1.bitPattern }
    guard let first = different.first else { return false }
    element = first.offset
    (valueA, valueB, count) = ("\(first.element.0)", "\(first.element.1)", different.count)
    return true
  }
}
