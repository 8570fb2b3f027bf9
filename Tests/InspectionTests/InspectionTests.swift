import Datasets
import Foundation
import Kernels
import Pictures
import TestSupport
import Testing

import Inspection

@Suite("Inspection of data") struct InspectionTests {
  /// A set of rows of features with a class each.
  private func rows(_ rows: [[Float]], _ labels: [Int32], classes: Int, names: [String] = []) -> Dataset {
    var dataset = Dataset(
      name: "rows", shape: .features(rows[0].count), samples: .floats(Buffer(rows.flatMap { $0 })),
      targets: .classes(Buffer(labels), count: classes))
    dataset.origin.columnNames = names
    return dataset
  }

  private func inspect(_ train: Dataset, _ test: Dataset? = nil) -> DataInspection {
    DataInspector(train: train, test: test).inspect()
  }

  @Test("statistics are those of the numbers, also far from 0")
  func statistics() {
    let offsets: [Float] = [1, 2, 4, 9]
    let train = rows(offsets.map { [$0, 4_000_000 + $0, 3] }, [0, 1, 0, 1], classes: 2, names: ["a", "b", "c"])
    let columns = inspect(train).columns
    #expect(columns.map(\.name) == ["a", "b", "c"])
    for (column, offset) in [(columns[0], 0.0), (columns[1], 4e6)] {
      #expect(abs(column.mean - (offset + 4)) < 1e-9)
      #expect(abs(column.deviation - 9.5.squareRoot()) < 1e-9)
      #expect(column.minimum == offset + 1 && column.maximum == offset + 9 && !column.isConstant)
    }
    #expect(columns[2].isConstant && columns[2].deviation == 0)
  }

  @Test("duplicates are counted exactly: within training, with another answer, and between training and test")
  func duplicates() {
    let train = rows([[1, 2], [3, 4], [1, 2], [1, 2], [-0.0, 5]], [0, 1, 0, 1, 0], classes: 2)
    let test = rows([[3, 4], [9, 9], [0, 5], [4, 3]], [1, 0, 0, 1], classes: 2)
    let found = inspect(train, test)
    #expect(found.duplicates.withinTraining == 2 && found.duplicates.contradicting == 1)
    #expect(found.duplicates.betweenTrainingAndTest == 2)
    #expect(found.warnings.contains { $0.hasPrefix("2 of 4 (50.0 %) test samples are in the training set") })
    #expect(found.warnings.contains { $0.contains("training 1 = test 0") && $0.contains("training 4 = test 2") })
    #expect(
      found.warnings.contains { $0.contains("equal an earlier one") && $0.contains("1 of them have another answer") })
  }

  @Test("what is sound has no warning")
  func sound() {
    var generator = SeededGenerator(seed: 3)
    func random(_ count: Int) -> [[Float]] {
      (0..<count).map { _ in (0..<4).map { _ in Float.random(in: -1...1, using: &generator) } }
    }
    let labels = (0..<120).map { Int32($0 % 3) }
    let found = inspect(rows(random(120), labels, classes: 3), rows(random(30), Array(labels.prefix(30)), classes: 3))
    #expect(found.warnings == [] && found.train.samplesPerClass == [40, 40, 40] && found.test?.samples == 30)
  }

  @Test("constant and nearly constant columns are named; 98 % of one number is not nearly constant")
  func constants() {
    let numbers: [[Float]] = (0..<1000).map { row in
      let flag: Float = row == 500 ? 1 : 0
      let rest: Float = row % 50 == 0 ? Float(row) : 0
      return [Float(row), 7, flag, rest]
    }
    let labels = (0..<1000).map { Int32($0 % 2) }
    let train = rows(numbers, labels, classes: 2, names: ["id", "unit", "flag", "rest"])
    let warnings = inspect(train).warnings
    #expect(warnings.contains { $0.hasPrefix("column \"unit\" is constant") })
    #expect(warnings.contains { $0.hasPrefix("column \"flag\" is nearly constant") })
    #expect(warnings.count == 2, "\(warnings)")
  }

  @Test("absent and rare classes, labels that start at 1, classes that only the training set has")
  func classes() {
    func warnings(_ labels: [Int32], _ test: [Int32]? = nil, classes: Int) -> [String] {
      let train = rows(labels.indices.map { [Float($0)] }, labels, classes: classes)
      return inspect(
        train, test.map { labels in rows(labels.indices.map { [-1 - Float($0)] }, labels, classes: classes) }
      )
      .warnings
    }
    #expect(warnings([1, 2, 3, 1], classes: 4).contains { $0.contains("labels that start at 1") })
    #expect(warnings([0, 2, 3, 1], classes: 5).contains { $0.hasPrefix("class \"4\" never occurs in training") })
    #expect(
      warnings([0, 1, 2], [0, 1], classes: 3).contains { $0.hasPrefix("class \"2\" never occurs in the test set") })
    let rare = warnings(Array(repeating: 0, count: 40) + [1, 1], classes: 2)
    #expect(rare.contains { $0.contains("class \"1\" has at most a 20th") && $0.contains("(2 and 40)") }, "\(rare)")
    #expect(warnings(Array(repeating: 0, count: 38) + [1, 1], classes: 2) == [])
  }

  @Test("numbers to predict have statistics, and a constant one is said")
  func targets() {
    let train = Dataset(
      name: "r", shape: .features(1), samples: .floats(Buffer([1, 2, 3])),
      targets: .values(Buffer([5, 1, 5, 2, 5, 6]), width: 2))
    let found = DataInspector(train: train, targetNames: ["level", "price"]).inspect()
    #expect(found.task == "regression" && found.targets.map(\.name) == ["level", "price"])
    #expect(found.targets[1].mean == 3 && found.warnings.contains { $0.hasPrefix("target \"level\" is constant") })
    let bare = DataInspector(train: train, hasAnswers: false).inspect()
    #expect(bare.task == "none" && bare.targets == [] && bare.outputs == 0)
  }

  @Test("a table's columns are looked at by themselves: numbers, texts, gaps, mixtures, rows that repeat")
  func table() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("t.csv").path
      var text = "id;height;kind;unit;mixed;far\n"
      for row in 0..<200 {
        text += "\(row);\(row % 10 == 0 ? "" : "1,\(row % 7)");\(row % 3 == 0 ? "oak" : "elm");m;"
        text += "\(row == 5 ? "x" : "2");\(800_000_000 + row)\n"
      }
      try Data((text + "1;1,1;elm;m;2;800000001\n").utf8).write(to: URL(fileURLWithPath: path))
      var inspector = TableInspector(try BareTable(path: path))
      let found = try inspector.inspect()
      let columns = Dictionary(uniqueKeysWithValues: found.columns.map { ($0.name, $0) })
      #expect(found.train.samples == 201 && found.columns.count == 6)
      #expect(columns["height"]?.missing == 20 && columns["height"]?.count == 181 && columns["height"]?.maximum == 1.6)
      #expect(columns["kind"]?.differentTexts == 2 && columns["kind"]?.commonTexts?.first?.text == "elm")
      #expect(columns["kind"]?.commonTexts?.first?.count == 134)
      for words in [
        "column \"unit\" is constant", "\"height\" lacks 20 of 201", "\"mixed\" mixes 200 numbers with 1 texts",
        "1 of 201 rows equal", "\"far\" loses digits",
      ] {
        #expect(found.warnings.contains { $0.contains(words) }, "\(words): \(found.warnings)")
      }
      #expect(found.notes.contains { $0.contains("semicolons") }, "\(found.notes)")
      #expect(!found.warnings.contains { $0.contains("counts the rows") })
    }
  }

  // MARK: Pictures

  /// Images of 2 × 3 × 3 channels, all pixels the class's number.
  private func images(_ labels: [Int32], classes: Int) -> Dataset {
    Dataset(
      name: "images", shape: .image(height: 2, width: 3, channels: 3),
      samples: .bytes(Buffer(labels.flatMap { label in Array(repeating: UInt8(40 * label), count: 18) })),
      targets: .classes(Buffer(labels), count: classes))
  }

  @Test("a contact sheet has a row a class, in order, with the asked number of samples, enlarged by whole pixels")
  func sheet() throws {
    let dataset = images([2, 0, 1, 1, 1, 0, 1], classes: 4)
    let sheet = try #require(ContactSheet(dataset, hasAnswers: true, columns: 3, range: 0...255))
    #expect(sheet.rows.map(\.count) == [2, 3, 1] && sheet.rows.map { $0[0].label } == ["0", "1", "2"])
    let picture = sheet.picture
    // 3 × 16 = 48 wide and 32 high, gaps of 4, one letter of 4 · 2 pixels and its gap.
    #expect(picture.height == 4 + 3 * 36 && picture.width == 4 + 12 + 3 * 52 && picture.channels == 3)
    func pixel(_ y: Int, _ x: Int) -> UInt8 { picture.bytes[(y * picture.width + x) * 3] }
    for (row, value) in [UInt8(0), 40, 80].enumerated() { #expect(pixel(4 + row * 36 + 31, 16 + 47) == value) }
    #expect(pixel(4 + 2 * 36, 16 + 52) != 80)
    #expect(try Picture(decoding: picture.png()) == picture)
  }

  @Test("samples that are no images have no sheet; numbers of any range, NaN too, become bytes")
  func ranges() throws {
    #expect(ContactSheet(rows([[1]], [0], classes: 2), hasAnswers: true, columns: 3, range: 0...1) == nil)
    let dataset = Dataset(
      name: "f", shape: .image(height: 1, width: 4, channels: 1), samples: .floats(Buffer([-2, 0, 2, .nan])),
      targets: .values(Buffer([0]), width: 1))
    let sheet = try #require(ContactSheet(dataset, hasAnswers: true, columns: 2, range: -2...2))
    #expect(sheet.rows[0][0].picture.bytes == [0, 128, 255, 0])
    let constant = try #require(ContactSheet(dataset, hasAnswers: false, columns: 1, range: 0...0))
    #expect(constant.rows[0][0].picture.bytes.count == 4)
  }

  @Test("letters of the label font are 3 × 5 and differ from one another")
  func font() {
    let letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    var seen: Set<[Int]> = []
    for letter in letters {
      let pixels = PixelFont.pixels(of: String(letter))
      #expect(pixels.allSatisfy { (0..<5).contains($0.row) && (0..<3).contains($0.column) } && !pixels.isEmpty)
      #expect(seen.insert(pixels.map { $0.row * 3 + $0.column }).inserted || letter == "O", "\(letter)")
    }
  }
}
