import Foundation
import Kernels

extension PackedPictures {
  /// Packs a folder's pictures into a file, and opens it.
  package init(
    packing folder: PictureFolder, _ rules: PackingRules, to path: String, _ request: LoadingRequest
  ) throws(DataError) {
    let packer = try PicturePacker(folder, rules, request)
    switch PackedFileWriter.begin(path) {
    case .begun(let writer): try Self.write(packer, with: writer)
    case .failed(let error): throw error
    case .unwritable(let reason):
      throw DataError(
        file: path, found: "the packed pictures cannot be written: \(reason)",
        allowed: "a folder that can be written to",
        remedy: "name another file, or change the folder's permissions")
    }
    try self.init(opening: path)
  }

  /// Packs into the file, or into memory with a note where its folder cannot be written to.
  init(
    packing folder: PictureFolder, _ rules: PackingRules, cache path: String, _ request: LoadingRequest
  ) throws(DataError) {
    let packer = try PicturePacker(folder, rules, request)
    switch PackedFileWriter.begin(path) {
    case .begun(let writer):
      try Self.write(packer, with: writer)
      try self.init(opening: path)
    case .failed(let error): throw error
    case .unwritable(let reason): try self.init(packer, reason: reason)
    }
  }

  /// The header is written last, when it is known how many files are pictures; there is room for it and the table before
  /// the pixels.
  private static func write(_ packer: PicturePacker, with writer: PackedFileWriter) throws(DataError) {
    var writer = writer
    do throws(DataError) {
      let tableBytes = table(packer.folder.files, packer.folder.files.map { _ in false }).count
      // Digits of the counts, and the names and reasons of the first few bad files.
      let headerRoom = try json(header(packer, PicturePacker.Result())).count + 256 << 10
      let offset = (prefixBytes + headerRoom + tableBytes + 4095) / 4096 * 4096
      try writer.skip(to: offset)
      let result = try packer.decode { pixels throws(DataError) in try writer.append(pixels) }
      let header = try json(header(packer, result))
      let table = table(packer.folder.files, result.isLeftOut)
      let prefix = signature + bytes(version) + bytes(header.count) + bytes(table.count) + bytes(offset)
      guard prefix.count + header.count + table.count <= offset else {
        preconditionFailure("a header of \(header.count) bytes, for which there is no room")
      }
      try writer.write(prefix + header + table, at: 0)
      try writer.finish()
    } catch {
      writer.cancel()
      throw error
    }
  }

  /// Packs into memory.
  private init(_ packer: PicturePacker, reason: String) throws(DataError) {
    let form = packer.form
    let demand = MemoryDemand(
      dimensions: [packer.folder.files.count, form.height, form.width, form.channels], elementBytes: 1)
    try demand.requireMemory(file: packer.folder.path)
    let all = Buffer<UInt8>(count: demand.bytes ?? 0)
    var count = 0
    let result = try packer.decode { part throws(DataError) in
      all.view[count..<count + part.count].copy(from: part)
      count += part.count
    }
    var header = Self.header(packer, result)
    header.notes.append("pictures are packed in memory, and again for every run: \(reason)")
    self.header = header
    files = packer.folder.files
    isLeftOut = result.isLeftOut
    if count < all.view.count {
      pixels = Buffer(count: count)
      pixels.view.copy(from: all.view.prefix(count))
    } else {
      pixels = all
    }
  }

  private static func header(_ packer: PicturePacker, _ result: PicturePacker.Result) -> Header {
    Header(
      form: packer.form, size: packer.size, rules: packer.rules, folder: packer.folder.path,
      classes: packer.folder.classes, files: packer.folder.files.count, pictures: result.pictures,
      mislabelled: result.mislabelled,
      leftOut: result.leftOut, notes: packer.folder.notes)
  }

  private static func json(_ header: Header) throws(DataError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do { return Array(try encoder.encode(header)) } catch {
      throw DataError(
        file: header.folder, found: "names that cannot be written as JSON", allowed: "names in UTF-8",
        remedy: "rename the class folders")
    }
  }
}
