import Datasets
import Foundation
import Keys
import TestSupport
import Testing

/// What every kind of data and of augmentation must do, whichever are listed.
@Suite("Kinds of data") struct SourceKindsTests {
  /// An example of a kind: its keys, and the files that they name.
  private struct Example {
    var keys: [String: JSONValue]
    var files: [String: [UInt8]] = [:]
    /// A key besides, which has a default.
    var other: [String: JSONValue] = [:]
  }

  private static func example(_ name: String, in folder: URL) -> Example? {
    let folder = folder.path
    func pair(_ split: String) -> JSONValue {
      ["inputs": .string("\(folder)/\(split)-x"), "labels": .string("\(folder)/\(split)-y")]
    }
    func arrays(_ file: ([Int], [UInt8]) -> [UInt8]) -> Example {
      Example(
        keys: ["train": pair("train"), "test": pair("test")],
        files: [
          "train-x": file([3, 2, 2], Array(1...12)), "train-y": file([3], [2, 0, 1]),
          "test-x": file([2, 2, 2], Array(21...28)), "test-y": file([2], [1, 2]),
        ])
    }
    switch name {
    case "digits": return Example(keys: [:])
    case "mnist", "fashion-mnist", "kmnist":
      return Example(
        keys: ["path": .string(folder)],
        files: [
          "train-images-idx3-ubyte": DataFiles.idx([3, 2, 2], Array(1...12)),
          "train-labels-idx1-ubyte": DataFiles.idx([3], [9, 0, 1]),
          "t10k-images-idx3-ubyte": DataFiles.idx([1, 2, 2], Array(1...4)),
          "t10k-labels-idx1-ubyte": DataFiles.idx([1], [3]),
        ])
    case "cifar10":
      let record = [UInt8(3)] + (0..<3072).map { UInt8(truncatingIfNeeded: $0) }
      let names = (1...5).map { "data_batch_\($0).bin" } + ["test_batch.bin"]
      return Example(
        keys: ["path": .string(folder)], files: Dictionary(uniqueKeysWithValues: names.map { ($0, record) }))
    case "cifar100":
      let record = [UInt8(3), 7] + (0..<3072).map { UInt8(truncatingIfNeeded: $0) }
      return Example(
        keys: ["path": .string(folder)], files: ["train.bin": record + record, "test.bin": record],
        other: ["labels": "coarse"])
    case "emnist":
      let (images, labels) = ("images-idx3-ubyte", "labels-idx1-ubyte")
      return Example(
        keys: ["path": .string(folder), "split": "letters"],
        files: [
          "emnist-letters-train-\(images)": DataFiles.idx([2, 3, 3], Array(1...18)),
          "emnist-letters-train-\(labels)": DataFiles.idx([2], [1, 26]),
          "emnist-letters-test-\(images)": DataFiles.idx([1, 3, 3], Array(1...9)),
          "emnist-letters-test-\(labels)": DataFiles.idx([1], [2]),
        ])
    case "synthetic":
      return Example(keys: ["shape": [4, 3, 2], "samples": 30, "testSamples": 7], other: ["classes": 5])
    case "quadratic":
      return Example(keys: ["deviations": [1, 0.5], "samples": 30, "testSamples": 7], other: ["curvature": 2])
    case "idx": return arrays { DataFiles.idx($0, $1) }
    case "npy":
      return arrays { shape, bytes in
        DataFiles.npy("|u1", "(" + shape.map { "\($0)," }.joined() + ")", bytes)
      }
    case "npz":
      let arrays: [(String, [UInt8])] = [
        ("x_train", DataFiles.npy("|u1", "(3, 2, 2)", Array(1...12))),
        ("y_train", DataFiles.npy("|u1", "(3,)", [2, 0, 1])),
        ("x_test", DataFiles.npy("|u1", "(2, 2, 2)", Array(21...28))),
        ("y_test", DataFiles.npy("|u1", "(2,)", [1, 2])),
      ]
      return Example(
        keys: ["path": .string(folder + "/all.npz")],
        files: ["all.npz": DataFiles.zip(arrays.map { ($0.0 + ".npy", $0.1) })],
        other: ["testShare": 0.25, "task": "classification", "test": ["inputs": "x_test"]])
    case "csv":
      return Example(
        keys: ["train": .string(folder + "/train"), "test": .string(folder + "/test"), "label": ["y", -2]],
        files: ["train": Array("x,z,y\n1,2,3\n4,5,7\n".utf8), "test": Array("x,z,y\n9,8,5\n".utf8)],
        other: ["task": "regression", "header": true])
    case "imageFolder":
      var files: [String: [UInt8]] = [:]
      for (index, file) in ["train/b/1.png", "train/a/2.PNG", "train/a/x/3.png", "test/a/4.png"].enumerated() {
        files[file] = PictureFiles.png(height: 3, width: 5, seed: index)
      }
      return Example(
        keys: ["path": .string(folder), "cache": .string(folder + "/cache")], files: files,
        other: ["size": [3, 5], "resize": 7, "color": "grey", "onBadSample": "refuse"])
    default: return nil
    }
  }

  private func read(_ json: [String: JSONValue]) -> (data: DataConfiguration, mistakes: [String]) {
    let findings = Findings(file: "test", overrides: [], issues: [], keyPaths: { [] })
    let data = Section.read(json, at: Place(path: "data", findings: findings), DataConfiguration.keys)
    return (data, findings.issues.map(\.description))
  }

  @Test(
    "every kind reads what it writes, keys at their defaults and others", arguments: SourceKinds.all.map { $0.name })
  func readsAndWrites(name: String) throws {
    try withTemporaryFolder { folder in
      let example = try #require(Self.example(name, in: folder), "an example of \(name) is needed here")
      for keys in [example.keys, example.keys.merging(example.other) { $1 }] {
        let (data, mistakes) = read(keys.merging(["dataset": .string(name)]) { $1 })
        #expect(mistakes == [])
        let written = Section.write(data, DataConfiguration.keys)
        #expect(written["dataset"] == .string(name))
        for (key, value) in keys { #expect(written[key]?.line == value.line, "\(key)") }
        let again = read(written)
        #expect(again.data == data && again.data.source == data.source, "\(again.mistakes)")
      }
    }
  }

  @Test("every kind is in the schema with its keys, and no two are taken for one another")
  func schema() throws {
    let section = Section.describing()
    _ = DataConfiguration.keys(section, nil)
    let options = try #require(section.choices.first).options
    #expect(options.map(\.name) == SourceKinds.all.map { $0.name })
    #expect(Set(options.map(\.name)).count == options.count)
    var sources: [DataSource] = []
    try withTemporaryFolder { folder in
      for option in options {
        let example = try #require(Self.example(option.name, in: folder))
        #expect(!option.about.isEmpty)
        let section = option.section
        let keys = section.properties + section.choices.flatMap { $0.options.flatMap { $0.section.properties } }
        #expect(keys.allSatisfy { !$0.about.isEmpty })
        let names = Set(keys.map(\.name) + option.labels.map(\.key))
        #expect(names.isSuperset(of: Array(example.keys.keys) + example.other.keys), "\(option.name)")
        let source = read(example.keys.merging(["dataset": .string(option.name)]) { $1 }).data.source
        #expect(!sources.contains(source), "\(option.name)")
        sources.append(source)
      }
    }
  }

  @Test("every kind loads two splits that are what its config said of them", arguments: SourceKinds.all.map { $0.name })
  func loads(name: String) throws {
    try withTemporaryFolder { folder in
      let example = try #require(Self.example(name, in: folder))
      for (file, bytes) in example.files { try DataFiles.write(bytes, file, in: folder) }
      let keys = example.keys.merging(example.other) { $1 }.merging(["dataset": .string(name)]) { $1 }
      let data = read(keys).data
      let splits = try DatasetLoader.load(data, seed: 1)
      #expect(splits.train.count > 0 && splits.test.count > 0)
      #expect(splits.train.name == name && splits.test.name == name)
      #expect(data.source.isRegression == nil || splits.task.isClassification != data.source.isRegression)
      #expect(data.source.kind.mayBeImages || !splits.train.shape.isImage)
      #expect(splits.memoryBytes > 0)
    }
  }

  @Test("every kind refuses each of its files where it is broken, by name", arguments: SourceKinds.all.map { $0.name })
  func refuses(name: String) throws {
    try withTemporaryFolder { folder in
      let example = try #require(Self.example(name, in: folder))
      let keys = example.keys.merging(example.other) { $1 }.merging(["dataset": .string(name)]) { $1 }
      for broken in example.files.keys {
        for (file, bytes) in example.files {
          try DataFiles.write(file == broken ? [0, 0, 0] : bytes, file, in: folder)
        }
        expectRefusal(broken) { try DatasetLoader.load(read(keys).data, seed: 1) }
      }
    }
  }
}

@Suite("Kinds of augmentation") struct AugmentationKindsTests {
  private static let examples: [String: [String: JSONValue]] = [
    "padCrop": ["padding": 3, "mode": "reflect"], "flip": ["alternate": true],
    "randomResizedCrop": ["scale": [0.25, 0.75], "ratio": [0.5, 2.5]],
    "colorJitter": ["brightness": 0.5, "contrast": 0.25, "saturation": 0.75, "hue": 0.125], "cutout": ["size": 3],
    "mixup": ["alpha": 0.5],
  ]

  private func read(_ augmentation: [String: JSONValue]) -> (augmentations: [Augmentation], mistakes: [String]) {
    let findings = Findings(file: "test", overrides: [], issues: [], keyPaths: { [] })
    let data = Section.read(
      ["dataset": "digits", "augment": [.object(augmentation)]], at: Place(path: "data", findings: findings),
      DataConfiguration.keys)
    return (data.augmentations, findings.issues.map(\.description))
  }

  @Test("every kind reads what it writes and is in the schema", arguments: AugmentationKinds.all.map { $0.name })
  func readsAndWrites(name: String) throws {
    let example = try #require(Self.examples[name], "an example of \(name) is needed here")
    let (augmentations, mistakes) = read(example.merging(["type": .string(name)]) { $1 })
    #expect(mistakes == [] && augmentations.count == 1)
    let data = DataConfiguration(source: .digits, augmentations: augmentations)
    let written = Section.write(data, DataConfiguration.keys)["augment"]
    #expect(written == [.object(example.merging(["type": .string(name)]) { $1 })])
    let others = AugmentationKinds.all.map { $0.name }.filter { $0 != name }
    for other in others { #expect(read(["type": .string(other)]).augmentations != augmentations) }
    let schema = JSONValue.object(Section.describing(DataConfiguration.self)).line
    #expect(schema.contains("\"\(name)\""), "\(schema)")
  }

  @Test("every kind changes images by its random words alone", arguments: AugmentationKinds.all.map { $0.name })
  func moves(name: String) throws {
    let example = try #require(Self.examples[name])
    let augmentation = try #require(read(example.merging(["type": .string(name)]) { $1 }).augmentations.first)
    let images = Images(height: 6, width: 7, channels: 3, count: 2)
    var seen: [[Float]] = []
    for epoch in 0..<64 {
      let image = images.augmented([augmentation], sample: 0, epoch: epoch)
      #expect(image == images.augmented([augmentation], sample: 0, epoch: epoch))
      if !seen.contains(image) { seen.append(image) }
    }
    #expect(seen.count > 1)
  }

  @Test("an order that no placement can hold is refused")
  func orders() {
    func mistakes(_ types: [JSONValue]) -> [String] {
      let findings = Findings(file: "test", overrides: [], issues: [], keyPaths: { [] })
      _ = Section.read(
        ["dataset": "digits", "augment": .array(types)], at: Place(path: "data", findings: findings),
        DataConfiguration.keys)
      return findings.issues.map(\.description)
    }
    let crop: JSONValue = ["type": "randomResizedCrop"]
    let zero: JSONValue = ["type": "padCrop"]
    let reflect: JSONValue = ["type": "padCrop", "mode": "reflect"]
    let flip: JSONValue = ["type": "flip"]
    for list in [[crop, flip, zero], [flip, crop, reflect], [zero, zero, flip], [flip, reflect, flip], [crop]] {
      #expect(mistakes(list) == [])
    }
    for list in [
      [crop, crop], [zero, crop], [reflect, crop], [reflect, reflect], [zero, reflect], [reflect, zero],
    ] {
      #expect(mistakes(list).count == 1)
    }
    let mixup: JSONValue = ["type": "mixup"]
    for list in [[mixup], [flip, crop, mixup]] { #expect(mistakes(list) == []) }
    for list in [[mixup, flip], [mixup, mixup], [flip, mixup, zero]] {
      #expect(mistakes(list).first?.contains("allowed: one mixup, at the end of the list") == true)
    }
  }
}

extension Section {
  /// The schema of the keys of `data`.
  fileprivate static func describing(_: DataConfiguration.Type) -> [String: JSONValue] {
    let section = Section.describing()
    _ = DataConfiguration.keys(section, nil)
    return section.schema(SchemaDefinitions())
  }
}
