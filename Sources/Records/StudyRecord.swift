/// The comparisons of several runs that Isotherm makes.
public enum StudyKind: String, Codable, Sendable, CaseIterable {
  /// Speed against threads and batch.
  case scale
  /// Training to a target against the batch.
  case sweep
  /// The gradient's noise scale at given weights.
  case noise
  /// The loss distribution that SGD settles into, against its temperature.
  case equilibrium
  /// One large step against several small ones.
  case linearity
}

/// What a study found: plain values, written to `study.json`, and as rows to `study.csv`.
public protocol StudyRecord: Codable, Sendable {
  static var kind: StudyKind { get }
  /// The config's name.
  var name: String { get }
  /// Where the study took place.
  var machine: MachineRecord { get }
  /// The cells of the study, one a row.
  var table: CSVTable { get }
}

/// `study.json`: a record with the kind of its study under `study`, so that a reader knows what it has before it.
public struct StudyDocument<Record: StudyRecord>: Codable, Sendable {
  public var record: Record

  public init(_ record: Record) { self.record = record }

  public init(from decoder: any Decoder) throws {
    let header = try StudyHeader(from: decoder)
    guard header.study == Record.kind else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: [], debugDescription: "a study of kind \(header.study), not \(Record.kind)"))
    }
    record = try Record(from: decoder)
  }

  public func encode(to encoder: any Encoder) throws {
    try StudyHeader(study: Record.kind).encode(to: encoder)
    try record.encode(to: encoder)
  }
}

/// The keys that every `study.json` has.
public struct StudyHeader: Codable, Sendable {
  public var study: StudyKind

  public init(study: StudyKind) { self.study = study }
}

/// Names of the files in a study's directory.
public enum StudyFileName {
  /// The results, for programs.
  public static let record = "study.json"
  /// The cells, one a row.
  public static let table = "study.csv"
  /// The resolved config that the cells vary.
  public static let configuration = "config.json"
  /// The page for readers.
  public static let report = "report.html"
}
