import Foundation
import Kernels

/// A large array whose elements are not as memory needs them, converted once into a file of the user's cache directory,
/// which is mapped by this load and all that follow.
///
/// The file begins with a line of JSON that names what it was made of (path, size, time of change, order, scale) and keeps
/// what was found of the numbers; the elements follow from the next multiple of 4096 bytes on.
struct ConvertedArray {
  private let inputs: ArrayInputs
  private let scale: StoredScale?
  private let choosesScale: Bool

  /// What decides about the content, and what was found in it.
  private struct Header: Codable {
    var version = 1
    var source: String
    var bytes: Int
    var changed: Double
    var dimensions: [Int]
    var isChannelsFirst: Bool
    /// The scale that was asked for.
    var asked: StoredScale?
    var choosesScale: Bool
    /// The scale that the elements have.
    var scale: StoredScale?
    var survey: ColumnSurvey?

    func isOf(_ other: Header) -> Bool {
      version == other.version && source == other.source && bytes == other.bytes && changed == other.changed
        && dimensions == other.dimensions && isChannelsFirst == other.isChannelsFirst && asked == other.asked
        && choosesScale == other.choosesScale
    }
  }

  init(_ inputs: ArrayInputs, scale: StoredScale?, choosesScale: Bool) {
    self.inputs = inputs
    self.scale = scale
    self.choosesScale = choosesScale
  }

  /// The samples, mapped from the cache; converted before where they are not there, or are those of another file.
  func load() throws(DataError) -> ArrayInputs.Loaded {
    let file = try inputs.open()
    var header = try header(file)
    let path = inputs.storage.folder + "/" + name(header)
    if let (found, start) = Self.header(of: path), found.isOf(header), let loaded = try? map(path, found, start, file) {
      return loaded
    }
    let start = try write(file, to: path, &header)
    var loaded = try map(path, header, start, file)
    loaded.notes.append("\(file.path) was converted into \(path), which later loads use; it may be deleted")
    return loaded
  }

  private func map(
    _ path: String, _ header: Header, _ start: Int, _ file: ArrayFile
  ) throws(DataError) -> ArrayInputs.Loaded {
    let count = file.elements
    let samples: Dataset.Samples =
      if file.format.isByte {
        .bytes(try Buffer(mapping: FilePlace(path: path, offset: start, count: count)))
      } else {
        .floats(
          try Buffer(mapping: FilePlace(path: path, offset: start, count: count * MemoryLayout<Float>.stride)))
      }
    return ArrayInputs.Loaded(samples: samples, scale: header.scale, survey: header.survey)
  }

  // MARK: Writing

  /// Converts all elements into a file of another name, which gets its own when it is complete.
  private func write(_ file: ArrayFile, to path: String, _ header: inout Header) throws(DataError) -> Int {
    let order = file.order(isChannelsFirst: inputs.isChannelsFirst)
    header.scale = scale
    if !file.format.isByte {
      var survey = ColumnSurvey(columns: inputs.channels)
      try inputs.readValues(try inputs.open(), order, nil, survey: &survey) { _, _ in }
      if choosesScale { header.scale = survey.storedScale() }
      header.survey = survey
    }
    let part = "\(path).part-\(ProcessInfo.processInfo.processIdentifier)"
    do {
      let bytes = file.elements * (file.format.isByte ? 1 : MemoryLayout<Float>.stride)
      try FileManager.default.createDirectory(atPath: inputs.storage.folder, withIntermediateDirectories: true)
      try requireSpace(bytes, file)
      guard FileManager.default.createFile(atPath: part, contents: nil),
        let output = FileHandle(forWritingAtPath: part)
      else { throw CocoaError(.fileWriteNoPermission) }
      defer { try? output.close() }
      var text = try JSONEncoder().encode(header)
      text.append(UInt8(ascii: "\n"))
      text.append(Data(count: (4096 - text.count % 4096) % 4096))
      try output.write(contentsOf: text)
      try convert(file, order, header.scale) { try output.write(contentsOf: $0) }
      try output.synchronize()
      guard rename(part, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
      return text.count
    } catch {
      try? FileManager.default.removeItem(atPath: part)
      if let error = error as? DataError { throw error }
      throw DataError(
        file: path, found: "cannot be written: \(error.localizedDescription)",
        allowed: "a cache directory with room for the converted \(file.path)",
        remedy:
          "set XDG_CACHE_HOME to a folder with room, or save the array as float32 or uint8 in C order, channels last")
    }
  }

  private func convert(
    _ file: ArrayFile, _ order: ElementOrder, _ scale: StoredScale?, _ write: (Data) throws -> Void
  ) throws {
    func put(_ bytes: [UInt8]) throws(DataError) {
      do { try write(Data(bytes)) } catch {
        throw DataError(
          file: inputs.storage.folder, found: "cannot be written to: \(error.localizedDescription)",
          allowed: "a cache directory with room for the converted \(file.path)",
          remedy: "set XDG_CACHE_HOME to a folder with room")
      }
    }
    if file.format.isByte {
      try file.readElements(order, part: "data") { (chunk, _) throws(DataError) in try put(chunk) }
    } else {
      var survey = ColumnSurvey(columns: inputs.channels)
      try inputs.readValues(file, order, scale, survey: &survey) { (values, _) throws(DataError) in
        try put(values.byteArray())
      }
    }
  }

  private func requireSpace(_ bytes: Int, _ file: ArrayFile) throws(DataError) {
    let folder = inputs.storage.folder
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
    guard let free = (attributes?[.systemFreeSize] as? NSNumber)?.intValue, free < bytes else { return }
    throw DataError(
      file: folder, found: "\(grouped(free)) bytes are free",
      allowed: "\(grouped(bytes)) bytes, into which \(file.path) is converted",
      remedy:
        "set XDG_CACHE_HOME to a folder with room, or save the array as float32 or uint8 in C order, channels last")
  }

  // MARK: Header

  private func header(_ file: ArrayFile) throws(DataError) -> Header {
    let path = file.archivePath
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    let changed = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
    let absolute = URL(fileURLWithPath: path).standardizedFileURL.path
    return Header(
      source: absolute + file.path.dropFirst(path.count), bytes: try ByteReader.size(ofFile: path), changed: changed,
      dimensions: file.dimensions, isChannelsFirst: inputs.isChannelsFirst, asked: scale, choosesScale: choosesScale)
  }

  /// The file's own name, and a number that two arrays are unlikely to share; if they do, each load converts anew.
  private func name(_ header: Header) -> String {
    var digest: UInt64 = 0xCBF2_9CE4_8422_2325  // FNV-1a
    let key = "\(header.source) \(header.isChannelsFirst) \(header.choosesScale) \(header.asked?.origins ?? [])"
    for byte in key.utf8 { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let name = header.source.split(separator: "/").last.map(String.init) ?? "array"
    let plain = name.map { $0.isLetter || $0.isNumber || "._-".contains($0) ? $0 : "_" }
    return String(plain.prefix(80)) + "-" + String(digest, radix: 16)
  }

  private static func header(of path: String) -> (Header, start: Int)? {
    guard let file = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? file.close() }
    var text = Data()
    while let more = try? file.read(upToCount: 4096), !more.isEmpty, text.count < 1 << 30 {
      text.append(more)
      guard let end = more.firstIndex(of: UInt8(ascii: "\n")) else { continue }
      let length = text.count - more.count + (end - more.startIndex)
      guard let header = try? JSONDecoder().decode(Header.self, from: text.prefix(length)) else { return nil }
      return (header, text.count)
    }
    return nil
  }
}
