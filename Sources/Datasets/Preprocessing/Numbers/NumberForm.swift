import Foundation

/// Arrays of numbers, one sample after another: `.npy`, `.npz` and IDX files, and rows of text.
public struct NumberForm: Codable, Sendable, Equatable {
  static let name = "numbers"
  /// Whether the arrays that training read had entries of [channels, height, width].
  public var isChannelsFirst: Bool

  /// Numbers in the order of the shape, or with channels first.
  public init(isChannelsFirst: Bool = false) { self.isChannelsFirst = isChannelsFirst }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    isChannelsFirst = try values.decodeIfPresent(Bool.self, forKey: .isChannelsFirst) ?? false
  }

  /// Opens samples to predict from. What a file is, is told by its first bytes; standard input is text.
  func reader(of location: InputLocation, _ preprocessing: Preprocessing) throws(DataError) -> any InputReader {
    guard case .path(let name) = location else {
      return NumberRowReader(StandardInputLines(), preprocessing)
    }
    let path = expanded(name)
    let start = try ByteReader(path: path) { _ in }.read(upTo: 4)
    if start.starts(with: [0x93] + Array("NUM".utf8)) {
      return try ArrayInputReader(.npy(path) { _ in }, self, preprocessing)
    }
    if start.starts(with: Array("PK".utf8)) { return try archive(path, preprocessing) }
    if start.starts(with: [0, 0]) { return try ArrayInputReader(.idx(path) { _ in }, self, preprocessing) }
    return NumberRowReader(try FileLines(path: path), preprocessing)
  }

  /// The inputs of an archive, with its labels where it has them: those of a test set before others.
  private func archive(_ path: String, _ preprocessing: Preprocessing) throws(DataError) -> any InputReader {
    let archive = try ZipArchive(path: path)
    let names = ArchiveNames(names: archive.arrayNames)
    func find(_ part: ArchiveNames.Part) -> String? {
      for split in [.test, nil] as [ArchiveNames.Split?] {
        let found = names.find(part, of: split)
        if found.count == 1 { return found[0] }
      }
      return nil
    }
    let onlyName = names.names.count == 1 ? names.names[0] : nil
    guard let inputs = find(.inputs) ?? onlyName else {
      throw DataError(
        file: path, found: "\(archive.arrayListing), none or several of which may be the inputs",
        allowed: "one array, or one that is called x, x_test, images or the like",
        remedy: "save the inputs alone with numpy.save")
    }
    let labels = find(.labels).flatMap { $0 == inputs ? nil : $0 }
    var answers: InputAnswers?
    if let labels { answers = try InputAnswers(.npz(archive, labels) { _ in }, preprocessing.answers) }
    return try ArrayInputReader(.npz(archive, inputs) { _ in }, self, preprocessing, answers: answers)
  }
}
