/// `study.json`: a record with the kind of its study under `study`, so that a reader knows what it has before it.
package struct StudyDocument<Record: StudyRecord>: Codable, Sendable {
  package var record: Record

  package init(_ record: Record) { self.record = record }

  package init(from decoder: any Decoder) throws {
    let header = try StudyHeader(from: decoder)
    guard header.study == Record.kind else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: [], debugDescription: "a study of kind \(header.study), not \(Record.kind)"))
    }
    record = try Record(from: decoder)
  }

  package func encode(to encoder: any Encoder) throws {
    try StudyHeader(study: Record.kind).encode(to: encoder)
    try record.encode(to: encoder)
  }
}

/// The keys that every `study.json` has.
package struct StudyHeader: Codable, Sendable {
  package var study: StudyKind

  package init(study: StudyKind) { self.study = study }
}
