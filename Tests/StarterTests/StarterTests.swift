import Configuration
import Datasets
import Foundation
import Keys
import Optimizers
import Starter
import TestSupport
import Testing

@Suite("A first config")
struct StarterTests {
  private func decode(_ starter: StarterConfiguration) throws -> RunConfiguration {
    try RunConfiguration.decode(starter.text, file: starter.name + ".json")
  }

  /// A config for data of a form alone.
  private func starter(_ shape: SampleShape, _ count: Int, _ task: PredictionTask) throws -> StarterConfiguration {
    let data = try StarterData(nil, label: nil, request: LoadingRequest(seed: 0, normalization: .none))
    let set = FormOnly(shape: shape, count: count, task: task)
    let test = FormOnly(shape: shape, count: max(1, count / 5), task: task)
    return try StarterConfiguration(for: data) { _ in DataSplits(train: set, test: test) }
  }

  @Test("data of any shape and number make a config that is accepted, whose batch fits the samples")
  func anyForm() throws {
    let shapes: [SampleShape] = [
      .features(1), .features(13), .features(5000), .image(height: 8, width: 8, channels: 1),
      .image(height: 28, width: 28, channels: 1), .image(height: 15, width: 17, channels: 3),
      .image(height: 32, width: 32, channels: 3), .image(height: 64, width: 48, channels: 4),
      .image(height: 224, width: 224, channels: 3), .image(height: 96, width: 96, channels: 1),
    ]
    for shape in shapes {
      for count in [1, 2, 3, 7, 20, 59, 60, 178, 499, 500, 501, 4999, 60_000, 1_300_000] {
        for task in [PredictionTask.classification(classNames: ["a", "b"]), .regression(width: 2)] {
          let run = try decode(try starter(shape, count, task))
          let kept = count - Int((Double(count) * run.data.validationShare).rounded(.up))
          #expect(run.batch.size <= kept, "\(shape) \(count)")
          #expect(run.batch.size.nonzeroBitCount == 1)
          #expect(run.batch.microbatch ?? 1 <= run.batch.size)
          #expect((run.data.validationShare > 0) == (count >= 500))
          let isScaledUp = run.batch.size > run.learningRate.referenceBatch
          let hasWarmup = run.learningRate.warmup != Warmup.none
          #expect(hasWarmup == isScaledUp, "\(shape) \(count)")
        }
      }
    }
  }

  @Test("small grey images get two convolutions, small coloured ones a residual network, large ones a larger one")
  func networks() throws {
    let classes = PredictionTask.classification(classNames: ["a", "b", "c"])
    let expected: [(SampleShape, String)] = [
      (.features(13), "mlp"), (.image(height: 8, width: 8, channels: 1), "mlp"),
      (.image(height: 28, width: 28, channels: 1), "lenet"), (.image(height: 32, width: 32, channels: 3), "resnet20"),
      (.image(height: 224, width: 224, channels: 3), "resnet18"), (.features(2000), "logistic"),
    ]
    for (shape, preset) in expected {
      let text = try starter(shape, 1000, classes).text
      #expect(text.contains("\"model\": { \"preset\": \"\(preset)\""), "\(shape)")
    }
    let photos = try starter(.image(height: 224, width: 224, channels: 3), 1000, classes).text
    #expect(photos.contains("randomResizedCrop") && photos.contains("flip"))
    let letters = try starter(.image(height: 28, width: 28, channels: 1), 1000, classes)
    #expect(try decode(letters).data.augmentations.count == 1, "letters must not be mirrored")
  }

  @Test("every line of a config fits, and every choice has a comment above it")
  func comments() throws {
    let text = try starter(.image(height: 32, width: 32, channels: 3), 1000, .classification(classNames: ["a", "b"]))
      .text
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines.allSatisfy { $0.count <= 120 })
    for key in ["validationShare", "augment", "model", "batch", "optimizer", "reference", "warmup", "epochs"] {
      let place = try #require(lines.firstIndex { $0.contains("\"\(key)\": ") && !$0.contains("//") })
      #expect(lines[place - 1].contains("//"), "\(key)")
    }
  }

  // MARK: Tables

  @Test("a column that is called as labels are is the label, wherever it stands")
  func namedLabel() throws {
    try StarterFiles.with { files in
      let rows = files.wine(178).map { ([$0[13]] + $0.dropLast()).joined(separator: ",") }
      let names = (["Class"] + (0..<13).map { "x\($0)" }).joined(separator: ",")
      try files.write(names + "\n" + rows.joined(separator: "\n") + "\n", "wine.csv")
      let starter = try files.starter("wine.csv")
      #expect(starter.name == "wine")
      #expect(starter.text.contains("\"label\": \"Class\""))
      #expect(starter.facts.task == "classification" && starter.facts.outputs == 3)
      #expect(starter.text.replacing("\n//", with: "").contains("13 numeric columns"))
      let run = try decode(starter)
      #expect(run.data.source.isRegression == false)
    }
  }

  @Test("without names the last column is the label, or the first where that alone has few different values")
  func guessedLabel() throws {
    try StarterFiles.with { files in
      try files.write(files.wine(178).map { $0.joined(separator: ",") + "\n" }.joined(), "last.csv")
      #expect(try files.starter("last.csv").text.contains("\"label\": 13"))
      let first = files.wine(178).map { ([$0[13]] + $0.dropLast()).joined(separator: ",") + "\n" }.joined()
      try files.write(first, "first.csv")
      let starter = try files.starter("first.csv")
      #expect(starter.text.contains("\"label\": 0") && starter.facts.outputs == 3)
    }
  }

  @Test("numbers of many values are predicted as numbers, by the table's own rule")
  func regression() throws {
    try StarterFiles.with { files in
      let rows = files.wine(100).enumerated().map { row, cells in
        "\(row),\(cells[0]),\(cells[1]),\(250_000.5 + 7 * Double(row * 37 % 100))\n"
      }
      try files.write("id,size,age,price\n" + rows.joined(), "prices.csv")
      let starter = try files.starter("prices.csv")
      #expect(starter.facts.task == "regression" && starter.facts.outputs == 1)
      #expect(starter.text.contains("\"task\": \"regression\"") && starter.text.contains("\"label\": \"price\""))
      // What counts the rows would let a network learn their order.
      #expect(starter.text.contains("\"id\": \"ignore\"") && starter.facts.shape == [2])
    }
  }

  @Test("--label names a column by its name or number, and an unknown one is refused with the names")
  func chosenLabel() throws {
    try StarterFiles.with { files in
      try files.write("a,b,c\n" + (0..<40).map { "\($0 % 2),\($0 * 7 % 11).5,\($0 % 3)\n" }.joined(), "t.csv")
      for label in ["a", "0", "-3"] {
        #expect(try files.starter("t.csv", label: label).text.contains("\"label\": \"a\""), "\(label)")
      }
      let error = #expect(throws: StarterError.self) { try files.starter("t.csv", label: "d") }
      #expect(error?.message.contains("\"a\", \"b\", \"c\"") == true)
    }
  }

  @Test("a folder with train.csv and test.csv is both, without a share of the rows")
  func tables() throws {
    try StarterFiles.with { files in
      let text = "x,y\n" + (0..<40).map { "\($0 % 7).25,\($0 % 2)\n" }.joined()
      try files.write(text, "train.csv")
      try files.write(text, "test.csv")
      let data = try StarterData(files.folder.path, label: nil, request: LoadingRequest(seed: 0, normalization: .none))
      let starter = try StarterConfiguration(for: data) { try DatasetLoader.load($0, seed: 1) }
      #expect(starter.text.contains("train.csv") && starter.text.contains("test.csv"))
      #expect(!starter.text.contains("testShare") && starter.facts.samples == 40)
    }
  }

  // MARK: Arrays

  @Test(
    "of four arrays that are called alike, each leads to the config of all",
    arguments: [
      ["x_train.npy", "y_train.npy", "x_test.npy", "y_test.npy"],
      ["train-images.npy", "train-labels.npy", "test-images.npy", "test-labels.npy"],
      ["X_train.npy", "y_train.npy", "X_test.npy", "y_test.npy"],
      ["inputs-training.npy", "targets-training.npy", "inputs-test.npy", "targets-test.npy"],
    ])
  func arrays(names: [String]) throws {
    try StarterFiles.with { files in
      for (place, name) in names.enumerated() {
        let count = place < 2 ? 30 : 10
        let bytes =
          place % 2 == 0
          ? npy([count, 3], (0..<count * 3).map { UInt8($0 % 200) }) : npy([count], (0..<count).map { UInt8($0 % 2) })
        try Data(bytes).write(to: files.folder.appendingPathComponent(name))
      }
      for name in names {
        let starter = try files.starter(name)
        #expect(names.allSatisfy { starter.text.contains("/\($0)\"") }, "\(name): \(starter.text)")
        #expect(starter.facts.samples == 30 && starter.facts.testSamples == 10)
      }
      let whole = try StarterData(files.folder.path, label: nil, request: LoadingRequest(seed: 0, normalization: .none))
      let starter = try StarterConfiguration(for: whole) { try DatasetLoader.load($0, seed: 1) }
      #expect(starter.facts.samples == 30)
    }
  }

  @Test("an array alone is refused with what would go with it")
  func loneArray() throws {
    try StarterFiles.with { files in
      try Data(npy([4, 3], Array(repeating: 1, count: 12))).write(to: files.folder.appendingPathComponent("x.npy"))
      let error = #expect(throws: DataError.self) { try files.starter("x.npy") }
      #expect(error?.remedy.contains("numpy.savez") == true)
    }
  }

  /// NumPy's format, version 1, of bytes.
  private func npy(_ shape: [Int], _ elements: [UInt8]) -> [UInt8] {
    let form = shape.count == 1 ? "(\(shape[0]),)" : "(\(shape.map(String.init).joined(separator: ", ")))"
    var header = "{'descr': '|u1', 'fortran_order': False, 'shape': \(form), }"
    while (10 + header.utf8.count + 1) % 64 != 0 { header += " " }
    header += "\n"
    let length = header.utf8.count
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(header.utf8)
      + elements
  }

  // MARK: What is no data

  @Test("a config, a word that means nothing, and a label of what is no table are refused")
  func refused() throws {
    try StarterFiles.with { files in
      try files.write("{}", "config.json")
      #expect(throws: StarterError.self) { try files.starter("config.json") }
      let request = LoadingRequest(seed: 0, normalization: .none)
      let unknown = #expect(throws: StarterError.self) { try StarterData("minst", label: nil, request: request) }
      #expect(unknown?.message.contains("mnist") == true)
      #expect(throws: StarterError.self) { try StarterData(nil, label: "x", request: request) }
      #expect(throws: DataError.self) { try files.starter("missing.csv") }
    }
  }

  @Test("names with quotes, comment marks and line breaks stay what they are")
  func oddNames() throws {
    try StarterFiles.with { files in
      let odd = files.folder.appendingPathComponent("a \"b\"").path
      try FileManager.default.createDirectory(atPath: odd, withIntermediateDirectories: true)
      let plain = "x \\ * \n \"y\".csv"
      try Data(("x,y\n" + (0..<40).map { "\($0 % 7).25,\($0 % 2)\n" }.joined()).utf8)
        .write(to: URL(fileURLWithPath: odd + "/" + plain))
      let run = try decode(try files.starter("a \"b\"/" + plain))
      #expect(run.data.source.isRegression != true)
      #expect(!run.name.contains("\n") && !run.name.contains("\""))
    }
  }
}
