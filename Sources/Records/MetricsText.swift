import Foundation

/// The rows of `metrics.jsonl`, read a piece at a time: a long file takes no memory.
package enum MetricsText {
  /// One row of the file.
  package struct Row {
    /// Its bytes, without the line break.
    package var bytes: ArraySlice<UInt8>
    /// What it says; `nil` where it cannot be read.
    package var line: MetricsLine?
    /// Its number in the file, from 1.
    package var number: Int
    /// Where it begins in the file, and where the next one does.
    package var start: Int
    package var end: Int
    /// Whether a line break ends it: the last row of a run that was killed may have none.
    package var isEnded: Bool
  }

  private static let portion = 1 << 20

  /// Calls `body` with every row that is not blank, in order.
  ///
  /// - Throws: if the file cannot be read, or what `body` throws.
  package static func forEachRow(of file: URL, _ body: (Row) throws -> Void) throws {
    let handle = try FileHandle(forReadingFrom: file)
    defer { try? handle.close() }
    // A device in the file's place may have no end.
    var status = stat()
    guard fstat(handle.fileDescriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw CocoaError(.fileReadUnsupportedScheme)
    }
    try forEachRow({ try handle.read(upToCount: portion) }, body)
  }

  /// The same of text in memory.
  package static func forEachRow(in contents: Data, _ body: (Row) throws -> Void) rethrows {
    var rest: Data? = contents
    try forEachRow(
      {
        defer { rest = nil }
        return rest
      }, body)
  }

  private static func forEachRow(_ next: () throws -> Data?, _ body: (Row) throws -> Void) rethrows {
    var held: [UInt8] = []
    // Where `held` begins in the file, and how much of it was searched.
    var offset = 0
    var searched = 0
    var number = 0
    func take(_ range: Range<Int>, isEnded: Bool) throws {
      number += 1
      let bytes = held[range]
      guard bytes.contains(where: { $0 > 0x20 }) else { return }
      try body(
        Row(
          bytes: bytes, line: MetricsLine(row: bytes), number: number, start: offset + range.lowerBound,
          end: offset + range.upperBound + (isEnded ? 1 : 0), isEnded: isEnded))
    }
    while let data = try next(), !data.isEmpty {
      held.append(contentsOf: data)
      var start = 0
      while let end = held[searched...].firstIndex(of: 0x0A) {
        try take(start..<end, isEnded: true)
        (start, searched) = (end + 1, end + 1)
      }
      held.removeSubrange(..<start)
      offset += start
      searched = held.count
    }
    try take(0..<held.count, isEnded: false)
  }
}

extension MetricsLine {
  /// Reads a row: quickly where it is as this program writes it, else as any JSON.
  init?(row: ArraySlice<UInt8>) {
    if let line = MetricsRowParser.line(row) {
      self = line
    } else if let line = try? JSONDecoder().decode(MetricsLine.self, from: Data(row)) {
      self = line
    } else {
      return nil
    }
  }
}
