/// How much a compressed file may unpack to. What goes beyond was made to fill a memory or a disk, or is so uniform that
/// whoever has it can unpack it by hand first.
package enum UnpackingLimit {
  /// Bytes that a file of any size may unpack to: what fits easily into any machine that trains.
  package static let freeBytes = 256 << 20
  /// Unpacked bytes for each stored one beyond that. Deflate reaches 1032 with a single repeated byte; tables and pictures
  /// reach 2 to 30, one-hot rows and masks some 200.
  package static let mostRatio = 300

  /// The most bytes that so many stored ones may unpack to.
  package static func mostBytes(stored: Int) -> Int {
    let (bytes, overflows) = stored.multipliedReportingOverflow(by: mostRatio)
    return overflows ? .max : max(freeBytes, bytes)
  }

  /// The refusal of a file, or of a member of an archive, that unpacks to more.
  package static func error(file: String, stored: Int, isMember: Bool = false) -> DataError {
    DataError(
      file: file,
      found: "unpacks to more than \(grouped(mostBytes(stored: stored))) bytes, but is packed in \(grouped(stored))",
      allowed: "at most \(freeBytes >> 20) MiB, or \(mostRatio) times the packed size",
      remedy: isMember
        ? "if it is what it should be, write the archive without compression (numpy.savez, not savez_compressed)"
        : "if it is what it should be, unpack it by hand (gunzip) and name the unpacked file")
  }
}
