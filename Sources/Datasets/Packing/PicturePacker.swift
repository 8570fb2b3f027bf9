import Foundation
import Kernels
import Pictures
import Synchronization

/// Decodes the pictures of a folder, many at once, and writes them one after another.
struct PicturePacker {
  let folder: PictureFolder
  let rules: PackingRules
  let form: PictureForm
  /// Height and width of a sample.
  let size: PictureSize
  /// Calls a closure for many numbers at once.
  let forEach: @Sendable (_ count: Int, _ body: @escaping @Sendable (Int) -> Void) -> Void
  let progress: (LoadingProgress) -> Void

  /// Files at a time are as many as make this many bytes of pixels, so that a file's decoding is shared by all workers and
  /// memory stays small.
  private static let chunkBytes = 64 << 20

  /// A packer of a folder, after a look at all its files where the rules leave the geometry to them.
  init(_ folder: PictureFolder, _ rules: PackingRules, _ request: LoadingRequest) throws(DataError) {
    self.folder = folder
    self.rules = rules
    forEach = request.forEach
    progress = request.progress
    (size, form) = try PictureSurvey.geometry(of: folder, rules, request)
  }

  /// What became of a file.
  private enum Outcome: Sendable {
    case picture(isMislabelled: Bool)
    case bad(DataError)
  }

  /// What is known of the files when all are decoded.
  struct Result {
    var isLeftOut: [Bool] = []
    var mislabelled = 0
    var leftOut: [String] = []

    var pictures: Int { isLeftOut.count { !$0 } }
  }

  /// Decodes all files; `write` gets their pixels, some pictures at a time, in the order of the files.
  func decode(_ write: (View<UInt8>) throws(DataError) -> Void) throws(DataError) -> Result {
    var result = Result()
    let pictureBytes = form.stored.count
    let chunk = max(4, min(4096, Self.chunkBytes / pictureBytes))
    let pixels = Buffer<UInt8>(count: min(chunk, folder.files.count) * pictureBytes)
    for first in stride(from: 0, to: folder.files.count, by: chunk) {
      let files = Array(folder.files[first..<min(first + chunk, folder.files.count)])
      var kept = 0
      for (index, outcome) in decode(files, into: pixels.view).enumerated() {
        switch outcome {
        case .picture(let isMislabelled):
          if isMislabelled { result.mislabelled += 1 }
          if kept < index { move(index, to: kept, of: pixels.view) }
          kept += 1
          result.isLeftOut.append(false)
        case .bad(let error):
          guard rules.onBadSample == .skip else { throw error }
          if result.leftOut.count < 5 { result.leftOut.append("\(files[index].name): \(error.found)") }
          result.isLeftOut.append(true)
        }
      }
      try write(pixels.view.prefix(kept * pictureBytes))
      progress(
        LoadingProgress(
          file: "pictures (packing)", fraction: Double(result.isLeftOut.count) / Double(folder.files.count),
          amount: "\(grouped(result.isLeftOut.count)) of \(grouped(folder.files.count))"))
    }
    try requireClasses(result)
    return result
  }

  private func move(_ index: Int, to place: Int, of pixels: View<UInt8>) {
    let count = form.stored.count
    pixels[place * count..<(place + 1) * count].copy(from: pixels[index * count..<(index + 1) * count])
  }

  /// Each file's pixels to its place in `pixels`.
  private func decode(_ files: [PictureFolder.File], into pixels: View<UInt8>) -> [Outcome] {
    let paths = files.map { folder.path(of: $0) }
    let count = form.stored.count
    let outcomes = Mutex([Outcome?](repeating: nil, count: files.count))
    let form = form
    forEach(files.count) { index in
      let outcome: Outcome
      do throws(DataError) {
        let mislabelled = try Self.decode(paths[index], form, into: pixels[index * count..<(index + 1) * count])
        outcome = .picture(isMislabelled: mislabelled)
      } catch { outcome = .bad(error) }
      outcomes.withLock { $0[index] = outcome }
    }
    return outcomes.withLock { $0.compactMap(\.self) }
  }

  /// Whether the file's name says another kind than it is.
  private static func decode(
    _ path: String, _ form: PictureForm, into pixels: View<UInt8>
  ) throws(DataError) -> Bool {
    let bytes = try PictureFile.bytes(of: path)
    do throws(PictureError) {
      let format = try PictureFormat(of: bytes)
      pixels.copy(from: try form.picture(bytes).bytes)
      return !format.isNamed(by: path)
    } catch { throw PictureFile.refusal(of: path, error) }
  }

  /// Every class needs a picture to learn from.
  private func requireClasses(_ result: Result) throws(DataError) {
    var seen = Array(repeating: false, count: folder.classes.count)
    for (file, isLeftOut) in zip(folder.files, result.isLeftOut) where !isLeftOut && file.part != .test {
      seen[file.label] = true
    }
    guard let missing = seen.firstIndex(of: false) else { return }
    throw DataError(
      file: folder.path, found: "all pictures of the class \"\(folder.classes[missing])\" are broken",
      allowed: "at least one picture of each class", remedy: "replace the pictures, or remove the class's folder")
  }
}

extension PictureFormat {
  /// Whether a file's extension is one of this kind.
  func isNamed(by path: String) -> Bool {
    let suffix = (path as NSString).pathExtension.lowercased()
    switch self {
    case .jpeg: return suffix.hasPrefix("j")
    case .png: return suffix == "png"
    case .webp: return suffix == "webp"
    }
  }
}
