import Kernels

/// The pictures of a folder, decoded: one file, which is mapped into memory and not read.
///
/// The file has four parts; numbers are little-endian.
///
/// | bytes | what |
/// |---|---|
/// | 48 | `ISOTHERM PICTURE`, then version (1), bytes of the header, bytes of the table, and where the pixels begin: 64 bits each |
/// | header | ``Header`` as JSON |
/// | table | the manifest, one entry a file: bytes, time of change (ns since 1970; 64 bits each), class (32 bits), part, whether it was left out (a byte each), then its name and a zero |
/// | pixels | from a multiple of 4,096 on: [pictures, height, width, channels], of the files that were not left out, in their order |
package struct PackedPictures {
  /// What is said once for all pictures.
  package struct Header: Codable, Equatable {
    /// The geometry of each picture.
    var form: PictureForm
    /// Height and width of a sample, which is the middle of a picture.
    var size: PictureSize
    /// What decided on it.
    var rules: PackingRules
    /// The folder, for messages.
    var folder: String
    var classes: [String]
    /// Files of the manifest.
    var files: Int
    /// Files whose pixels are here.
    var pictures: Int
    /// Files whose content is of another kind than their names say.
    var mislabelled: Int
    /// Of the files that were left out, the first ones with their reasons.
    var leftOut: [String]
    /// What a user should know of the folder.
    var notes: [String]
  }

  package internal(set) var header: Header
  /// The manifest.
  let files: [PictureFolder.File]

  /// Whether the folder said which pictures are for the test, or for validation.
  package var hasOwnTest: Bool { files.contains { $0.part == .test || $0.part == .validation } }
  /// For each file, whether it was left out as no picture.
  let isLeftOut: [Bool]
  /// [pictures, height, width, channels].
  let pixels: Buffer<UInt8>

  /// The same pictures as those of the folder, whatever path it had when they were packed; `nil` if packing the folder by
  /// the rules would make others, as far as names, sizes and times of change tell.
  func matching(_ folder: PictureFolder, _ rules: PackingRules) -> PackedPictures? {
    guard header.rules == rules, header.classes == folder.classes, files == folder.files else { return nil }
    var packed = self
    packed.header.folder = folder.path
    packed.header.notes = folder.notes
    return packed
  }

  /// The number of files that were left out.
  package var leftOutCount: Int { header.files - header.pictures }

  /// The number of pictures.
  package var count: Int { header.pictures }

  /// What is stored of each picture.
  package var storedShape: SampleShape { header.form.stored }

  /// Names of the classes.
  package var classNames: [String] { header.classes }

  /// Bytes of all pixels.
  package var byteCount: Int { pixels.view.count }

  /// What a user should know of the pictures, in words.
  package var notes: [String] {
    var notes = header.notes
    if leftOutCount > 0 {
      let more = leftOutCount > header.leftOut.count ? ", …" : ""
      notes.append(
        "\(header.folder): \(grouped(leftOutCount)) of \(grouped(header.files)) files are left out: "
          + header.leftOut.joined(separator: "; ") + more)
    }
    if header.mislabelled > 0 {
      notes.append(
        "\(header.folder): \(grouped(header.mislabelled)) pictures are of another kind than their names say, and were read "
          + "as what they are")
    }
    return notes
  }
}

/// The keys of a config that decide what is stored of each picture.
package struct PackingRules: Codable, Equatable, Sendable {
  /// Height and width of a sample; `nil` for the pictures' own, where all agree.
  package var size: PictureSize?
  /// Height and width of what is stored; `nil` for those of a sample.
  package var resize: PictureSize?
  /// `nil` for grey where all are grey.
  package var color: PictureColor?
  package var onBadSample: BadSampleRule

  package init(
    size: PictureSize? = nil, resize: PictureSize? = nil, color: PictureColor? = nil,
    onBadSample: BadSampleRule = .refuse
  ) {
    self.size = size
    self.resize = resize
    self.color = color
    self.onBadSample = onBadSample
  }
}

/// `data.color`.
package enum PictureColor: String, Codable, CaseIterable, Sendable {
  case rgb, grey

  var channels: Int { self == .rgb ? 3 : 1 }
}

/// `data.onBadSample`: what becomes of a file that is no picture, or a broken one.
package enum BadSampleRule: String, Codable, CaseIterable, Sendable {
  case refuse, skip
}
