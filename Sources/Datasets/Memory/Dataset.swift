import Kernels

/// The samples and targets of one split in memory, as the files have them: they are normalised as they are written.
public struct Dataset: Sendable {
  /// What the samples are called in reports.
  public let name: String
  /// The shape of each sample.
  public let shape: SampleShape
  /// Number of samples.
  public private(set) var count: Int
  /// All samples, one after another: [count, height, width, channels]; those of the whole set, where this is a part.
  public let samples: Samples
  /// What stored floats stand for; `nil` where they are the file's numbers themselves.
  public let storedScale: StoredScale?
  /// What is to be predicted, one entry a sample; for the whole set, where this is a part.
  public let targets: Targets
  /// Where the samples lie in ``samples`` and ``targets``; `nil` where all are there in this order.
  private(set) var rows: Buffer<Int32>?
  /// The name of every class, by class number; empty for regression.
  public let classNames: [String]
  /// The stored number that `"normalize": "unit"` maps to 1: 255 for bytes, 16 for the digits, 1 for real numbers.
  public let unit: Float
  /// What stored numbers pass through on their way to the network; nothing is done to them unless
  /// ``normalized(by:)`` says so.
  public private(set) var normalizer: Normalizer
  /// Where the samples came from, for messages.
  public var origin = DataOrigin()

  /// Storage of the samples: what was a byte in the file stays a byte.
  public enum Samples: Sendable {
    case bytes(Buffer<UInt8>)
    case floats(Buffer<Float>)
  }

  /// Whether samples are stored as bytes.
  var isOfBytes: Bool { if case .bytes = samples { true } else { false } }

  /// What is to be predicted.
  public enum Targets: Sendable {
    /// A class number 0..<count for each sample.
    case classes(Buffer<Int32>, count: Int)
    /// `width` real numbers for each sample: [samples, width].
    case values(Buffer<Float>, width: Int)
  }

  /// A data set of samples that are in memory.
  ///
  /// `samples` holds `shape.count` numbers a sample; `targets` one class or `width` values a sample, and no class beyond
  /// their number. `classNames` left out are the class numbers. `unit` left out is 255 for bytes and 1 for floats.
  public init(
    name: String, shape: SampleShape, samples: Samples, targets: Targets, classNames: [String]? = nil,
    unit: Float? = nil, storedScale: StoredScale? = nil
  ) {
    self.name = name
    self.shape = shape
    self.samples = samples
    rows = nil
    self.storedScale = storedScale
    self.targets = targets
    normalizer = .identity(channels: shape.channels)
    let numbers: Int
    switch samples {
    case .bytes(let buffer):
      numbers = buffer.view.count
      self.unit = unit ?? 255
    case .floats(let buffer):
      numbers = buffer.view.count
      self.unit = unit ?? 1
    }
    precondition(
      numbers.isMultiple(of: shape.count), "\(numbers) numbers are no whole number of samples of \(shape)")
    count = numbers / shape.count
    switch targets {
    case .classes(let labels, let classes):
      precondition(labels.view.count == count, "\(labels.view.count) labels for \(count) samples")
      for index in labels.view.indices {
        let label = labels.view[index]
        precondition(label >= 0 && label < classes, "label \(label) of \(name), which has \(classes) classes")
      }
      self.classNames = classNames ?? (0..<classes).map(String.init)
      precondition(self.classNames.count == classes, "\(self.classNames.count) names for \(classes) classes")
    case .values(let values, let width):
      precondition(
        width > 0 && values.view.count == count * width, "\(values.view.count) targets for \(count) samples of \(width)"
      )
      self.classNames = []
    }
  }

  /// Some of the samples, which stay where they are in memory.
  ///
  /// - Parameter samples: each 0..<`count`, in the order that they shall have.
  package func selecting(_ samples: [Int]) -> Dataset {
    var part = self
    part.rows = Buffer(samples.map { Int32(row(of: $0)) })
    part.count = samples.count
    part.origin.firstRow = nil
    part.origin.survey = nil
    part.origin.notes = []
    return part
  }

  /// Where a sample lies in ``samples`` and ``targets``.
  @inline(__always)
  func row(of sample: Int) -> Int {
    guard let rows else { return sample }
    return Int(rows.view[sample])
  }

  /// The file's number that a stored float stands for.
  func number(_ stored: Float, channel: Int) -> Double {
    storedScale?.number(stored, column: channel) ?? Double(stored)
  }

  /// The same samples, normalised otherwise: by one scale and shift a channel.
  public func normalized(by normalizer: Normalizer) -> Dataset {
    precondition(
      normalizer.scale.count == shape.channels,
      "a normaliser of \(normalizer.scale.count) channels for samples of \(shape)")
    var dataset = self
    dataset.normalizer = normalizer
    return dataset
  }
}
