import Foundation

/// Reads `metrics.jsonl` while a run writes it: each time only what was added since the time before.
public struct MetricsTail {
  /// The file.
  public let file: URL
  /// Everything read so far; a line that is still being written is left for later.
  public private(set) var log = MetricsLog()
  /// Bytes read so far.
  private var offset: UInt64 = 0
  /// Lines read so far.
  private var rows = 0

  /// A reader at the file's beginning; the file need not be there yet.
  public init(file: URL) { self.file = file }

  /// Reads the whole lines that were added; a file that became shorter is read anew.
  ///
  /// - Returns: whether the log is another than before.
  public mutating func read() -> Bool {
    guard let handle = try? FileHandle(forReadingFrom: file) else { return false }
    defer { try? handle.close() }
    var changed = false
    if let end = try? handle.seekToEnd(), end < offset {
      log = MetricsLog()
      (offset, rows) = (0, 0)
      changed = true
    }
    guard (try? handle.seek(toOffset: offset)) != nil, let added = try? handle.readToEnd(),
      let end = added.lastIndex(of: UInt8(ascii: "\n"))
    else { return changed }
    let lines = added[...end]
    log.append(contents: Data(lines), rowsBefore: rows)
    offset += UInt64(lines.count)
    rows += lines.count { $0 == UInt8(ascii: "\n") }
    return true
  }
}
