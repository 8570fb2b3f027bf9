import Configuration
import Datasets
import Foundation
import Kernels
import Starter
import TestSupport

/// A folder with data, and the configs that are made for them.
struct StarterFiles {
  let folder: URL

  static func with(_ body: (StarterFiles) throws -> Void) throws {
    try withTemporaryFolder { try body(StarterFiles(folder: $0)) }
  }

  func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  func write(_ text: String, _ name: String) throws {
    try Data(text.utf8).write(to: folder.appendingPathComponent(name))
  }

  /// What the data at a path become, loaded as a run would load them.
  func starter(_ name: String, label: String? = nil) throws -> StarterConfiguration {
    let data = try StarterData(path(name), label: label, request: LoadingRequest(seed: 0, normalization: .none))
    return try StarterConfiguration(for: data) { try DatasetLoader.load($0, seed: 1) }
  }

  /// A table whose label follows from the inputs, in 3 classes, with 13 inputs; `rows` of them.
  func wine(_ rows: Int) -> [[String]] {
    var generator = SeededGenerator(seed: 5)
    return (0..<rows).map { row in
      let label = row % 3
      let inputs = (0..<13).map { column in
        let place = Double((label * 7 + column * 3) % 5) * Double(column * column + 1)
        return String(format: "%.3f", place + Double.random(in: -1...1, using: &generator))
      }
      return inputs + ["\(label + 1)"]
    }
  }
}

/// Samples of which only the form matters.
struct FormOnly: SampleSource {
  var name: String { "form" }
  let shape: SampleShape
  let count: Int
  let task: PredictionTask

  func write(_ sample: Int, into input: Floats) { input.fill(with: 0) }
  func label(of sample: Int) -> Int { sample % task.outputs }
  func writeTarget(of sample: Int, into values: Floats) { values.fill(with: 0) }
}
