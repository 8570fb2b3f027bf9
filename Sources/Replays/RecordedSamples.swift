import Checkpoints
import Datasets
import Kernels
import Records

/// The samples of a failure bundle in the place of the data set that they are of: it has as many samples, of which these
/// few are there; the others are zero.
struct RecordedSamples: MixedSampleSource {
  let name: String
  let shape: SampleShape
  let count: Int
  let task: PredictionTask
  /// [samples, …shape]: as the network got them.
  private let inputs: Buffer<Float>
  private let labels: [Int64]
  private let targets: Buffer<Float>
  /// Classes of what the samples were mixed with, and their own shares; empty where they were not mixed.
  private let partnerLabels: [Int64]
  private let shares: [Float]
  /// Where in the bundle a sample of the set is.
  private let rows: [Int: Int]

  /// - Parameters:
  ///   - count: samples of the set.
  ///   - file: the bundle's samples; `nil` for a set of which none is there.
  init(name: String, count: Int, data: FailureRecord.Data, file: SafetensorsFile?) throws {
    self.name = name
    self.count = count
    let sides = data.shape
    shape = sides.count == 3 ? .image(height: sides[0], width: sides[1], channels: sides[2]) : .features(sides[0])
    task = data.classNames.map { .classification(classNames: $0) } ?? .regression(width: data.width ?? 1)
    guard let file else {
      (inputs, labels, targets, rows) = (Buffer(count: 0), [], Buffer(count: 0), [:])
      (partnerLabels, shares) = ([], [])
      return
    }
    let indices = try file.integers("indices")
    inputs = Buffer(try file.floats("inputs"))
    labels = task.isClassification ? try file.integers("labels") : []
    targets = Buffer(task.isClassification ? [] : try file.floats("targets"))
    let wasMixed = task.isClassification && file.entries.contains { $0.name == "partnerLabels" }
    partnerLabels = wasMixed ? try file.integers("partnerLabels") : []
    shares = wasMixed ? try file.floats("shares") : []
    rows = Dictionary(indices.enumerated().map { (Int($1), $0) }) { first, _ in first }
    let (classes, answers) = (Int64(task.outputs), task.isClassification ? labels.count : targets.view.count)
    guard inputs.view.count == indices.count * shape.count, indices.allSatisfy({ 0..<Int64(count) ~= $0 }),
      answers == indices.count * (task.isClassification ? 1 : task.outputs),
      (labels + partnerLabels).allSatisfy({ 0..<classes ~= $0 }), shares.allSatisfy({ 0...1 ~= $0 }),
      !wasMixed || (partnerLabels.count == indices.count && shares.count == indices.count)
    else {
      throw ReplayError(
        path: file.path, message: "does not hold the samples that failure.json names; copy the bundle again")
    }
  }

  func write(_ sample: Int, into input: Floats) {
    guard let row = rows[sample] else { return input.fill(with: 0) }
    input.copy(from: inputs.view[row * shape.count..<(row + 1) * shape.count])
  }

  func label(of sample: Int) -> Int { rows[sample].map { Int(labels[$0]) } ?? 0 }

  var isMixed: Bool { !shares.isEmpty }

  func mixture(of sample: Int) -> (label: Int, share: Float) {
    rows[sample].map { (Int(partnerLabels[$0]), shares[$0]) } ?? (label(of: sample), 1)
  }

  func writeTarget(of sample: Int, into values: Floats) {
    guard let row = rows[sample] else { return values.fill(with: 0) }
    values.copy(from: targets.view[row * outputs..<(row + 1) * outputs])
  }
}
