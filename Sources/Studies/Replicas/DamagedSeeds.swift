/// A seed whose run cannot be resumed from what it left.
struct DamagedSeed: Error, Equatable {
  let seed: UInt64
  /// Its run directory.
  let folder: String
  /// What was found there.
  let finding: String
}

/// Seeds that could not be resumed, while the others were.
package struct DamagedSeedsError: Error, CustomStringConvertible {
  private let all: [DamagedSeed]

  /// `nil` for none.
  init?(_ all: [DamagedSeed]) {
    if all.isEmpty { return nil }
    self.all = all.sorted { $0.seed < $1.seed }
  }

  /// `FOLDER: what was found there`, a paragraph for each, and what to do.
  package var description: String {
    all.map { damaged in
      "\(damaged.folder): \(damaged.finding)\n  move or remove this folder, then resume again: seed \(damaged.seed) starts "
        + "from its beginning, and the seeds that are done are kept"
    }.joined(separator: "\n")
  }
}
