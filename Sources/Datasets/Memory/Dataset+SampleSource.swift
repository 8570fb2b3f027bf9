import Kernels

extension Dataset: SampleSource {
  /// Classes with their names, or values.
  public var task: PredictionTask {
    switch targets {
    case .classes: .classification(classNames: classNames)
    case .values(_, let width): .regression(width: width)
    }
  }

  public var notes: [String] { origin.notes }

  // MARK: Inputs

  public func write(_ sample: Int, into input: Floats) {
    normalize(first: row(of: sample) * shape.count, into: input)
  }

  /// One call of the kernel for the whole run, where the samples lie one after another.
  public func write(_ samples: Range<Int>, into inputs: Floats) {
    if readsAhead { willRead(samples) }
    guard rows != nil else { return normalize(first: samples.lowerBound * shape.count, into: inputs) }
    for index in 0..<samples.count {
      write(samples.lowerBound + index, into: inputs[index * shape.count..<(index + 1) * shape.count])
    }
  }

  public func write(_ sample: Int, at placement: Placement, into input: Floats) {
    let first = row(of: sample) * shape.count
    placement.write(
      into: input, run: { normalize(first: first + $0, into: $1) },
      stretched: { row, output in
        switch samples {
        case .bytes(let buffer): Resampling.row(row, of: buffer.view, first: first, into: output)
        case .floats(let buffer): Resampling.row(row, of: buffer.view, first: first, into: output)
        }
        Elementwise.normalize(
          floats: output, channels: shape.channels, scale: normalizer.scale, shift: normalizer.shift, into: output)
      })
  }

  public var pixelScale: PixelScale? {
    guard storedScale == nil else { return nil }
    return PixelScale(scale: normalizer.scale, shift: normalizer.shift, white: unit)
  }

  /// Stored numbers from `first` on, a whole number of pixels, to normalised ones.
  private func normalize(first: Int, into output: Floats) {
    let range = first..<first + output.count
    switch samples {
    case .bytes(let buffer):
      Elementwise.normalize(
        bytes: buffer.view, range: range, channels: shape.channels, scale: normalizer.scale, shift: normalizer.shift,
        into: output)
    case .floats(let buffer):
      Elementwise.normalize(
        floats: buffer.view, range: range, channels: shape.channels, scale: normalizer.scale,
        shift: normalizer.shift, into: output)
    }
  }

  // MARK: What is to be predicted

  public func label(of sample: Int) -> Int {
    let row = row(of: sample)
    guard case .classes(let labels, _) = targets else {
      preconditionFailure("\(name) has numbers to predict, no classes")
    }
    return Int(labels.view[row])
  }

  public func writeTarget(of sample: Int, into values: Floats) {
    guard case .values(let targets, let width) = targets else {
      preconditionFailure("\(name) has classes, no numbers to predict")
    }
    let row = row(of: sample)
    values.copy(from: targets.view[row * width..<(row + 1) * width])
  }

  // MARK: As a whole

  /// Memory of samples and targets; none for a mapped file, whose pages the system takes back where memory is short.
  public var memoryBytes: Int {
    // A part shares the memory of the whole; of the parts of one set, those with the fewest samples count nothing.
    if let rows, rows.view.count * 2 < storedCount { return rows.view.count * MemoryLayout<Int32>.stride }
    let sampleBytes =
      switch samples {
      case .bytes(let buffer): memory(buffer)
      case .floats(let buffer): memory(buffer)
      }
    let targetBytes =
      switch targets {
      case .classes(let labels, _): memory(labels)
      case .values(let values, _): memory(values)
      }
    return sampleBytes + targetBytes
  }

  private func memory<Element>(_ buffer: Buffer<Element>) -> Int {
    buffer.view.isMappedFile ? 0 : buffer.view.count * MemoryLayout<Element>.stride
  }

  /// Samples of the whole set that this is, or is a part of.
  private var storedCount: Int {
    switch samples {
    case .bytes(let buffer): buffer.view.count / shape.count
    case .floats(let buffer): buffer.view.count / shape.count
    }
  }

  /// Samples and targets as they are stored, before normalisation.
  public func readContent(_ use: ([UInt8]) -> Void) {
    use(Array("\(shape) \(count) \(outputs) ".utf8))
    if let rows { read(rows, use) }
    switch samples {
    case .bytes(let buffer): read(buffer, use)
    case .floats(let buffer): read(buffer, use)
    }
    if let storedScale { use(Array("\(storedScale.origins) \(storedScale.units)".utf8)) }
    switch targets {
    case .classes(let labels, _): read(labels, use)
    case .values(let values, _): read(values, use)
    }
  }

  /// The bytes of all elements, as they lie in memory, at most 1 MiB at a time; of a mapped file beyond 4 GiB only every
  /// so many: 4096 pieces of 64 KiB, evenly spaced, so that a run does not begin and end with a pass over the disk.
  private func read<Element>(_ buffer: Buffer<Element>, _ use: ([UInt8]) -> Void) {
    let view = buffer.view
    let stride = MemoryLayout<Element>.stride
    let isSampled = view.isMappedFile && view.count > (4 << 30) / stride
    let chunk = max(1, (isSampled ? 1 << 16 : 1 << 20) / stride)
    let step = isSampled ? max(chunk, (view.count - chunk) / 4095) : chunk
    for first in Swift.stride(from: 0, to: view.count, by: step) {
      let part = view[first..<min(first + chunk, view.count)]
      part.willNeed()
      use(part.byteArray())
      part.release()
    }
  }
}
