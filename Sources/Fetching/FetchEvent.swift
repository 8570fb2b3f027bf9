/// What a fetch tells while it goes on.
package enum FetchEvent: Sendable, Equatable {
  /// Bytes of a file that are there, of all of them.
  case downloading(file: String, bytes: Int, of: Int)
  /// The digest is computed, or files are unpacked.
  case checking(file: String)
  /// A remark that stays: a mirror that failed, a pause, a file that was damaged.
  case remark(String)
  /// A file is there and sound; `wasThere` if nothing had to be fetched for it.
  case finished(file: String, wasThere: Bool)
}
