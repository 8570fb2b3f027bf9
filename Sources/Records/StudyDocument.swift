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
