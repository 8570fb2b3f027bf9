import Datasets
import Foundation
import TestSupport
import Testing

/// Encodings, separators, line ends and headers: the same table read from however it was written.
@Suite("Forms of tables of text") struct TableFormatTests {
  private static let rows: [[String]] = [
    ["länge", "höhe", "Art"], ["5.1", "-3.5", "größer"], ["4.9", "3.25", "kleiner"], ["4.75", "1e1", "größer"],
    ["6", "0.5", "kleiner"],
  ]
  private static let numbers: [Float] = [5.1, -3.5, 4.9, 3.25, 4.75, 10, 6, 0.5]

  private func load(
    _ bytes: [UInt8], label: CSVColumn = .index(-1), _ change: (inout CSVConfiguration) -> Void = { _ in }
  ) throws -> DataSplits {
    try withTemporaryFolder { folder in
      let path = try DataFiles.write(bytes, "t.csv", in: folder)
      var table = CSVConfiguration(labels: [label])
      change(&table)
      return try DataFiles.load(.csv(train: path, test: path, table))
    }
  }

  private func load(
    _ text: String, label: CSVColumn = .index(-1), _ change: (inout CSVConfiguration) -> Void = { _ in }
  ) throws -> DataSplits {
    try load(Array(text.utf8), label: label, change)
  }

  private func expectTable(_ splits: DataSplits, _ comment: String) {
    #expect(splits.train.numbers == Self.numbers, "\(comment)")
    #expect(splits.train.classNames == ["größer", "kleiner"], "\(comment)")
    #expect(splits.train.labels == [0, 1, 0, 1], "\(comment)")
  }

  private static func text(_ separator: String, _ end: String, point: String = ".", isQuoted: Bool = false) -> String {
    rows.map { row in
      row.map { cell in
        let isNumber = Double(cell) != nil
        let text = isNumber ? cell.replacing(".", with: point) : cell
        return isQuoted ? "\"\(text)\"" : text
      }.joined(separator: separator) + end
    }.joined()
  }

  @Test("separators and line ends are found, in quotes and without")
  func separators() throws {
    for separator in [",", ";", "\t", "|", " ", "   ", ", ", " \t"] {
      for end in ["\n", "\r\n", "\r"] {
        for isQuoted in [false, true] {
          let splits = try load(Self.text(separator, end, isQuoted: isQuoted))
          expectTable(splits, "\(separator.debugDescription) \(end.debugDescription) \(isQuoted)")
          let isPlain = separator.first == "," && end != "\r"
          #expect(splits.notes.contains { $0.contains("read as") } == !isPlain)
        }
      }
    }
    expectTable(
      try load(Self.text(",", "\n").replacing("4.9,", with: "4.9,").replacing("größer\n4.9", with: "größer\r\n4.9")),
      "mixed line ends")
    expectTable(try load(Self.text(",", ",\n")), "separators at the end of lines")
    expectTable(try load(Self.text(";", "\n")) { $0.separator = .semicolon }, "named")
  }

  @Test("separators that are not read are named; empty cells between tabs are cells")
  func strangeSeparators() throws {
    for sign in [":", "^", "~"] {
      let text = Self.text(sign, "\n")
      expectRefusal("separated by \"\(sign)\"") { try load(text) }
      expectRefusal("no column \"Art\"", "separated by \"\(sign)\"") { try load(text, label: .name("Art")) }
    }
    let tabs = "a\tb\tc\ty\n1\t\t3\tu\n4\t\t6\tv\n7\t8\t9\tu\n"
    #expect(try load(tabs).train.numbers == [1, 8, 1, 3, 4, 8, 1, 6, 7, 8, 0, 9])
    expectRefusal("5 cells in row 2", "decimal commas need quotes") { try load("a,b,y\n1,5,2,5,u\n1,5,2,5,v\n") }
  }

  @Test("decimal commas are found where commas do not separate")
  func decimalCommas() throws {
    for separator in [";", "\t", "|", " "] {
      expectTable(try load(Self.text(separator, "\n", point: ",")), separator)
    }
    expectTable(try load(Self.text(",", "\n", point: ",", isQuoted: true)), "quoted")
    expectTable(try load(Self.text(";", "\n", point: ",")) { $0.decimal = .comma }, "named")
    // What may be a thousand is not guessed.
    expectRefusal("\"1,234\" in row 2, column 0", "thousands") { try load("a,b\n\"1,234\",x\n\"5,678\",y\n") }
    expectRefusal("\"1.234,5\"", "thousands") { try load("a;b\n1.234,5;x\n1,5;y\n3,25;x\n") }
  }

  @Test("UTF-8 and UTF-16 are found, with and without a byte order mark, plain and compressed")
  func unicode() throws {
    let text = Self.text(",", "\r\n")
    func wide(_ text: String, _ isLittleEndian: Bool) -> [UInt8] {
      text.utf16.flatMap { isLittleEndian ? DataFiles.littleEndian($0) : DataFiles.bigEndian($0) }
    }
    expectTable(try load("\u{FEFF}" + text), "UTF-8")
    expectTable(try load("\u{FEFF}" + Self.text(";", "\n", isQuoted: true)), "UTF-8, quoted")
    for isLittleEndian in [true, false] {
      expectTable(try load(wide("\u{FEFF}" + text, isLittleEndian)), "\(isLittleEndian)")
      let splits = try load(wide(text, isLittleEndian))
      expectTable(splits, "\(isLittleEndian), no mark")
      #expect(splits.notes.contains { $0.contains("UTF-16 \(isLittleEndian ? "LE" : "BE")") })
    }
    // A pair of surrogates, and a chunk that ends between its halves.
    let long = "x,label\n" + (0..<40_000).map { "\($0 % 7),\($0 % 2 == 0 ? "😀" : "b")\n" }.joined()
    let splits = try load(wide(long, true))
    #expect(splits.train.classNames == ["b", "😀"] && splits.train.count == 40_000)
    expectRefusal("half a character") { try load(wide(text, true) + [0x41]) }
    expectRefusal("UTF-32") { try load([0xFF, 0xFE, 0, 0] + Array(text.utf8)) }
    try withTemporaryFolder { folder in
      let path = try DataFiles.writeCompressed(wide(text, true), "t.csv", in: folder)
      expectTable(try DataFiles.load(.csv(train: path, test: path, CSVConfiguration(labels: [.index(-1)]))), "gzip")
    }
  }

  /// The expected characters are Python's: `bytes([0xe4, 0xf6, 0xfc]).decode(NAME)`.
  @Test(
    "single-byte encodings are read where they are named",
    arguments: [
      ("windows-1250", "äöü"), ("windows-1251", "дць"), ("windows-1252", "äöü"), ("windows-1253", "δφό"),
      ("windows-1254", "äöü"), ("windows-1255", "הצ"), ("windows-1257", "äöü"), ("iso-8859-1", "äöü"),
      ("iso-8859-2", "äöü"), ("iso-8859-5", "фіќ"), ("iso-8859-7", "δφό"), ("iso-8859-15", "äöü"), ("koi8-r", "ДЖЭ"),
      ("cp850", "õ÷³"), ("macintosh", "‰ˆ¸"),
    ])
  func singleBytes(name: String, characters: String) throws {
    let bytes =
      Array("x,label\n1,".utf8) + [0xE4, 0xF6] + (characters.count == 3 ? [0xFC] : []) + Array("\n2,a\n".utf8)
    let splits = try load(bytes) { $0.encoding = name }
    #expect(Set(splits.train.classNames) == ["a", characters])
    #expect(splits.notes.contains { $0.contains("\(name) text") })
  }

  @Test("files that are no tables are refused by what they are")
  func foreign() throws {
    for (bytes, word) in [
      (Array("PK\u{3}\u{4}....".utf8), "Excel"), ([0xD0, 0xCF, 0x11, 0xE0, 1], "old Excel"),
      (Array("PAR1".utf8), "Parquet"),
      (Array("<!DOCTYPE html>".utf8), "web page"), (Array("[{\"a\": 1}]".utf8), "JSON"),
      ([1, 0, 0, 0, 7, 0, 0, 0, 0, 9], "zero bytes"),
    ] {
      expectRefusal("t.csv", word) { try load(bytes) }
    }
  }

  @Test("headers are told from rows of data")
  func headers() throws {
    let tables: [(text: String, rows: Int, names: [String])] = [
      ("0,1,2,y\n5,3,1,0\n6,2,1,1\n", 2, ["0", "1", "2"]),
      ("0,1,2,3\n5,3,1,0\n6,2,1,1\n5,5,5,1\n", 3, ["0", "1", "2"]),
      (",0,1,2,3\n0,5,3,1,0\n1,6,2,1,1\n2,3,4,1,0\n3,3,4,3,1\n", 4, ["0", "1", "2"]),
      (
        "outlook,windy,play\nsunny,yes,no\nrainy,no,yes\nsunny,no,yes\nrainy,yes,no\n", 4,
        ["outlook = rainy", "outlook = sunny", "windy = no", "windy = yes"]
      ),
      ("sunny,yes,no\nrainy,no,yes\nsunny,no,yes\nrainy,yes,no\n", 4, []),
      ("red,1,x\nblue,2,y\nred,3,x\nblue,4,y\nred,4,y\n", 5, []),
      ("# made by hand\n# a b c\n1 2 x\n3 4 y\n", 2, ["a", "b"]),
      ("# 2024\na,b,c\n1,2,x\n# a remark\n3,4,y\n", 2, ["a", "b"]),
      ("sep=;\na;b;c\n1;2;x\n3;4;y\n", 2, ["a", "b"]),
      ("a,a,c\n1,2,x\n3,4,y\n", 2, ["a", "a.1"]),
      ("\"a\",\"b\",\"c\"\n\"1\",5,6,x\n\"2\",7,8,y\n\"3\",7,8,x\n", 3, ["a", "b"]),
      ("a,b,c,\n1,2,x,\n3,4,y,\n", 2, ["a", "b"]),
      ("a,b,c\n1,2,x,\n3,4,y,,\n,,\n\n5,6,x\n", 3, ["a", "b"]),
      ("a,b,c\n1,2,x\n3,4,y\n", 2, ["a", "b"]),
    ]
    for (text, rows, names) in tables {
      let splits = try load(text) { $0.regression = false }
      #expect(splits.train.count == rows, "\(text)")
      #expect(splits.train.stored.origin.columnNames == names, "\(text)")
    }
    expectRefusal("no rows of data") { try load("a,b,c\n", label: .name("c")) }
    expectRefusal("no rows of data") { try load("a,b,c\n") }
    expectRefusal("no column \"d\"", "\"a\", \"b\", \"c\"") { try load("a;b;c\n1;2;3\n", label: .name("d")) }
  }

  @Test("row numbers are left out and said, unless the config keeps them")
  func rowNumbers() throws {
    let shuffled = ",a,y\n7,1.5,u\n3,2.5,v\n9,3.5,u\n"
    for text in [",a,y\n0,1.5,u\n1,2.5,v\n2,3.5,u\n", shuffled, "Id,a,y\n1,1.5,u\n2,2.5,v\n3,3.5,u\n"] {
      let splits = try load(text)
      #expect(splits.train.numbers == [1.5, 2.5, 3.5], "\(text)")
      #expect(splits.notes.contains { $0.contains("looks like a row number") })
    }
    #expect(try load(shuffled) { $0.columns = ["": .number] }.train.numbers == [7, 1.5, 3, 2.5, 9, 3.5])
    // Not every column of that name counts the rows.
    #expect(try load("id,a,y\n5,1.5,u\n5,2.5,v\n").train.shape == .features(2))
  }
}
