import Foundation
import Kernels
import Pictures

/// Pictures to predict from: one file, a folder with all that lies below it, or a list of paths, one a line.
///
/// Folders below are those of the model's classes in an image folder; then they say what their pictures show.
struct PictureInputs: InputReader {
  private let form: PictureForm
  private let shape: SampleShape
  private let normalizer: Normalizer
  /// The files still to come; `nil` where standard input names them.
  private var files: ArraySlice<Batch.File>?

  init(_ location: InputLocation, _ form: PictureForm, _ preprocessing: Preprocessing) throws(DataError) {
    self.form = form
    shape = preprocessing.shape
    normalizer = Normalizer(scale: preprocessing.scale.scale, shift: preprocessing.scale.shift)
    guard case .path(let path) = location else { return }
    var classes: [String] = []
    if case .classes(let names) = preprocessing.answers { classes = names }
    files = try Self.files(expanded(path), classes: classes)[...]
  }

  private static func files(_ path: String, classes: [String]) throws(DataError) -> [Batch.File] {
    guard FolderListing.isFolder(path) else { return [Batch.File(path: path, name: path, label: nil)] }
    let listing = try FolderListing(path)
    guard !listing.pictures.isEmpty else {
      throw DataError(
        file: path, found: "no pictures in this folder or below it", allowed: FolderListing.extensionsText,
        remedy: "check the path")
    }
    let labels = Dictionary(classes.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    return listing.pictures.map { picture in
      let parts = picture.name.split(separator: "/", maxSplits: 1)
      return Batch.File(
        path: path + "/" + picture.name, name: picture.name, label: parts.count > 1 ? labels[String(parts[0])] : nil)
    }
  }

  mutating func read(atMost count: Int) throws(DataError) -> (any InputBatch)? {
    var files: [Batch.File] = []
    if let rest = self.files {
      files = Array(rest.prefix(count))
      self.files = rest.dropFirst(count)
    } else {
      while files.count < count, let line = readLine() {
        guard !line.allSatisfy(\.isWhitespace) else { continue }
        files.append(Batch.File(path: expanded(line), name: line, label: nil))
      }
    }
    return files.isEmpty ? nil : Batch(files: files, form: form, shape: shape, normalizer: normalizer)
  }

  /// Some of the files; whoever writes one decodes it.
  struct Batch: InputBatch {
    struct File: Sendable {
      var path: String
      var name: String
      /// The class that the file's folder names.
      var label: Int?
    }

    let files: [File]
    let form: PictureForm
    let shape: SampleShape
    let normalizer: Normalizer

    var count: Int { files.count }

    func name(_ index: Int) -> String { files[index].name }

    func answer(_ index: Int) throws(DataError) -> InputAnswer? { files[index].label.map(InputAnswer.label) }

    func write(_ index: Int, into input: Floats) throws(DataError) {
      let path = files[index].path
      let bytes = try PictureFile.bytes(of: path)
      let picture: Picture
      do { picture = try form.picture(bytes) } catch { throw PictureFile.refusal(of: path, error) }
      let shown = picture.center(height: shape.height, width: shape.width)
      Elementwise.normalize(
        bytes: Buffer(shown.bytes).view, channels: shape.channels, scale: normalizer.scale, shift: normalizer.shift,
        into: input)
    }
  }
}
