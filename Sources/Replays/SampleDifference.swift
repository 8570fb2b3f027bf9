import Coordinator
import Datasets
import Kernels
import Records

/// What differs between two samples: what is to be predicted, or the input.
struct SampleDifference {
  var part: BisectionRecord.Part
  var element: Int?
  var valueA: String?
  var valueB: String?
  var count: Int?

  /// `nil` if both are the same.
  ///
  /// - Parameter inputs: the numbers of both.
  init?(_ a: Int, _ b: Int, _ sources: (any SampleSource, any SampleSource), inputs: (Floats, Floats)) {
    let answers = (Self.answer(a, sources.0), Self.answer(b, sources.1))
    if !inputs.0.hasSameBits(as: inputs.1) {
      part = .input
      let different = zip(inputs.0.array(), inputs.1.array()).enumerated().filter { $1.0.bitPattern != $1.1.bitPattern }
      element = different.first?.offset
      count = different.count
      if let first = different.first { (valueA, valueB) = ("\(first.element.0)", "\(first.element.1)") }
    } else if answers.0.bits != answers.1.bits {
      part = .label
      (valueA, valueB) = (answers.0.words, answers.1.words)
    } else {
      return nil
    }
  }

  private static func answer(_ sample: Int, _ source: any SampleSource) -> (bits: [UInt32], words: String) {
    guard !source.task.isClassification else {
      let label = source.label(of: sample)
      let name = source.classNames.indices.contains(label) ? source.classNames[label] : "\(label)"
      return ([UInt32(label)], "class " + name)
    }
    let values = Buffer<Float>(count: source.outputs)
    source.writeTarget(of: sample, into: values.view)
    let numbers = values.array()
    return (numbers.map(\.bitPattern), numbers.map { "\($0)" }.joined(separator: ", "))
  }
}

/// The training sets of two runs, sample by sample, as the files have them where they are in memory: a single other pixel
/// would change the normalisation of all others.
struct DataComparison {
  private let a: any SampleSource
  private let b: any SampleSource
  /// One sample of either.
  private let inputs: (a: Buffer<Float>, b: Buffer<Float>)

  init(_ a: any SampleSource, _ b: any SampleSource) {
    (self.a, self.b) = (Self.bare(a), Self.bare(b))
    inputs = (Buffer(count: a.shape.count), Buffer(count: b.shape.count))
  }

  private static func bare(_ source: any SampleSource) -> any SampleSource {
    guard let dataset = source as? Dataset else { return source }
    return dataset.normalized(by: .identity(channels: dataset.shape.channels))
  }

  /// Whether samples of both can be compared.
  private var isComparable: Bool {
    a.shape == b.shape && a.task.isClassification == b.task.isClassification && a.outputs == b.outputs
  }

  /// What differs between a sample of either; `nil` if nothing does.
  func difference(_ first: Int, _ second: Int) -> SampleDifference? {
    a.write(first, into: inputs.a.view)
    b.write(second, into: inputs.b.view)
    return SampleDifference(first, second, (a, b), inputs: (inputs.a.view, inputs.b.view))
  }

  /// The samples that differ, and how many samples each set has.
  func note(in record: inout BisectionRecord) {
    if a.count != b.count {
      record.notes.append("the training sets have \(a.count) and \(b.count) samples")
      return
    }
    guard isComparable else { return }
    var count = 0
    for sample in 0..<a.count where difference(sample, sample) != nil {
      if record.differentSamples.count < 100 { record.differentSamples.append(sample) }
      count += 1
    }
    record.differentSampleCount = count
    if count == 2, let (first, second) = pair(record.differentSamples), difference(first, second) == nil,
      difference(second, first) == nil
    {
      record.isSwap = true
    }
  }

  private func pair(_ samples: [Int]) -> (Int, Int)? { samples.count == 2 ? (samples[0], samples[1]) : nil }
}
