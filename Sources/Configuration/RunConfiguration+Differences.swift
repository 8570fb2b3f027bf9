import Keys

extension RunConfiguration {
  /// Where this config would give other results than another one: `batch.size: 64 in place of 32`, a line a key.
  ///
  /// Both are compared with every default filled in. Left out is what changes no result: the run's name, its threads,
  /// how often it is saved, what else it writes (`log`), where the data files lie (not what is in them), and changes of
  /// the batch under `temperature.hold`, which a resumed run makes itself.
  public func differences(from other: RunConfiguration) -> [String] {
    changedKeys(from: other).map(\.description)
  }

  /// The same, key by key.
  package func changedKeys(from other: RunConfiguration) -> [ChangedKey] {
    let (mine, theirs) = (comparable, other.comparable)
    return Set(mine.keys).union(theirs.keys).sorted().compactMap { key in
      let (now, before) = (mine[key] ?? "nothing", theirs[key] ?? "nothing")
      return now == before ? nil : ChangedKey(path: key, now: now, before: before)
    }
  }

  /// What decides the weights after a number of steps, as text, a line a key: all but what changes no result and what a
  /// resumed run may change, and the length, on which the schedule may depend.
  package var trainingText: String {
    comparable.filter { ["epochs", "steps"].contains($0.key) || !ResumableKeys.contains($0.key) }
      .map { "\($0.key): \($0.value)\n" }.sorted().joined()
  }

  /// Every value of the config by the path of its key.
  private var comparable: [String: String] {
    var values: [String: String] = [:]
    func walk(_ json: JSONValue, _ path: String) {
      if case .object(let members) = json {
        for (key, value) in members { walk(value, path.isEmpty ? key : "\(path).\(key)") }
      } else if !Self.isWithoutConsequence(path), path != "ranks.wire" || json != Self.exactWire {
        values[path] = json.line
      }
    }
    walk((try? JSONValue(parsing: json())) ?? .null, "")
    return values
  }

  /// What ``RunConfiguration/ranks`` stands for where it is left out.
  private static let exactWire = JSONValue.string(RanksConfiguration.Wire.f32.rawValue)

  private static func isWithoutConsequence(_ path: String) -> Bool {
    ["name", "threads", "pin", "ranks.overlap", "temperature.batches"].contains(path)
      || ["checkpoint.", "log.", "guard", "receipt", "data.path", "data.train", "data.validation", "data.test."]
        .contains {
          path.hasPrefix($0)
        }
      || path == "data.test"
  }
}

/// A key whose value is not that of another config.
package struct ChangedKey: Sendable, CustomStringConvertible {
  package let path: String
  /// The values, as JSON.
  package let now: String
  package let before: String

  package var description: String { "\(path): \(now) in place of \(before)" }
}
