import Kernels

/// The inputs of one split, from an array's file into memory or mapped.
struct ArrayInputs {
  /// Opens the file, before each pass over it.
  let open: () throws(DataError) -> ArrayFile
  /// Whether entries are [channels, height, width] in the file.
  let isChannelsFirst: Bool
  /// Values of a pixel, or numbers of a sample: what shares a scale.
  let channels: Int
  let storage: ArrayStorage

  /// What was loaded.
  struct Loaded {
    var samples: Dataset.Samples
    /// What stored floats stand for; `nil` for the numbers themselves.
    var scale: StoredScale?
    /// What all numbers that are no bytes need of a float; `nil` where there are none.
    var survey: ColumnSurvey?
    /// What a user should know.
    var notes: [String] = []
  }

  /// Loads the samples: bytes as they are, all others as single-precision numbers. NaN and infinity are refused.
  ///
  /// - Parameters:
  ///   - scale: what the floats shall stand for; `nil` for the numbers themselves.
  ///   - choosesScale: whether the numbers may be stored on a scale of their own.
  func load(scale: StoredScale?, choosesScale: Bool) throws(DataError) -> Loaded {
    let file = try open()
    try file.requireNumbers()
    let elementBytes = file.format.isByte ? 1 : MemoryLayout<Float>.stride
    let order = file.order(isChannelsFirst: isChannelsFirst)
    if scale == nil, order.isNatural, file.bytes >= storage.mappedFrom,
      let mapped = try map(file, choosesScale: choosesScale)
    {
      return mapped
    }
    if elementBytes * file.elements >= storage.convertedFrom {
      return try ConvertedArray(self, scale: scale, choosesScale: choosesScale).load()
    }
    return try read(file, order, scale: scale, choosesScale: choosesScale)
  }

  // MARK: In memory

  private func read(
    _ file: ArrayFile, _ order: ElementOrder, scale: StoredScale?, choosesScale: Bool
  ) throws(DataError) -> Loaded {
    try MemoryDemand(dimensions: file.dimensions, elementBytes: file.format.isByte ? 1 : MemoryLayout<Float>.stride)
      .requireMemory(file: file.path)
    if file.format.isByte {
      let buffer = Buffer<UInt8>(count: file.elements)
      try file.readElements(order, part: "data") { (chunk, first) throws(DataError) in
        buffer.view[first..<first + chunk.count].copy(from: chunk)
      }
      return Loaded(samples: .bytes(buffer))
    }
    var (buffer, survey) = try values(file, order, scale)
    if choosesScale, let wanted = survey.storedScale() {
      // Known only now; the file is read again, so that no array needs the memory of doubles, or that of two.
      buffer = Buffer(count: 0)
      (buffer, _) = try values(try open(), order, wanted)
      return Loaded(samples: .floats(buffer), scale: wanted, survey: survey)
    }
    return Loaded(samples: .floats(buffer), scale: scale, survey: survey)
  }

  private func values(
    _ file: ArrayFile, _ order: ElementOrder, _ scale: StoredScale?
  ) throws(DataError) -> (Buffer<Float>, ColumnSurvey) {
    let buffer = Buffer<Float>(count: file.elements)
    var survey = ColumnSurvey(columns: channels)
    try readValues(file, order, scale, survey: &survey) { (values, first) throws(DataError) in
      buffer.view[first..<first + values.count].copy(from: values)
    }
    return (buffer, survey)
  }

  // MARK: Mapped

  /// The samples where they lie in the file; `nil` where they cannot stay there.
  private func map(_ file: ArrayFile, choosesScale: Bool) throws(DataError) -> Loaded? {
    guard let place = file.place, file.format.isByte || file.format.isFloat && place.offset.isMultiple(of: 4) else {
      return nil
    }
    var loaded = Loaded(samples: .bytes(Buffer(count: 0)))
    if file.format.isByte {
      // The checksum of an archive's member is compared while it is read.
      if place.path != file.path { try file.reader.readToEnd(count: file.bytes, unit: 1, part: "data") { _, _ in } }
      let buffer = try Buffer<UInt8>(mapping: place)
      loaded.samples = .bytes(buffer)
    } else {
      var survey = ColumnSurvey(columns: channels)
      try readValues(file, file.order(), nil, survey: &survey) { _, _ in }
      if choosesScale, survey.storedScale() != nil { return nil }
      let buffer = try Buffer<Float>(mapping: place)
      loaded.samples = .floats(buffer)
      loaded.survey = survey
    }
    loaded.notes = ["\(file.path) is mapped, not read: it must not change while it is used"]
    return loaded
  }

  // MARK: Numbers

  /// Calls `body` with all numbers as floats on a scale, a chunk at a time. NaN and infinity are refused.
  ///
  /// - Parameter survey: is told of every number, by channel.
  func readValues(
    _ file: ArrayFile, _ order: ElementOrder, _ scale: StoredScale?, survey: inout ColumnSurvey,
    _ body: (_ values: Floats, _ first: Int) throws(DataError) -> Void
  ) throws(DataError) {
    let channels = channels
    var column = 0
    var values = Buffer<Float>(count: 0)
    var told = survey
    try file.readNumbers(order, part: "data") { (numbers, first) throws(DataError) in
      if values.view.count < numbers.count { values = Buffer(count: numbers.count) }
      let floats = values.view.prefix(numbers.count)
      for index in numbers.indices {
        let number = numbers[index]
        let value = scale?.stored(number, column: column) ?? Float(number)
        guard value.isFinite, Float(number).isFinite else { throw notFinite(number, element: first + index, file) }
        told.add(number, column: column)
        column = column + 1 == channels ? 0 : column + 1
        floats[index] = value
      }
      try body(floats, first)
    }
    survey = told
  }

  private func notFinite(_ number: Double, element: Int, _ file: ArrayFile) -> DataError {
    DataError(
      file: file.path,
      found: "\(number) at element \(element % file.width) of entry \(grouped(element / file.width)) (from 0)",
      allowed: "finite single-precision numbers", remedy: "replace or remove such entries")
  }
}
