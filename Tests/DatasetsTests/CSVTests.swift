import Datasets
import Foundation
import TestSupport
import Testing

@Suite struct CSVTests {
  private func load(
    _ train: String, test: String? = nil, header: Bool? = nil, labels: [CSVColumn] = [.index(-1)],
    regression: Bool = false
  ) throws -> DataSplits {
    try withTemporaryFolder { folder in
      let trainPath = try DataFiles.write(train, "train.csv", in: folder)
      let testPath = try DataFiles.write(test ?? train, "test.csv", in: folder)
      return try DataFiles.load(
        .csv(
          train: trainPath, test: testPath, CSVConfiguration(header: header, labels: labels, regression: regression)))
    }
  }

  @Test("a table with a header gives columns by name, with classes in the order of their bytes")
  func header() throws {
    let splits = try load("a,species,b\n1,rose,2\n3,iris,-4.5e1\n5,rose,6\n", labels: [.name("species")])
    #expect(splits.train.numbers == [1, 2, 3, -45, 5, 6])
    #expect(splits.train.labels == [1, 0, 1])
    #expect(splits.train.classNames == ["iris", "rose"])
    #expect(splits.train.shape == .features(2))
  }

  @Test("a header is told from data by its text, unless the text stands for a missing number")
  func detection() throws {
    #expect(try load("1,2,x\n3,4,y\n").train.count == 2)
    #expect(try load("a,2,class\n3,4,y\n5,6,x\n").train.count == 2)
    #expect(try load("a,b,class\n3,4,y\n5,6,x\n", header: true).train.count == 2)
    #expect(try load("1,NA,x\n3,4,y\n").train.count == 2)
    expectRefusal("\"a\" in row 1, column 0") { try load("a,b,class\n3,4,y\n", header: false) }
  }

  @Test("quotes, doubled quotes, line breaks in cells, CRLF, a byte order mark and blank lines are read")
  func quoting() throws {
    let text = "\u{FEFF}\"a\"\"1\",\"class\nname\"\r\n\r\n\"1.5\",\"red, \"\"dark\"\"\"\r\n 2 , blue \r\n\n3,blue"
    let splits = try load(text, labels: [.name("class\nname")])
    #expect(splits.train.numbers == [1.5, 2, 3])
    #expect(splits.train.classNames == ["blue", "red, \"dark\""])
    #expect(splits.train.labels == [1, 0, 0])
  }

  @Test("classes that are numbers are in numeric order, and 1, 01 and 1.0 are one class")
  func numericClasses() throws {
    let splits = try load("0,10\n1,9\n2,-1\n3,9.0\n", test: "5,010\n6,9.00\n")
    #expect(splits.train.classNames == ["-1", "9", "10"])
    #expect(splits.train.labels == [2, 1, 0, 1])
    #expect(splits.test.labels == [2, 1])
  }

  /// A table of raw bytes: the label column is last.
  private func load(bytes: [[UInt8]], test: [[UInt8]]? = nil) throws -> DataSplits {
    func table(_ labels: [[UInt8]]) -> [UInt8] {
      Array("x,label\n".utf8) + labels.enumerated().flatMap { Array("\($0),".utf8) + $1 + [UInt8(ascii: "\n")] }
    }
    return try withTemporaryFolder { folder in
      let train = try DataFiles.write(table(bytes), "train.csv", in: folder)
      let test = try DataFiles.write(table(test ?? bytes), "test.csv", in: folder)
      return try DataFiles.load(
        .csv(train: train, test: test, CSVConfiguration(labels: [.name("label")], regression: false)))
    }
  }

  @Test("labels and column names that are no UTF-8 are refused by file, row and column")
  func encodings() throws {
    // "кот" and "пёс" in CP1251, "Grün" in Latin-1.
    let (cat, dog, green): ([UInt8], [UInt8], [UInt8]) = (
      [0xEA, 0xEE, 0xF2], [0xEF, 0xB8, 0xF1], [0x47, 0x72, 0xFC, 0x6E]
    )
    expectRefusal("train.csv", "not UTF-8 in row 2, column 1 (from 0)", "save the table as UTF-8", "windows-1251") {
      try load(bytes: [cat, dog])
    }
    expectRefusal("train.csv", "row 3") { try load(bytes: [Array("red".utf8), green]) }
    expectRefusal("test.csv", "row 2") { try load(bytes: [[1], [2]].map { $0 }, test: [green]) }
    try withTemporaryFolder { folder in
      let header = try DataFiles.write([0xE9] + Array(",label\n1,a\n2,b\n".utf8), "h.csv", in: folder)
      expectRefusal("h.csv", "a column name that is not UTF-8 in row 1, column 0") {
        try DataFiles.load(.csv(train: header, test: header, CSVConfiguration(labels: [.name("label")])))
      }
    }
    #expect(try load(bytes: ["кот", "пёс"].map { Array($0.utf8) }).train.classNames == ["кот", "пёс"])
  }

  @Test("labels of different bytes are different classes, though they look alike or are close numbers")
  func bytesTellClassesApart() throws {
    let (composed, decomposed) = (Array("caf\u{E9}".utf8), Array("cafe\u{301}".utf8))
    let splits = try load(bytes: [composed, decomposed, composed])
    #expect(splits.outputs == 2 && splits.train.labels == [1, 0, 1])
    #expect(splits.notes.contains { $0.contains("two classes are both written") })
    expectRefusal("which does not occur in training", "another Unicode form") {
      try load(bytes: [composed, Array("tea".utf8)], test: [decomposed])
    }
    for (first, second) in [
      ("9007199254740993", "9007199254740992"), ("0.1", "0.10000000000000001"), ("1e-400", "0"), ("1e400", "1e401"),
    ] {
      #expect(try load(bytes: [Array(first.utf8), Array(second.utf8)]).outputs == 2, "\(first) \(second)")
    }
    // Numbers of few digits are told apart as numbers.
    #expect(try load(bytes: ["0", "-0", "0.0", "1", "+1e0"].map { Array($0.utf8) }).train.labels == [0, 0, 0, 1, 1])
  }

  @Test("targets of a regression may be several columns, in the config's order")
  func regression() throws {
    let splits = try load("y,a,z\n1,2,3\n4,5,6\n", labels: [.name("z"), .name("y")], regression: true)
    #expect(splits.train.values == [3, 1, 6, 4])
    #expect(splits.train.numbers == [2, 5])
    #expect(splits.outputs == 2)
    expectRefusal("\"high\" in row 3, column 2 (\"z\")") {
      try load("y,a,z\n1,2,3\n4,5,high\n", labels: [.name("z")], regression: true)
    }
  }

  @Test("numbers are the nearest ones, however they are written")
  func numbers() throws {
    let texts = [
      "0", "-0.0", "+7", ".5", "5.", "1e3", "1E-3", "3.14159265358979", "0.1", "123456789012345", "16777217",
      "1234567890123456789", "0.000000000000001", "-2.2250738585072014e-20", "33554431.5", "9007199254740993",
    ]
    let table = texts.enumerated().map { "\($1),\($0 % 2)\n" }.joined()
    let expected = try texts.map { Float(try #require(Double($0))) }
    #expect(try load(table).train.numbers == expected)
    for text in ["+", ".", "1e", "1.2.3", "0x10", "inf", "1e400", "1e39", "1 2", "１"] {
      expectRefusal("row 2, column 0", "a number") { try load("1,0\n\(text),1\n", header: false) }
    }
  }

  @Test("wrong cells are refused by file, row and column")
  func cells() throws {
    expectRefusal("test.csv", "\"oops\" in row 2") { try load("1,x\n2,y\n", test: "1,x\noops,y\n") }
    // The quoted line break makes row 3 stand in line 4 of the file.
    expectRefusal("2 cells in row 3", "3, as in the first row") { try load("a,b,c\n1,2,\"x\ny\"\n3,4\n") }
    expectRefusal("4 cells in row 2") { try load("1,2,x\n1,2,3,y\n") }
    expectRefusal("opens row 2, column 2, is never closed") { try load("1,x\n2,\"y\n3,z\n") }
    expectRefusal("behind the closing quote of row 2, column 2") { try load("1,x\n2,\"y\"z\n") }
  }

  @Test("a row that does not end is refused before it fills the memory, wherever it stands")
  func endless() throws {
    let cell = String(repeating: "1", count: (1 << 26) + (1 << 20))
    let rows = String(repeating: "1,x\n2,y\n", count: 8)
    expectRefusal("one of the first rows has more than 64 MiB") { try load("a,b\n\(cell),x\n2,y\n") }
    expectRefusal("row 18 has more than 64 MiB") { try load("a,b\n\(rows)\(cell),x\n") }
  }

  @Test("files without rows, without inputs or with other separators are refused")
  func shapes() throws {
    expectRefusal("the file is empty") { try load("") }
    expectRefusal("no rows") { try load("\n\n\n") }
    expectRefusal("no rows of data") { try load("a,b\n", header: true) }
    expectRefusal("no column besides the label", "neither commas nor semicolons") { try load("x\ny\n") }
    expectRefusal("\"x\" in every row") { try load("1,x\n2,x\n") }
  }

  @Test("label columns that do not exist are refused with those that do")
  func labelColumns() throws {
    let table = "a,b,c\n1,2,x\n3,4,y\n"
    expectRefusal("no column \"kind\"", "\"a\", \"b\", \"c\"") { try load(table, labels: [.name("kind")]) }
    expectRefusal("several columns \"a\"") { try load("a,a,c\n1,2,x\n", labels: [.name("a")]) }
    expectRefusal("no column 3", "0 to 2") { try load(table, labels: [.index(3)]) }
    expectRefusal("no column -4") { try load(table, labels: [.index(-4)]) }
    expectRefusal("2 label columns") { try load(table, labels: [.index(0), .index(1)]) }
    expectRefusal("without a header") { try load(table, header: false, labels: [.name("c")]) }
    #expect(try load(table, labels: [.index(-1)]).train.labels == load(table, labels: [.index(2)]).train.labels)
  }

  @Test("the test table has the training table's columns and classes")
  func testTable() throws {
    let train = "a,b,class\n1,2,x\n3,4,y\n"
    expectRefusal("test.csv", "\"z\" in row 3", "\"x\", \"y\"") {
      try load(train, test: "a,b,class\n1,2,y\n3,4,z\n")
    }
    expectRefusal("test.csv", "no column \"b\"") { try load(train, test: "a,c,class\n1,2,x\n") }
    expectRefusal("test.csv", "4 columns") { try load("1,2,x\n3,4,y\n", test: "1,2,3,x\n") }
    #expect(try load(train, test: "class,b,c,a\nx,2,7,1\n").test.numbers == [1, 2])
    #expect(try load(train, test: "a,b,class\n1,2,y\n").test.labels == [1])
  }

  @Test("a table larger than a chunk, compressed, equals its numbers")
  func large() throws {
    try withTemporaryFolder { folder in
      var text = "a,b,c,class\n"
      var expected: [Float] = []
      var generator = SeededGenerator(seed: 5)
      for row in 0..<20_000 {
        let values = (0..<3).map { _ in Double(Int.random(in: -999_999...999_999, using: &generator)) / 1000 }
        text += values.map { String($0) }.joined(separator: ",") + ",\"c\(row % 3)\"\r\n"
        expected += values.map(Float.init)
      }
      let path = try DataFiles.writeCompressed(Array(text.utf8), "t.csv.gz", in: folder)
      let test = try DataFiles.write("a,b,c,class\n7,8,9,c2\n", "test.csv", in: folder)
      let source = DataSource.csv(train: path, test: test, CSVConfiguration(labels: [.name("class")]))
      let splits = try DataFiles.load(source)
      #expect(splits.train.numbers == expected && splits.test.numbers == [7, 8, 9])
      #expect(splits.train.labels == (0..<20_000).map { $0 % 3 })
    }
  }
}
