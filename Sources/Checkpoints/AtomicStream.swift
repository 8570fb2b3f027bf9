import Foundation

/// A file that is written piece by piece and is there when it is whole: as ``AtomicFile``, for whoever cannot say all of it
/// at once.
package final class AtomicStream {
  private let path: String
  private let temporary: OpenFile
  private var byteCount = 0
  private var isFinished = false

  /// Begins the file that shall be at `path`.
  ///
  /// - Throws: ``CheckpointError`` naming the path, what failed and what to do.
  package init(to path: String) throws(CheckpointError) {
    self.path = path
    temporary = try AtomicFile.temporary(for: path)
  }

  deinit { if !isFinished { unlink(temporary.path) } }

  /// Writes behind what is there.
  package func append(_ bytes: [UInt8]) throws(CheckpointError) {
    do throws(CheckpointError) {
      try temporary.write(bytes, at: byteCount)
    } catch { throw AtomicFile.named(error, path, temporary) }
    byteCount += bytes.count
  }

  /// Puts the file in place.
  package func finish() throws(CheckpointError) {
    precondition(!isFinished, "\(path) is finished twice")
    do throws(CheckpointError) {
      try AtomicFile.place(temporary, at: path)
    } catch { throw AtomicFile.named(error, path, temporary) }
    isFinished = true
  }
}
