import Foundation

/// What kind of file or folder lies at a path, as its content says.
package enum DataForm: Equatable {
  case folder
  /// Pictures that `isotherm data pack` wrote.
  case packedPictures
  /// One picture: JPEG, PNG or WebP.
  case picture
  /// A zip archive, as `numpy.savez` writes.
  case archive
  /// An array in NumPy's format, plain or gzip.
  case npy
  /// An array in the IDX format, plain or gzip.
  case idx
  /// None of these: a table of text, maybe.
  case other

  /// Looks at the beginning of a file.
  ///
  /// - Throws: `DataError` if there is nothing, or it cannot be read.
  package init(of path: String) throws(DataError) {
    let path = expanded(path)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw DataError(
        file: path, found: "there is no such file or folder", allowed: "data", remedy: DataError.checkPath(path))
    }
    if isFolder.boolValue {
      self = .folder
    } else if PackedPictures.isPacked(path) {
      self = .packedPictures
    } else {
      // Of a file that is gzip, unpacked.
      self = Self.form(ofBeginning: try ByteReader(path: path, progress: { _ in }).read(upTo: 8))
    }
  }

  private static func form(ofBeginning bytes: [UInt8]) -> DataForm {
    let pictures: [[UInt8]] = [[0xFF, 0xD8, 0xFF], [0x89] + Array("PNG".utf8), Array("RIFF".utf8)]
    if pictures.contains(where: { bytes.starts(with: $0) }) { return .picture }
    if bytes.starts(with: Array("PK".utf8)) { return .archive }
    if bytes.starts(with: [0x93] + Array("NUMPY".utf8)) { return .npy }
    let isIDX =
      bytes.count >= 4 && bytes[0] == 0 && bytes[1] == 0 && (0x08...0x0E).contains(bytes[2])
      && (1...8).contains(bytes[3])
    return isIDX ? .idx : .other
  }

  /// What is said of one picture in place of many.
  package static func onePicture(_ path: String) -> DataError {
    DataError(
      file: path, found: "one picture", allowed: "a folder with a folder of pictures for each class",
      remedy: "give the path of that folder")
  }
}
