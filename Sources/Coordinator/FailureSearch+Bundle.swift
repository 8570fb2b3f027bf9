import Calendars
import Checkpoints
import Configuration
import Datasets
import Foundation
import Kernels
import Models
import Optimizers
import Records

extension FailureSearch {
  func begin() -> FailureRecord {
    let step = divergence.kind == .evaluation ? trainer.progress.step : trainer.progress.step + 1
    var record = FailureRecord(
      name: plan.configuration.name, isothermVersion: IsothermVersion.current,
      noticed: divergence.kind ?? .trainingLoss, noticedAtStep: divergence.step, step: step,
      epoch: plan.calendar.epoch(after: trainer.progress.step),
      // A rate beyond what a Double holds would be a number that JSON has no word for.
      learningRate: min(plan.schedule.learningRate(at: max(0, step - 1)), .greatestFiniteMagnitude),
      place: FailurePlace(.loss),
      configurationSHA256: "", dataSHA256: trainer.dataSHA256, data: data, kernels: trainer.rounding.kernels,
      blasCore: trainer.rounding.blas)
    record.lastLoss = trainer.progress.lastLoss
    record.machine = .current
    record.history = history(before: step)
    return record
  }

  var data: FailureRecord.Data {
    let (splits, shape) = (plan.splits, plan.splits.train.shape)
    var data = FailureRecord.Data(
      shape: shape.isImage ? [shape.height, shape.width, shape.channels] : [shape.channels],
      trainingSamples: splits.train.count, testSamples: splits.test.count, validationSamples: splits.validation?.count)
    switch splits.task {
    case .classification(let names): data.classNames = names
    case .regression(let width): data.width = width
    }
    return data
  }

  /// The steps that metrics tell of, up to the one that failed.
  func history(before step: Int) -> [FailureRecord.Step] {
    let file = folder.path + "/" + RunRecord.FileName.metrics
    guard let contents = FileManager.default.contents(atPath: file) else { return [] }
    return MetricsLog(contents: contents.suffix(1 << 16)).training.filter { $0.step < step }.suffix(12).map {
      FailureRecord.Step(
        step: $0.step, loss: $0.loss?.finite, learningRate: $0.learningRate?.finite,
        gradientNorm: $0.gradientNorm?.finite)
    }
  }

  func tensors() -> [TensorRange] {
    plan.network.storedTensors.map {
      TensorRange(
        name: $0.name, shape: $0.fileShape, weights: ValueRange(of: $0.fileElements(of: trainer.state.vector(of: $0))))
    }
  }

  /// Keeps a microbatch: what the network got, what the source has, and what passed through the layers.
  func note(
    _ recorder: PassRecorder, of source: any SampleSource, _ set: FailureRecord.SampleSet, _ samples: [Int],
    inputs: Buffer<Float>? = nil, partners: [(sample: Int, share: Float)]? = nil, _ record: inout FailureRecord
  ) throws {
    record.set = set
    record.samples = samples.count
    record.layers = recorder.layers
    record.inputs = recorder.inputs
    record.loss = recorder.loss.loss.finite
    let plain = source.inputs(of: samples)
    let shape = [samples.count] + record.data.shape
    var tensors = [
      SafetensorsTensor("inputs", shape: shape, (inputs ?? plain).view),
      SafetensorsTensor("indices", shape: [samples.count], integers: samples.map(Int64.init)),
    ]
    if inputs != nil, !plan.configuration.data.augmentations.isEmpty {
      tensors.append(SafetensorsTensor("unaugmented", shape: shape, plain.view))
    }
    if let partners {
      let (places, count) = (partners.map(\.sample), [samples.count])
      tensors += [
        SafetensorsTensor("partners", shape: count, integers: places.map(Int64.init)),
        SafetensorsTensor("partnerLabels", shape: count, integers: places.map { Int64(source.label(of: $0)) }),
        SafetensorsTensor("shares", shape: count, Buffer(partners.map(\.share)).view),
      ]
    }
    if source.task.isClassification {
      tensors.append(
        SafetensorsTensor("labels", shape: [samples.count], integers: samples.map { Int64(source.label(of: $0)) }))
    } else {
      tensors.append(
        SafetensorsTensor("targets", shape: [samples.count, source.outputs], source.targets(of: samples).view))
    }
    try write(tensors, FailureRecord.FileName.samples)
  }

  func write(_ tensors: [SafetensorsTensor], _ name: String) throws {
    let metadata = trainer.metadata().merging(["step": String(trainer.progress.step)]) { $1 }
    try SafetensorsFile.write(tensors, metadata: metadata, to: bundle + "/" + name)
  }
}

extension FailureRecord {
  /// Notes what a tensor's gradient is.
  mutating func note(gradient: ValueRange, of tensor: String) {
    guard let index = tensors.firstIndex(where: { $0.name == tensor }) else { return }
    tensors[index].gradient = gradient
    tensors[index].gradientNorm = gradient.norm
  }
}

extension SampleSource {
  /// Some samples as they are, without augmentation.
  fileprivate func inputs(of samples: [Int]) -> Buffer<Float> {
    let inputs = Buffer<Float>(count: samples.count * shape.count)
    for (row, sample) in samples.enumerated() {
      write(sample, into: inputs.view[row * shape.count..<(row + 1) * shape.count])
    }
    return inputs
  }

  /// What is to be predicted of them.
  fileprivate func targets(of samples: [Int]) -> Buffer<Float> {
    let targets = Buffer<Float>(count: samples.count * outputs)
    for (row, sample) in samples.enumerated() {
      writeTarget(of: sample, into: targets.view[row * outputs..<(row + 1) * outputs])
    }
    return targets
  }
}

extension Double {
  /// `nil` for a number that JSON has no word for.
  fileprivate var finite: Double? { isFinite ? self : nil }
}
