import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Keys
import Models
import TestSupport
import Testing

/// A model that a few steps have trained on real samples.
struct TrainedCase: Sendable, CustomTestStringConvertible {
  let name: String
  /// The config, but for its data's `path`.
  let json: String
  /// The data set, where it is not embedded.
  var data: RealData?
  /// A table that is written for the case, and predicted from.
  var table: String?
  /// Whether the Python file is run as a program too.
  var runs = false

  var testDescription: String { name }

  static let all: [TrainedCase] = [
    TrainedCase(
      name: "digits_mlp",
      json: #"{ "data": { "dataset": "digits" }, "model": { "preset": "mlp" }, "batch": { "size": 64 }, "steps": 40 }"#,
      runs: true),
    TrainedCase(
      name: "digits_cnn",
      json: """
        { "data": { "dataset": "digits" }, "batch": { "size": 64, "microbatch": 16 }, "steps": 20,
          "model": { "layers": [ { "type": "conv2d", "channels": 8, "kernel": 3, "padding": 1, "bias": false },
            { "type": "batchNorm" }, { "type": "relu" }, { "type": "maxPool" }, { "type": "flatten" },
            { "type": "dense", "units": 10 } ] } }
        """),
    TrainedCase(
      name: "mnist_lenet",
      json: """
        { "data": { "dataset": "mnist" }, "model": { "preset": "lenet" }, "batch": { "size": 32 }, "steps": 10 }
        """,
      data: .mnistSet),
    TrainedCase(
      name: "cifar10_resnet20",
      json: """
        { "data": { "dataset": "cifar10" }, "model": { "preset": "resnet20" }, "batch": { "size": 16 }, "steps": 8 }
        """,
      data: .cifar10Set),
    TrainedCase(
      name: "table",
      json: """
        { "data": { "dataset": "csv", "path": "PATH", "testShare": 0.25, "label": "class" },
          "model": { "preset": "mlp", "hidden": [8] }, "batch": { "size": 16 }, "steps": 30 }
        """, table: "table.csv", runs: true),
    TrainedCase(
      name: "table_of_values",
      json: """
        { "data": { "dataset": "csv", "path": "PATH", "testShare": 0.25, "label": "value" },
          "model": { "preset": "mlp", "hidden": [8] }, "batch": { "size": 16 }, "steps": 30 }
        """, table: "table_of_values.csv", runs: true),
    TrainedCase(
      name: "table_without_names",
      json: """
        { "data": { "dataset": "csv", "path": "PATH", "testShare": 0.25, "label": [-1, 4], "header": false,
            "columns": { "5": { "ordinal": ["x3", "x0", "x2", "x1"] }, "6": "ignore" } },
          "model": { "preset": "mlp", "hidden": [8] }, "batch": { "size": 16 }, "steps": 30 }
        """, table: "table_without_names.csv", runs: true),
  ]

  /// Whether its data are on this machine.
  var isAvailable: Bool { data.map { $0.folder != nil } ?? true }

  /// Trains the model and writes its samples for Python.
  ///
  /// - Returns: the model, and its outputs for the samples.
  func prepare(in folder: URL) throws -> (Model, [Float]) {
    let tablePath = table.map { folder.appendingPathComponent($0).path }
    if let tablePath { try Self.writeTable(to: tablePath, hasNames: !json.contains("header")) }
    var configuration = try RunConfiguration.decode(
      json.replacing("PATH", with: tablePath ?? ""), file: name + ".json",
      overrides: try data?.folder.map { [try Override("data.path=\($0)")] } ?? [])
    configuration.name = name
    let splits = try DatasetLoader.load(configuration.data, seed: configuration.seed)
    let trainer = try Trainer(RunPlan(configuration, splits: splits, threads: 2))
    for _ in 0..<trainer.plan.steps {
      let step = trainer.takeStep()
      #expect(step != nil)
    }
    let model = try Model(trainer)
    let predictor = Predictor(model, threads: 2)
    var outputs: [Float] = []
    let input = folder.appendingPathComponent(name + ".input.npy").path
    if let tablePath {
      try predictor.predict(InputLocation.path(tablePath)) { outputs += $0.outputs }
      try NPYFile.write([0], [1], to: input)
    } else {
      let reader = FirstSamples(reader: SourceReader(splits.test, targetScale: nil), rest: 64)
      try predictor.predict(reader) { outputs += $0.outputs }
      let images = try #require(splits.test as? Dataset)
      try NPYFile.write(
        Self.channelsFirst(images, count: 64), [64, images.shape.channels, images.shape.height, images.shape.width],
        to: input, isDouble: false)
    }
    return (model, outputs)
  }

  /// Numbers of the first samples as their file has them, but for the order: [samples, channels, height, width].
  private static func channelsFirst(_ images: Dataset, count: Int) -> [Double] {
    let numbers: [Double] =
      switch images.samples {
      case .bytes(let bytes): bytes.view.prefix(count * images.shape.count).array().map { Double($0) }
      case .floats(let floats): floats.view.prefix(count * images.shape.count).array().map { Double($0) }
      }
    let (pixels, channels) = (images.shape.height * images.shape.width, images.shape.channels)
    return (0..<count * images.shape.count).map { index in
      let (sample, inside) = index.quotientAndRemainder(dividingBy: images.shape.count)
      let (channel, pixel) = inside.quotientAndRemainder(dividingBy: pixels)
      return numbers[sample * images.shape.count + pixel * channels + channel]
    }
  }

  /// Numbers with missing ones, texts, dates, times: every kind of column.
  private static func writeTable(to path: String, hasNames: Bool) throws {
    var generator = SeededGenerator(seed: 3)
    var rows = hasNames ? ["size,colour,\"day, local\",seen,weight,grade,class,value"] : []
    let colours = ["red", "deep \"blue\"", "grün"]
    for row in 0..<120 {
      let size = Double(Int.random(in: -900...900, using: &generator)) / 8
      let colour = colours[Int.random(in: 0..<3, using: &generator)]
      let day = Int.random(in: 1...28, using: &generator)
      let cells = [
        row % 9 == 4 ? "NA" : "\(size)", row % 11 == 5 ? "" : "\"\(colour.replacing("\"", with: "\"\""))\"",
        "\(day).\(1 + row % 12).2024", "2024-03-\(String(100 + day).suffix(2))T10:\(10 + row % 50):07.25+02:00",
        "\(1e9 + Double(row))", "x\(row % 4)", size + Double(day) > 10 ? "high" : "low", "\(4e6 + 1e3 * size)",
      ]
      rows.append(cells.joined(separator: ","))
    }
    try (rows.joined(separator: "\n") + "\n").write(toFile: path, atomically: true, encoding: .utf8)
  }
}

/// The first samples of a reader.
private struct FirstSamples: InputReader {
  var reader: SourceReader
  var rest: Int

  mutating func read(atMost count: Int) throws(DataError) -> (any InputBatch)? {
    guard rest > 0, let batch = reader.read(atMost: min(count, rest)) else { return nil }
    rest -= batch.count
    return batch
  }
}

/// Real data sets on this machine, below ISOTHERM_DATA or beside the checkout.
enum RealData {
  case mnistSet
  case cifar10Set

  static var mnist: String? { mnistSet.folder }
  static var cifar10: String? { cifar10Set.folder }

  /// Where it is; `nil` where it is not.
  var folder: String? {
    let (name, file) =
      switch self {
      case .mnistSet: ("mnist", "train-images-idx3-ubyte.gz")
      case .cifar10Set: ("cifar10", "cifar-10-batches-bin/test_batch.bin")
      }
    let root = ProcessInfo.processInfo.environment["ISOTHERM_DATA"].map { URL(fileURLWithPath: $0) }
    return [root, SharedData.folder].compactMap { $0?.appendingPathComponent(name).path }
      .first { FileManager.default.fileExists(atPath: $0 + "/" + file) }
  }
}
