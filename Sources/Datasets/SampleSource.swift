import Kernels

/// Samples that a network is trained on or measured with, from wherever they come: memory, a file, a formula.
///
/// A source says how many samples there are, what each looks like and what is to be predicted, and writes one sample,
/// ready for the network, where it is told. Whoever has samples of a kind of their own conforms to this protocol: with
/// ``write(_:into:)-(Int,_)`` and, for classes, ``label(of:)``, or, for numbers, ``writeTarget(of:into:)``. The rest has
/// defaults.
///
/// What a source writes depends on the sample alone: not on the order in which samples are asked for, nor on the
/// thread that asks. Any number of threads ask at once, each with memory of its own to write to. A call for one sample
/// allocates nothing, so that a step of training does not.
public protocol SampleSource: Sendable {
  /// What the samples are called in reports.
  var name: String { get }
  /// The shape of each sample.
  var shape: SampleShape { get }
  /// Number of samples.
  var count: Int { get }
  /// What is to be predicted.
  var task: PredictionTask { get }

  /// Writes a sample as the network takes it: normalised, [height, width, channels] or [features].
  ///
  /// - Parameters:
  ///   - sample: 0..<`count`.
  ///   - input: `shape.count` floats, of which all are written.
  func write(_ sample: Int, into input: Floats)

  /// Writes an augmented sample: what `placement` shows of the stored picture, in whose middle lies what
  /// ``write(_:into:)-(Int,_)`` writes, and 0 round it.
  ///
  /// Asked for images only. Left out: the image is written and then moved in place.
  func write(_ sample: Int, at placement: Placement, into input: Floats)

  /// The shape of the pictures that samples are the middle of, which random crops may see whole. Left out: ``shape``.
  var storedShape: SampleShape { get }

  /// What the numbers of an image are as colours, for augmentations that change them. Left out: unknown, and such
  /// augmentations are refused.
  var pixelScale: PixelScale? { get }

  /// Writes a run of samples, one after another: as ``write(_:into:)-(Int,_)`` does for each, up to rounding.
  ///
  /// Left out: sample by sample.
  func write(_ samples: Range<Int>, into inputs: Floats)

  /// The class of a sample, 0..<`task.outputs`. Asked for classification only, which must not leave it out.
  func label(of sample: Int) -> Int

  /// Writes the `task.outputs` numbers that are to be predicted. Asked for regression only, which must not leave it out.
  func writeTarget(of sample: Int, into values: Floats)

  /// What a user should know of the samples before a run, in words. Left out: nothing.
  var notes: [String] { get }

  /// Whether ``willRead(_:)`` does anything: samples come from a disk. Left out: they do not.
  var readsAhead: Bool { get }

  /// Is told of a sample that will be written soon, most often in the next step, so that it can begin to fetch it. It does
  /// not wait, allocates nothing, and may be asked by one thread while others write samples. Left out: nothing.
  ///
  /// - Parameter sample: 0..<`count`.
  func willRead(_ sample: Int)

  /// Memory that the samples take for as long as the source lives. Left out: 0.
  var memoryBytes: Int { get }

  /// Hands over, a piece at a time, bytes that differ where samples or what is to be predicted differ. A checkpoint
  /// keeps their digest, so that nobody resumes a run with other data by accident.
  ///
  /// Left out: all that the source writes, which is one pass over the samples.
  func readContent(_ use: ([UInt8]) -> Void)
}

extension SampleSource {
  /// The number of values that a model must put out: classes, or target values.
  public var outputs: Int { task.outputs }

  /// The name of every class, by class number; empty for regression.
  public var classNames: [String] { task.classNames }
}

// MARK: What may be left out

extension SampleSource {
  public func write(_ sample: Int, at placement: Placement, into input: Floats) {
    write(sample, into: input)
    placement.apply(to: input)
  }

  public var storedShape: SampleShape { shape }

  public var pixelScale: PixelScale? { nil }

  public func write(_ samples: Range<Int>, into inputs: Floats) {
    for (row, sample) in samples.enumerated() {
      write(sample, into: inputs[row * shape.count..<(row + 1) * shape.count])
    }
  }

  public func label(of sample: Int) -> Int {
    preconditionFailure("\(name) has \(task), and no label(of:)")
  }

  public func writeTarget(of sample: Int, into values: Floats) {
    preconditionFailure("\(name) has \(task), and no writeTarget(of:into:)")
  }

  public var notes: [String] { [] }

  public var readsAhead: Bool { false }

  public func willRead(_ sample: Int) {}

  public var memoryBytes: Int { 0 }

  public func readContent(_ use: ([UInt8]) -> Void) {
    use(Array("\(shape) \(count) \(task)".utf8))
    let isClassification = task.isClassification
    let input = Buffer<Float>(count: shape.count)
    let target = Buffer<Float>(count: isClassification ? 0 : outputs)
    for sample in 0..<count {
      write(sample, into: input.view)
      use(input.view.byteArray())
      if isClassification {
        use(Array("\(label(of: sample)) ".utf8))
      } else {
        writeTarget(of: sample, into: target.view)
        use(target.view.byteArray())
      }
    }
  }
}
