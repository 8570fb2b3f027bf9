import Foundation
import TestSupport
import Testing

/// Small runs whose models commands are asked about.
struct TrainedRuns {
  /// Where configs, data and runs are.
  let folder: URL

  /// Calls `body` with a new folder.
  static func with(_ body: (TrainedRuns) throws -> Void) throws {
    try withTemporaryFolder { try body(TrainedRuns(folder: $0)) }
  }

  func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  func write(_ text: String, _ name: String) throws {
    try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
  }

  func read(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

  /// All files below the folder, in order.
  var files: [String] {
    get throws { try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted() }
  }

  func run(_ arguments: String...) throws -> Command.Result { try Command.run(arguments, in: folder) }

  /// Trains `NAME.json` with these data and that last layer to the run directory NAME.
  @discardableResult
  func train(_ name: String, data: String, model: String, loss: String? = nil, more: String = "") throws -> [String:
    Any]
  {
    let lossText = loss.map { #""loss": { "kind": "\#($0)" },"# } ?? ""
    try write(
      """
      { "data": \(data), "model": \(model), \(lossText) \(more)
        "batch": { "size": 20 }, "steps": 60,
        "learningRate": { "reference": 0.05, "referenceBatch": 20, "warmup": { "kind": "none" } } }
      """, name + ".json")
    let result = try run("train", name + ".json", "--out", name, "--json", "--quiet")
    try #require(result.status == 0, "\(result.errors)")
    return try result.json()
  }

  /// Classes around means: inputs of 6 numbers.
  @discardableResult
  func trainClasses(_ classes: Int, samples: Int = 120, testSamples: Int = 70) throws -> [String: Any] {
    try train(
      "run",
      data: """
        { "dataset": "synthetic", "shape": [6], "classes": \(classes), "samples": \(samples),
          "testSamples": \(testSamples) }
        """, model: #"{ "preset": "logistic" }"#)
  }

  /// A table with two numbers to predict from, one far from 0, and the price that follows from them, 250,000 and more.
  func table(_ count: Int, seed: UInt64) -> [(time: Int, size: Double, price: Double)] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
      let time = Int.random(in: 0..<90_000, using: &generator)
      let size = (Double.random(in: -1...1, using: &generator) * 1000).rounded() / 1000
      return (1_764_000_000_000 + time, size, 250_000 + Double(time) + 30_000 * size)
    }
  }

  /// A regression on tables.
  @discardableResult
  func trainPrices() throws -> [String: Any] {
    for (name, count, seed) in [("train", 160, 1), ("test", 53, 2)] as [(String, Int, UInt64)] {
      let rows = table(count, seed: seed).map { "\($0.time),\($0.size),\($0.price)\n" }
      try write("time,size,price\n" + rows.joined(), name + ".csv")
    }
    return try train(
      "prices",
      data: #"{ "dataset": "csv", "train": "train.csv", "test": "test.csv", "label": "price", "task": "regression" }"#,
      model: #"{ "layers": [{ "type": "dense", "units": 1 }] }"#, loss: "meanSquaredError")
  }
}

extension Command.Result {
  /// Rows of a table without quotes, its first one apart.
  var table: (header: [String], rows: [[String]]) {
    let lines = output.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    return (lines.first ?? [], Array(lines.dropFirst()))
  }

  /// Expects one message on standard error and nothing else.
  func expectRefusal(_ status: Int32, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(self.status == status, "\(errors)", sourceLocation: sourceLocation)
    #expect(output.isEmpty, sourceLocation: sourceLocation)
    for word in words { #expect(errors.contains(word), "\(errors)", sourceLocation: sourceLocation) }
    for trace in ["Fatal error", "Backtrace", "Thread 0"] {
      #expect(!errors.contains(trace), "\(errors)", sourceLocation: sourceLocation)
    }
  }
}
