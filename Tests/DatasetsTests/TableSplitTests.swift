import Datasets
import Foundation
import Kernels
import TestSupport
import Testing

/// One table for all sets, what is predicted, and samples to predict from.
@Suite("Sets and answers of tables") struct TableSplitTests {
  private func load(
    _ text: String, share: Double = 0.25, validation: Double = 0, seed: UInt64 = 0, label: CSVColumn = .name("y"),
    threads: Int = 1, _ change: (inout CSVConfiguration) -> Void = { _ in }
  ) throws -> DataSplits {
    try withTemporaryFolder { folder in
      let path = try DataFiles.write(text, "all.csv", in: folder)
      var table = CSVConfiguration(labels: [label])
      change(&table)
      var data = DataConfiguration(source: .csv(path: path, testShare: share, table))
      (data.validationShare, data.splitSeed) = (validation, seed)
      return try DatasetLoader.load(data, seed: 1)
    }
  }

  private func inputs(_ source: any SampleSource) -> [[Float]] {
    let width = source.shape.count
    let inputs = Buffer<Float>(count: source.count * width)
    SampleGatherer(source).gather(.samples(0..<source.count), into: .inputs(inputs.view))
    let all = inputs.array()
    return (0..<source.count).map { Array(all[$0 * width..<($0 + 1) * width]) }
  }

  private func labels(_ source: any SampleSource) -> [Int] { (0..<source.count).map(source.label) }

  private static func table(_ count: Int) -> String {
    var generator = SeededGenerator(seed: 3)
    return "a,color,y\n"
      + (0..<count).map { row in
        let number = row % 13 == 5 ? "" : "\(Double(Int.random(in: 0...999, using: &generator)) / 8)"
        return "\(number),\(["red", "blue", "green"][row % 3]),\(row % 4 == 0 ? "rare" : "common")\n"
      }.joined()
  }

  @Test("one table gives three sets without common rows, in the share of each class, drawn by the seed alone")
  func shares() throws {
    let splits = try load(Self.table(400), validation: 0.2)
    let validation = try #require(splits.validation)
    #expect((splits.train.count, validation.count, splits.test.count) == (240, 60, 100))
    for (set, rare) in [(splits.train, 60), (validation, 15), (splits.test, 25)] {
      #expect(labels(set).count { set.classNames[$0] == "rare" } == rare)
    }
    let again = try load(Self.table(400), validation: 0.2)
    #expect(inputs(again.test) == inputs(splits.test) && inputs(again.train) == inputs(splits.train))
    let other = try load(Self.table(400), validation: 0.2, seed: 1)
    #expect(inputs(other.test) != inputs(splits.test))
    for words in [
      ["100 of 400 rows are drawn for the test", "testShare 0.25"], ["60 of 300 rows are drawn for validation"],
    ] {
      #expect(splits.notes.contains { note in words.allSatisfy { note.contains($0) } }, "\(splits.notes)")
    }
  }

  /// The oracle standardises the training rows' numbers in double precision.
  @Test("means, deviations, fillings and vocabularies come from the training rows alone")
  func trainingRows() throws {
    let splits = try load(Self.table(400), validation: 0.2)
    for column in 0..<splits.train.shape.count {
      let numbers = inputs(splits.train).map { Double($0[column]) }
      let mean = numbers.reduce(0, +) / Double(numbers.count)
      let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(numbers.count)
      #expect(abs(mean) < 1e-6 && abs(variance - 1) < 1e-5, "column \(column)")
    }
    // A text that the test rows alone have: with two rows of a class, one is drawn.
    let rare = "color,y\nred,a\nblue,a\nred,b\nblue,b\nonly here,c\nand here,c\n"
    let table = try load(rare, share: 0.5)
    let names = table.train.stored.origin.columnNames
    #expect(names.count == 3 && names.count { $0.contains("here") } == 1, "\(names)")
    #expect(table.notes.contains { $0.contains("texts that no training row has") } || table.test.count == 3)
  }

  @Test("text and few whole numbers are classes, other numbers are predicted, and the config has the last word")
  func task() throws {
    func table(_ labels: [String]) -> String {
      "x,y\n" + labels.enumerated().map { "\($0),\($1)\n" }.joined()
    }
    let cases: [(labels: [String], classes: Int?)] = [
      ((0..<60).map { ["yes", "no"][$0 % 2] }, 2), ((0..<60).map { ["True", "False"][$0 % 2] }, 2),
      ((0..<60).map { String($0 % 3) }, 3), ((0..<60).map { "\($0 % 2 + 1).0" }, 2),
      ((0..<60).map { [" 1", "\" 2 \""][$0 % 2] }, 2), ((0..<60).map { String($0 % 20) }, 20),
      ((0..<60).map { String($0 % 21) }, nil), ((0..<60).map { "\($0 % 2).5" }, nil), ((0..<60).map { "\($0)" }, nil),
      ((0..<4000).map { "\(Double($0) / 7)" }, nil), ((0..<60).map { ["1", "2", "x"][$0 % 3] }, 3),
      ((0..<60).map { ["1000000000", "7", "52"][$0 % 3] }, 3),
    ]
    for (labels, classes) in cases {
      let splits = try load(table(labels))
      #expect(splits.task.isClassification == (classes != nil), "\(labels.prefix(3))")
      if let classes { #expect(splits.outputs == classes) }
      #expect(splits.notes.contains { $0.contains(classes != nil ? "predicts classes" : "predicts numbers") })
    }
    #expect(try load(table(cases[2].labels)) { $0.regression = true }.task == .regression(width: 1))
    #expect(try load(table((0..<60).map { "\($0 / 2)" })) { $0.regression = false }.outputs == 30)
    #expect(try load(table(cases[0].labels)) { $0.regression = false }.notes.allSatisfy { !$0.contains("predicts") })
    expectRefusal("\"x\" in row 4", "number to predict") { try load(table(cases[10].labels)) { $0.regression = true } }
  }

  @Test("rows without a label are left out and said, and are no class")
  func missingLabels() throws {
    let words = ["", "NA", "?", "nan", "null", "None"]
    let text = "x,y\n" + (0..<60).map { "\($0),\($0 < 6 ? words[$0] : ["u", "v"][$0 % 2])\n" }.joined()
    let splits = try load(text)
    #expect(splits.train.classNames == ["u", "v"] && splits.train.count + splits.test.count == 54)
    #expect(splits.notes.contains { $0.contains("6 rows without a label are left out, the first row 2") })
    #expect(try load(text) { $0.missingWords = ["NA", "?", "nan", "null"] }.train.classNames == ["None", "u", "v"])
    let numbers = try load("x,y\n" + (0..<60).map { "\($0),\($0 == 7 ? "NA" : "\($0).5")\n" }.joined())
    #expect(numbers.train.count + numbers.test.count == 59 && !numbers.task.isClassification)
    expectRefusal("no row with a label") { try load("x,y\n1,NA\n2,\n") }
    expectRefusal("\"u\" in every row") { try load("x,y\n1,u\n2,u\n3,u\n") }
    expectRefusal("takes none or all") { try load("x,y\n1,u\n2,v\n") }
  }

  @Test("numbers to predict are standardised in double precision by the training rows, with the column's name")
  func targets() throws {
    let text = "x,price\n" + (0..<40).map { "\($0),\(1_764_000_000_000 + $0 * 7 + 1)\n" }.joined()
    let splits = try load(text, label: .name("price"))
    let scale = try #require(splits.targetScale)
    #expect(scale.names == ["price"])
    let target = Buffer<Float>(count: 1)
    for set in [splits.train, splits.test] {
      for (sample, input) in inputs(set).enumerated() {
        set.writeTarget(of: sample, into: target.view)
        // Both columns count the rows, so that both are standardised alike.
        #expect(abs(target.view[0] - input[0]) < 1e-5)
      }
    }
    let mean = (0..<splits.train.count).reduce(0.0) { sum, sample in
      splits.train.writeTarget(of: sample, into: target.view)
      return sum + Double(target.view[0])
    }
    #expect(abs(mean) < 1e-4)
  }

  @Test("ten thousand class numbers up to a billion are ten thousand classes")
  func sparse() throws {
    let text = "x,y\n" + (0..<20_000).map { "\($0),\($0 % 10_000 * 99_999 + 7)\n" }.joined()
    let splits = try load(text, share: 0.5) { $0.regression = false }
    #expect(splits.outputs == 10_000)
    #expect(splits.train.classNames.first == "7" && splits.train.classNames.last == "999890008")
  }

  @Test("the sets do not depend on the number of threads that parse")
  func threads() throws {
    // More than one block of text.
    let text = Self.table(30_000)
    let one = try load(text)
    try withTemporaryFolder { folder in
      let path = try DataFiles.write(text, "all.csv", in: folder)
      let data = DataConfiguration(source: .csv(path: path, testShare: 0.25, CSVConfiguration(labels: [.name("y")])))
      let many = try DatasetLoader.load(data, seed: 1) { _ in
      } forEach: { count, body in
        DispatchQueue.concurrentPerform(iterations: count, execute: body)
      }
      #expect(inputs(many.train) == inputs(one.train) && labels(many.test) == labels(one.test))
      let digests = [one, many].map { splits in
        var bytes: [UInt8] = []
        splits.train.readContent { bytes += $0 }
        return bytes
      }
      #expect(digests[0] == digests[1])
    }
  }
}
