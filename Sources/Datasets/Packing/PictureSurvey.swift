import Foundation
import Keys
import Pictures
import Synchronization

/// A look at the headers of all pictures, where the rules leave size or colour to them.
package enum PictureSurvey {
  /// What the rules and the pictures say of a sample's size, and of what is stored of each picture.
  static func geometry(
    of folder: PictureFolder, _ rules: PackingRules, _ request: LoadingRequest
  ) throws(DataError) -> (size: PictureSize, form: PictureForm) {
    var (size, color) = (rules.size, rules.color)
    if size == nil || color == nil {
      let headers = headers(of: folder, request)
      let sizes = Set(headers.map { PictureSize(height: $0.height, width: $0.width) })
      if size == nil, sizes.count > 1 { throw severalSizes(folder, headers) }
      size = size ?? sizes.first
      color = color ?? (!headers.isEmpty && headers.allSatisfy(\.isGrey) ? .grey : .rgb)
    }
    guard let size else {
      // No file is a picture: decoding will say so of the first.
      return (PictureSize(height: 1, width: 1), PictureForm(height: 1, width: 1, channels: 3))
    }
    let stored = rules.resize ?? size
    guard stored.height >= size.height, stored.width >= size.width else {
      throw DataError(
        file: folder.path, found: "samples of \(size), and data.resize \(stored)",
        allowed: "pictures resized to no less than a sample, which is their middle",
        remedy: "set data.size, or a larger data.resize")
    }
    guard stored.height * stored.width * 3 <= Limit.sample else {
      throw DataError(
        file: folder.path, found: "pictures of \(stored) pixels",
        allowed: "at most \(grouped(Limit.sample / 3)) pixels",
        remedy: "set data.size to a smaller one")
    }
    return (size, PictureForm(height: stored.height, width: stored.width, channels: (color ?? .rgb).channels))
  }

  /// The sizes of all pictures of a folder; `nil` where no file is one.
  package static func sizes(of folder: PictureFolder, _ request: LoadingRequest) -> PictureSizes? {
    PictureSizes(headers(of: folder, request))
  }

  /// Headers of all files that have one.
  private static func headers(of folder: PictureFolder, _ request: LoadingRequest) -> [PictureHeader] {
    let paths = folder.files.map { folder.path(of: $0) }
    var headers: [PictureHeader] = []
    let chunk = 4096
    for first in stride(from: 0, to: paths.count, by: chunk) {
      let part = Array(paths[first..<min(first + chunk, paths.count)])
      let found = Mutex([PictureHeader?](repeating: nil, count: part.count))
      request.forEach(part.count) { index in
        guard let bytes = try? PictureFile.bytes(of: part[index]) else { return }
        let header = try? PictureHeader(of: bytes)
        found.withLock { $0[index] = header }
      }
      headers += found.withLock { $0.compactMap(\.self) }
      request.progress(
        LoadingProgress(
          file: "pictures (looking at their sizes)", fraction: Double(first + part.count) / Double(paths.count),
          amount: "\(grouped(first + part.count)) of \(grouped(paths.count))"))
    }
    return headers
  }

  /// Names a size that suits most of the pictures.
  private static func severalSizes(_ folder: PictureFolder, _ headers: [PictureHeader]) -> DataError {
    guard let sizes = PictureSizes(headers) else { preconditionFailure("several sizes of no pictures") }
    let side = sizes.suitableSide
    return DataError(
      file: folder.path,
      found: "pictures of \(grouped(sizes.count)) sizes, from \(sizes.smallest) to \(sizes.largest) pixels",
      allowed: "one size for all samples",
      remedy: "set data.size: \"size\": \(side) scales each picture to cover \(side) × \(side) and takes its middle")
  }
}

/// The sizes of many pictures.
package struct PictureSizes: Equatable {
  /// Different ones.
  package let count: Int
  package let smallest: PictureSize
  package let largest: PictureSize
  /// A side that suits most of the pictures: their middle short side, down to a multiple of 16, at most 224.
  package let suitableSide: Int

  init?(_ headers: [PictureHeader]) {
    let sizes = Set(headers.map { PictureSize(height: $0.height, width: $0.width) })
      .sorted { ($0.height * $0.width, $0.height) < ($1.height * $1.width, $1.height) }
    guard let smallest = sizes.first, let largest = sizes.last else { return nil }
    (count, self.smallest, self.largest) = (sizes.count, smallest, largest)
    let sides = headers.map { min($0.height, $0.width) }.sorted()
    let middle = min(224, sides[sides.count / 2])
    suitableSide = middle >= 16 ? middle / 16 * 16 : middle
  }
}
