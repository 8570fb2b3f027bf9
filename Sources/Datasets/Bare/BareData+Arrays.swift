import Foundation
import Kernels

extension BareData {
  /// Opens an array's file.
  typealias Opening = (String, @escaping (LoadingProgress) -> Void) throws(DataError) -> ArrayFile

  /// An array by itself: with the labels of the file beside it whose name says that it has them, as labels, or as inputs
  /// alone.
  static func array(
    _ path: String, _ request: LoadingRequest, open: @escaping Opening
  ) throws(DataError) -> BareData {
    let file = try open(path, { _ in })
    if let labels = labelFile(of: path), let found = try? pair(path, labels, request, open) {
      return BareData(train: found, hasAnswers: true, notes: ["the labels are those of \(labels)"])
    }
    if file.width == 1, file.format.isInteger || file.format.isText { return try labels(path, request, open) }
    return try inputs(path, request, open)
  }

  /// The file of labels beside one of inputs, by the usual names.
  private static func labelFile(of path: String) -> String? {
    let url = URL(fileURLWithPath: path)
    let name = url.lastPathComponent
    var candidates = [name.replacing("images", with: "labels").replacing("idx3", with: "idx1")]
    for (inputs, labels) in [("x_", "y_"), ("X_", "y_"), ("_x", "_y"), ("_X", "_y"), ("inputs", "labels")] {
      candidates.append(name.replacing(inputs, with: labels))
    }
    if let first = name.first, "xX".contains(first) { candidates.append("y" + name.dropFirst()) }
    let base = path.contains("/") ? url.deletingLastPathComponent().relativePath + "/" : ""
    return candidates.filter { $0 != name }.map { base + $0 }
      .first { FileManager.default.fileExists(atPath: $0) }
  }

  private static func pair(
    _ inputs: String, _ labels: String, _ request: LoadingRequest, _ open: @escaping Opening
  ) throws(DataError) -> Dataset {
    var splits = ArraySplits(name: inputs, standardizes: false)
    splits.standardizesTargets = false
    splits.progress = request.progress
    return try splits.load([
      .files(ImageLabelPaths(inputs: inputs, labels: labels), name: "training", open: open)
    ]).sets[0]
  }

  /// Labels alone: each stands for a sample.
  private static func labels(
    _ path: String, _ request: LoadingRequest, _ open: Opening
  ) throws(DataError) -> BareData {
    let answers = try ArrayAnswers(try open(path, request.progress))
    let numbers: [Int]
    let names: [String]
    switch answers.content {
    case .whole(let labels):
      let distinct = Set(labels).sorted()
      let places = Dictionary(uniqueKeysWithValues: distinct.enumerated().map { ($1, $0) })
      (numbers, names) = (labels.map { places[$0] ?? 0 }, distinct.map(String.init))
    case .texts(let texts):
      let distinct = Set(texts).sorted()
      let places = Dictionary(uniqueKeysWithValues: distinct.enumerated().map { ($1, $0) })
      (numbers, names) = (texts.map { places[$0] ?? 0 }, distinct)
    case .numbers: return try inputs(path, request, open)
    }
    var dataset = Dataset(
      name: path, shape: .features(1), samples: .floats(Buffer(numbers.indices.map { Float($0) })),
      targets: .classes(Buffer(numbers.map { Int32($0) }), count: names.count), classNames: names)
    dataset.origin = DataOrigin(file: path)
    return BareData(
      train: dataset, hasAnswers: true,
      notes: ["\(path) is taken for labels, as it holds one whole number or text a sample; its column is the place"])
  }

  /// Inputs alone; NaN and infinity stay what they are.
  private static func inputs(
    _ path: String, _ request: LoadingRequest, _ open: Opening
  ) throws(DataError) -> BareData {
    let file = try open(path, request.progress)
    try file.requireNumbers()
    let (isChannelsFirst, note) = try ArrayLayout.auto.isChannelsFirst(file)
    var dimensions = Array(file.dimensions.dropFirst())
    if isChannelsFirst { dimensions = [dimensions[1], dimensions[2], dimensions[0]] }
    let shape = SampleShape(dimensions: dimensions)
    try MemoryDemand(dimensions: file.dimensions, elementBytes: 4).requireMemory(file: path)
    let samples = Buffer<Float>(count: file.elements)
    var survey = ColumnSurvey(columns: shape.channels)
    try file.readNumbers(file.order(isChannelsFirst: isChannelsFirst), part: "data") { (numbers, first) in
      for index in numbers.indices {
        samples.view[first + index] = Float(numbers[index])
        if numbers[index].isFinite { survey.add(numbers[index], column: (first + index) % shape.channels) }
      }
    }
    var dataset = Dataset(
      name: path, shape: shape, samples: .floats(samples),
      targets: .values(Buffer<Float>(count: file.count), width: 1))
    dataset.origin = DataOrigin(file: path)
    dataset.origin.notes = survey.lostDigits(
      { dataset.origin.columnName($0, shape: shape) }, remedy: "\"normalize\": \"standardize\" keeps them")
    return BareData(
      train: dataset, hasAnswers: false, notes: ["\(path): \(file.summary)"] + (note.map { [$0] } ?? []))
  }
}
