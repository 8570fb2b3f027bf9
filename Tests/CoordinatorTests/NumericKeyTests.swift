import Configuration
import Coordinator
import Datasets
import JSON
import Keys
import Machine
import Models
import TestSupport
import Testing

@Suite("numbers at the edges of their types")
struct NumericKeyTests {
  /// As they stand in a config: what a decoder makes of each is part of the question.
  static let edges = [
    "0", "-1", "1", "2", "255", "1024", "65536", "1048576", "2147483647", "2147483648", "9007199254740992",
    "4611686018427387904", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e308", "-1e308",
    "5e-324", "-0.0", "1e-400", "1e400", "0.5", "0.9999999999999999",
  ]

  @Test(
    "every key of the schema that takes a number ends, at the edges of all types, in a plan or in an error that names it"
  )
  func everyKey() throws {
    // No value may take work that does not end.
    #expect(try ProcessorTime.seconds(of: tryEveryKey) < 300)
  }

  private func tryEveryKey() throws {
    let splits = try DatasetLoader.load(DataConfiguration(source: .digits), seed: 1)
    let keys = try NumericKeys().keys
    var plans = 0
    var planned: Set<[String]> = []
    var reasons: [String: Set<String>] = [:]
    for key in keys {
      for edge in Self.edges {
        // A text that no number can be taken from is written into the place of a mark.
        let text = key.config(with: "\u{1}").line.replacing("\"\\u0001\"", with: edge)
        do {
          let configuration = try RunConfiguration.decode(text, file: "edges.json")
          let plan = try RunPlan(configuration, splits: splits, memory: Self.memory)
          #expect(plan.steps >= 1)
          _ = MemoryEstimate(plan).totalBytes
          _ = plan.record
          plans += 1
          planned.insert(key.path)
        } catch let error as ConfigurationError {
          #expect(!error.issues.isEmpty)
          reasons[key.name, default: []].insert("\(error)")
        } catch let error as RunError {
          #expect(!error.message.isEmpty)
          reasons[key.name, default: []].insert(error.message)
        } catch let error as ModelError {
          #expect(!error.message.isEmpty)
          reasons[key.name, default: []].insert(error.message)
        }
      }
    }
    #expect(keys.count > 80, "\(keys.count) keys")
    // Else the errors would be about something else, and the key would not have been tried.
    let never = keys.filter { key in
      // The patches of a grey image have too few numbers for this network, which is found when the key has been taken.
      let isForColours = reasons[key.name]?.contains { $0.contains("4 numbers of a patch") } == true
      return !planned.contains(key.path) && !isForColours
    }.map { "\($0.name): \(reasons[$0.name] ?? [])" }
    #expect(never.isEmpty, "\(never.joined(separator: "\n"))")
  }

  private static let memory = MachineTopology.current.memoryLimit
}
