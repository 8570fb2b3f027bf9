import Configuration
import JSON
import Protobufs

extension RunConfiguration {
  /// What decides the run's result, as TensorBoard compares runs by it: the config's values by the paths of their keys,
  /// in alphabetical order, defaults filled in.
  var hyperparameters: [(name: String, value: TensorBoardHyperparameter)] {
    guard let json = try? JSONValue(parsing: json()) else { return [] }
    return Self.flattened(json, "")
  }

  /// Sections and keys that change no result, or that no two runs are compared by.
  private static let others = [
    "name", "threads", "pin", "log", "checkpoint", "evaluate", "temperature.batches", "data.path", "data.train",
    "data.validation", "data.test",
  ]

  /// A longer list is no hyper-parameter that anybody could read.
  private static let longest = 200

  private static func flattened(_ json: JSONValue, _ path: String) -> [(String, TensorBoardHyperparameter)] {
    if others.contains(path) { return [] }
    switch json {
    case .object(let members):
      return members.sorted { $0.key < $1.key }.flatMap { key, value in
        flattened(value, path.isEmpty ? key : "\(path).\(key)")
      }
    case .null, .array([]): return []
    case .bool(let flag): return [(path, .flag(flag))]
    case .integer(let number): return [(path, .number(Double(number)))]
    case .number(let number): return [(path, .number(number))]
    case .string(let text): return [(path, .text(text))]
    case .array:
      let text = json.line
      return [(path, .text(text.count > longest ? text.prefix(longest) + "…" : text))]
    }
  }
}
