import Foundation
import Kernels

extension PackedPictures {
  static let signature = Array("ISOTHERM PICTURE".utf8)
  static let version = 1
  static let prefixBytes = 48

  /// Whether the file begins as a packed file does.
  static func isPacked(_ path: String) -> Bool {
    guard let file = fopen(path, "rb") else { return false }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: signature.count)
    return fread(&bytes, 1, bytes.count, file) == bytes.count && bytes == signature
  }

  /// Opens a packed file: header and table are read and checked, the pixels mapped.
  package init(opening path: String) throws(DataError) {
    guard let file = fopen(path, "rb") else {
      throw Self.refusal(path, "cannot be read: \(String(cString: strerror(errno)))")
    }
    defer { fclose(file) }
    var status = stat()
    guard fstat(fileno(file), &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw Self.refusal(path, "is not a regular file")
    }
    let fileBytes = Int(status.st_size)
    func read(_ count: Int) throws(DataError) -> [UInt8] {
      guard count >= 0, count <= fileBytes else { throw Self.refusal(path, "a part of \(count) bytes") }
      var bytes = [UInt8](repeating: 0, count: count)
      guard fread(&bytes, 1, count, file) == count else { throw Self.refusal(path, "the file ends too early") }
      return bytes
    }
    let prefix = try read(Self.prefixBytes)
    guard prefix.starts(with: Self.signature) else { throw Self.refusal(path, "another kind of file") }
    func number(_ index: Int) -> Int { Self.number(prefix, at: 16 + 8 * index, bytes: 8) }
    guard number(0) == Self.version else { throw Self.refusal(path, "version \(number(0)) of the format") }
    let headerBytes = try read(number(1))
    guard let header = try? JSONDecoder().decode(Header.self, from: Data(headerBytes)) else {
      throw Self.refusal(path, "a damaged header")
    }
    let table = try read(number(2))
    guard let (files, isLeftOut) = Self.entries(table, header), isLeftOut.count(where: { !$0 }) == header.pictures,
      let bytes = header.pixelBytes
    else { throw Self.refusal(path, "a damaged table of files") }
    let (end, overflows) = number(3).addingReportingOverflow(bytes)
    guard number(3) >= Self.prefixBytes + headerBytes.count + table.count, !overflows, end == fileBytes else {
      throw Self.refusal(path, "\(grouped(fileBytes)) bytes, where its header announces \(grouped(end))")
    }
    self.header = header
    self.files = files
    self.isLeftOut = isLeftOut
    do { pixels = try Buffer(mapping: path, offset: number(3), count: bytes) } catch {
      throw Self.refusal(path, error.reason)
    }
  }

  private static func refusal(_ path: String, _ found: String) -> DataError {
    DataError(
      file: path, found: found, allowed: "a file that \"isotherm data pack\" of this version has written",
      remedy: "pack the pictures again: isotherm data pack FOLDER --out \((path as NSString).lastPathComponent)")
  }

  private static func number(_ bytes: [UInt8], at place: Int, bytes count: Int) -> Int {
    var number: UInt64 = 0
    for index in 0..<count { number |= UInt64(bytes[place + index]) << (8 * UInt64(index)) }
    return Int(truncatingIfNeeded: number)
  }

  /// Bytes of an entry before its name.
  private static let entryBytes = 22

  /// The table's entries; `nil` where they are not the files that the header announces.
  private static func entries(
    _ table: [UInt8], _ header: Header
  ) -> (files: [PictureFolder.File], isLeftOut: [Bool])? {
    var (files, isLeftOut) = ([PictureFolder.File](), [Bool]())
    guard header.files >= 0, header.files <= table.count / (entryBytes + 1) else { return nil }
    files.reserveCapacity(header.files)
    var place = 0
    while place < table.count {
      guard place + entryBytes < table.count else { return nil }
      let label = number(table, at: place + 16, bytes: 4)
      guard let part = PictureFolder.Part(rawValue: table[place + 20]), label < header.classes.count,
        let end = table[(place + entryBytes)...].firstIndex(of: 0)
      else { return nil }
      files.append(
        PictureFolder.File(
          part: part, label: label, name: String(decoding: table[place + entryBytes..<end], as: UTF8.self),
          size: number(table, at: place, bytes: 8), modified: number(table, at: place + 8, bytes: 8)))
      isLeftOut.append(table[place + 21] != 0)
      place = end + 1
    }
    return files.count == header.files ? (files, isLeftOut) : nil
  }

  /// The table of a manifest.
  static func table(_ files: [PictureFolder.File], _ isLeftOut: [Bool]) -> [UInt8] {
    var table: [UInt8] = []
    for (file, isLeftOut) in zip(files, isLeftOut) {
      table += bytes(file.size) + bytes(file.modified) + bytes(file.label).prefix(4)
      table += [file.part.rawValue, isLeftOut ? 1 : 0]
      table += file.name.utf8
      table.append(0)
    }
    return table
  }

  /// A number as 8 bytes.
  static func bytes(_ number: Int) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
}

extension PackedPictures.Header {
  /// Bytes of all pixels; `nil` where the numbers are no geometry.
  var pixelBytes: Int? {
    guard form.height > 0, form.width > 0, form.channels == 1 || form.channels == 3, pictures > 0 else { return nil }
    return MemoryDemand(dimensions: [pictures, form.height, form.width, form.channels], elementBytes: 1).bytes
  }
}
