import Kernels

/// Reads samples to predict from out of an array, a part at a time.
struct ArrayInputReader: InputReader {
  private let file: ArrayFile
  private let preprocessing: Preprocessing
  private let answers: InputAnswers?
  private let normalizer: Normalizer
  /// The order of elements within an entry, where that is a run of the file.
  private let entry: ElementOrder
  /// All bytes, where an entry is none.
  private let whole: (bytes: View<UInt8>, order: ElementOrder)?
  private let count: Int
  private var position = 0

  /// An array whose entries have the shape of the model's samples, or which is one sample itself; others are refused.
  init(
    _ file: ArrayFile, _ form: NumberForm, _ preprocessing: Preprocessing, answers: InputAnswers? = nil
  ) throws(DataError) {
    self.file = file
    self.preprocessing = preprocessing
    self.answers = answers
    normalizer = Normalizer(scale: preprocessing.scale.scale, shift: preprocessing.scale.shift)
    try file.requireNumbers()
    let (isSingle, isChannelsFirst) = try Self.match(file, form, preprocessing.shape)
    count = isSingle ? 1 : file.count
    if let answers, answers.count != count {
      throw DataError(
        file: file.path, found: "\(grouped(count)) samples beside \(grouped(answers.count)) labels",
        allowed: "one label a sample", remedy: "check that both arrays belong to the same samples")
    }
    let dimensions = isSingle ? [1] + file.dimensions : file.dimensions
    var order = ElementOrder(dimensions: dimensions, isFortranOrder: file.isFortranOrder)
    if isChannelsFirst { order = order.permuted([0, 2, 3, 1]) }
    entry = ElementOrder(lengths: Array(order.lengths.dropFirst()), strides: Array(order.strides.dropFirst()))
    whole = file.isFortranOrder && !order.isNatural ? (try file.wholeArray(part: "data"), order) : nil
  }

  mutating func read(atMost count: Int) throws(DataError) -> (any InputBatch)? {
    let size = preprocessing.shape.count
    let taken = min(count, self.count - position)
    guard taken > 0 else { return nil }
    let bytes: [UInt8]
    if let whole {
      bytes = whole.bytes.elements(
        position * size..<(position + taken) * size, in: whole.order, bytes: file.format.bytes)
    } else {
      let chunk = try file.reader.read(exactly: taken * size * file.format.bytes, part: "data")
      bytes = entry.isNatural ? chunk : reordered(chunk)
      if position + taken == self.count { try file.reader.requireEnd(after: file.bytes, part: "data") }
    }
    guard let encoding = file.format.encoding else { return nil }
    let numbers = Buffer<Double>(count: taken * size)
    numbers.view.decode(bytes, as: encoding, isBigEndian: file.format.isBigEndian)
    defer { position += taken }
    return NumberBatch(
      file: file.path, first: position, numbers: numbers.array(), count: taken, scale: preprocessing.scale,
      normalizer: normalizer, answers: answers?[position..<position + taken])
  }

  private func reordered(_ chunk: [UInt8]) -> [UInt8] {
    let bytes = Buffer(chunk).view
    let size = preprocessing.shape.count * file.format.bytes
    return stride(from: 0, to: chunk.count, by: size).flatMap {
      bytes[$0..<$0 + size].elements(0..<preprocessing.shape.count, in: entry, bytes: file.format.bytes)
    }
  }

  /// How an array holds samples of a shape.
  private static func match(
    _ file: ArrayFile, _ form: NumberForm, _ shape: SampleShape
  ) throws(DataError) -> (isSingle: Bool, isChannelsFirst: Bool) {
    let last = [shape.height, shape.width, shape.channels]
    let first = [shape.channels, shape.height, shape.width]
    for (entry, isSingle) in [(Array(file.dimensions.dropFirst()), false), (file.dimensions, true)] {
      if shape.isImage {
        // What training read comes first; the other way is as good where the shape tells them apart.
        if entry == first, form.isChannelsFirst || first != last { return (isSingle, true) }
        if entry == last { return (isSingle, false) }
        if shape.channels == 1, entry == [shape.height, shape.width] { return (isSingle, false) }
      } else if isSingle ? entry == [shape.count] && shape.count > 1 : entry.reduce(1, *) == shape.count {
        return (isSingle, false)
      }
    }
    throw DataError(
      file: file.path, found: "an array \(file.summary)",
      allowed: "samples of \(shape), as the model was trained on: [N, "
        + (shape.isImage ? last : [shape.count]).map(String.init).joined(separator: ", ") + "]",
      remedy: "bring the samples into the shape of the training data")
  }
}
