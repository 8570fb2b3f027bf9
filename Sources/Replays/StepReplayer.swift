import Calendars
import Optimizers
import Gradients
import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Models
import Records

/// Computes a step of a recorded run again, and looks at everything in it.
package struct StepReplayer {
  /// Of which part of the step values are shown.
  package struct Selection: Sendable {
    /// From 0; left out, all.
    package var shard: Int?
    /// Among those of its shard, from 0; left out, all.
    package var microbatch: Int?
    /// A layer's name, or what layers' names begin with up to a dot; left out, all.
    package var layer: String?

    package init(shard: Int? = nil, microbatch: Int? = nil, layer: String? = nil) {
      self.shard = shard
      self.microbatch = microbatch
      self.layer = layer
    }
  }

  private let run: RecordedRun
  private let selection: Selection
  /// Whether all values are kept, to be saved.
  private let isKeeping: Bool

  package init(_ run: RecordedRun, _ selection: Selection = Selection(), keeping: Bool = false) {
    self.run = run
    self.selection = selection
    isKeeping = keeping
  }

  /// A step, and the tensors to save where they are kept.
  package struct Result {
    package var record: StepReplay
    package var tensors: [SafetensorsTensor] = []
  }

  /// Computes step number `step`, counted from 1.
  ///
  /// - Parameter progress: hears after every step before it how many are taken.
  /// - Throws: ``ReplayError`` if the run has no such step, shard, microbatch or layer.
  package func replay(step: Int, progress: (Int) throws -> Void = { _ in }) throws -> Result {
    let steps = try run.plan(ofStep: max(1, step)).steps
    guard 1...steps ~= step else {
      throw ReplayError(path: run.folder, message: "found step \(step), allowed are those of the run, 1…\(steps)")
    }
    let saved = run.checkpoint(upTo: step - 1)
    let trainer = try run.trainer(after: step - 1, progress: progress)
    let operations = try operations(of: trainer.plan.network)
    var result = Result(record: begin(trainer, step, from: saved.flatMap { try? RunProgress(of: $0).step } ?? 0))
    if let saved { result.record.notes = trainer.changes(since: saved) }
    try pass(trainer, operations, &result)
    change(trainer, &result)
    compare(&result.record)
    return result
  }

  private func begin(_ trainer: Trainer, _ step: Int, from saved: Int) -> StepReplay {
    let plan = trainer.plan
    return StepReplay(
      run: run.folder, step: step, epoch: plan.calendar.epoch(after: step), computedFrom: saved,
      learningRate: min(plan.schedule.learningRate(at: step - 1), .greatestFiniteMagnitude),
      batch: plan.calendar.phase(ofStep: step - 1).batch,
      shards: plan.division.shards, microbatch: plan.division.microbatch, kernels: KernelPath.active.rawValue,
      blasCore: BLASBuild.current.coreName)
  }

  /// The operations that are shown.
  private func operations(of network: Network) throws -> Set<Int> {
    guard let layer = selection.layer else { return Set(network.operations.indices) }
    let names = network.operationNames
    let found = names.indices.filter { Self.belongs(names[$0], to: layer) }
    guard !found.isEmpty else {
      let known = names.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
      throw ReplayError(
        path: "--layer",
        message: "found \(layer), which the network does not have; allowed: \(known.joined(separator: ", "))")
    }
    return Set(found)
  }

  private static func belongs(_ name: String, to layer: String) -> Bool { name == layer || name.hasPrefix(layer + ".") }

  // MARK: The passes

  private func pass(_ trainer: Trainer, _ operations: Set<Int>, _ result: inout Result) throws {
    let passes = StepPasses(trainer)
    let places = try places(passes)
    let recorder = PassRecorder(trainer.plan.network, keeping: isKeeping ? operations : nil)
    for place in places {
      let before = recorder.finding != nil
      passes.run(place, recorder)
      if !before, let finding = recorder.finding { result.record.place = passes.describe(finding, at: place) }
      let prefix = places.count > 1 ? "shard\(place.shard).microbatch\(place.microbatch)." : ""
      result.tensors += recorder.takeKept().map { SafetensorsTensor(prefix + $0.name, shape: $0.shape, $0.values.view) }
      if isKeeping {
        let samples = passes.samples(place).map(Int64.init)
        result.tensors.append(SafetensorsTensor(prefix + "samples", shape: [samples.count], integers: samples))
      }
    }
    result.record.shard = selection.shard
    result.record.microbatchOfShard = selection.microbatch
    if places.count == 1 { result.record.samples = passes.samples(places[0]) }
    result.record.layers = recorder.layers.filter { range in
      selection.layer.map { Self.belongs(range.name, to: $0) } ?? true
    }
  }

  private func places(_ passes: StepPasses) throws -> [StepPasses.Place] {
    let shards = passes.batch.shards
    if let shard = selection.shard, !(0..<shards ~= shard) {
      throw ReplayError(path: "--shard", message: "found \(shard), allowed are those of the step, 0…\(shards - 1)")
    }
    let places = passes.places(shard: selection.shard, microbatch: selection.microbatch)
    guard places.isEmpty else { return places }
    let most = passes.places(shard: selection.shard).reduce(0) { max($0, $1.microbatch) }
    throw ReplayError(
      path: "--microbatch",
      message: "found \(selection.microbatch ?? 0), allowed are those of the shard, 0…\(most)")
  }

  // MARK: The update

  /// Takes the step, and measures weights, gradient and update of every tensor.
  private func change(_ trainer: Trainer, _ result: inout Result) {
    let network = trainer.plan.network
    let gradient = trainer.averageGradient()
    let before = network.storedTensors.map { $0.fileElements(of: trainer.state.vector(of: $0)) }
    let step = trainer.takeStep()
    result.record.loss = step?.loss
    for (index, tensor) in network.storedTensors.enumerated() {
      let layer = tensor.name.split(separator: ".").dropLast().joined(separator: ".")
      if let wanted = selection.layer, !Self.belongs(layer, to: wanted) { continue }
      var range = TensorRange(name: tensor.name, shape: tensor.fileShape, weights: ValueRange(of: before[index]))
      keep("weights.", tensor, before[index], &result)
      let trained = network.tensors.firstIndex { $0.name == tensor.name }
      if let trained, !trainer.plan.terms[trained].isFrozen {
        let elements = tensor.fileElements(of: gradient.view)
        range.gradient = ValueRange(of: elements)
        range.gradientNorm = range.gradient?.norm
        keep("gradient.", tensor, elements, &result)
      }
      if step != nil {
        let after = tensor.fileElements(of: trainer.state.vector(of: tensor))
        let update = zip(after, before[index]).map { $0 - $1 }
        range.update = ValueRange(of: update)
        range.updateNorm = range.update?.norm
        keep("update.", tensor, update, &result)
      }
      result.record.tensors.append(range)
    }
    if result.record.place == nil {
      result.record.place = trainer.notFiniteGradient(gradient.view) ?? trainer.notFiniteWeights(.update)
    }
  }

  private func keep(_ prefix: String, _ tensor: StoredTensor, _ elements: [Float], _ result: inout Result) {
    guard isKeeping else { return }
    result.tensors.append(SafetensorsTensor(prefix + tensor.name, shape: tensor.fileShape, Buffer(elements).view))
  }

  /// Sets what the run recorded beside what was computed.
  private func compare(_ record: inout StepReplay) {
    let file = run.folder + "/" + RunRecord.FileName.metrics
    guard let contents = FileManager.default.contents(atPath: file),
      let line = MetricsLog(contents: contents).training.first(where: { $0.step == record.step })
    else { return }
    record.recordedLoss = line.loss.flatMap { $0.isFinite ? $0 : nil }
    record.recordedLearningRate = line.learningRate
    if let recorded = record.recordedLoss { record.isSame = record.loss?.bitPattern == recorded.bitPattern }
  }
}
