/// The keys that `train --resume RUN --set KEY=VALUE` may change: the one list of them.
///
/// Steps already taken stay as they were. The schedule is computed for the new length and holds from the next step on: none,
/// step and batch decay go on as in a run that had the new length from the start, cosine and polynomial decay follow the
/// longer curve. `batch.size` is a case of its own: it may change where `temperature.hold` is true.
package enum ResumableKeys {
  /// Sections and keys; what lies below a section may change too.
  package static let all = [
    "epochs", "steps", "target", "stop", "evaluate", "checkpoint", "log", "guard", "threads", "pin", "ranks.overlap",
    "data.path", "data.train", "data.validation", "data.test",
  ]

  /// As messages say it.
  package static let phrase =
    "epochs or steps, target, stop, evaluate, checkpoint, log, guard, threads, pin, ranks.overlap, where the data are "
    + "(data.path, data.train, data.validation, data.test), and batch.size where temperature.hold is true"

  /// Whether a key may change.
  ///
  /// - Parameter path: such as `checkpoint.keep`.
  package static func contains(_ path: String) -> Bool {
    all.contains { path == $0 || path.hasPrefix($0 + ".") }
  }
}
