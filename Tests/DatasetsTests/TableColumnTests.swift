import Datasets
import Foundation
import Kernels
import TestSupport
import Testing

/// What columns of a table become: numbers, dates, texts, and what stands for missing cells.
@Suite("Columns of tables") struct TableColumnTests {
  private func load(
    _ train: String, test: String? = nil, label: CSVColumn = .name("y"), targets: TargetNormalization = .none,
    _ change: (inout CSVConfiguration) -> Void = { _ in }
  ) throws -> DataSplits {
    try withTemporaryFolder { folder in
      var table = CSVConfiguration(labels: [label])
      change(&table)
      var data = DataConfiguration(
        source: .csv(
          train: try DataFiles.write(train, "train.csv", in: folder),
          test: try DataFiles.write(test ?? train, "test.csv", in: folder), table),
        normalization: .none)
      data.targets = targets
      return try DatasetLoader.load(data, seed: 1)
    }
  }

  private func names(_ splits: DataSplits) -> [String] { splits.train.stored.origin.columnNames }

  @Test("text becomes one input for each different one of the training rows; a new one is all zeros, and said")
  func oneHot() throws {
    let splits = try load(
      "color,size,y\nred,1,a\nblue,2,b\nred,3,a\n\"gre\"\"en\",4,b\n", test: "color,size,y\nblue,1,a\npink,2,b\n,3,b\n")
    #expect(names(splits) == ["color = blue", "color = gre\"en", "color = red", "size"])
    #expect(splits.train.numbers == [0, 0, 1, 1, 1, 0, 0, 2, 0, 0, 1, 3, 0, 1, 0, 4])
    #expect(splits.test.numbers == [1, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3])
    #expect(
      splits.notes.contains { $0.contains("test.csv: texts that no training row has") && $0.contains("\"color\" (1)") })
    #expect(splits.notes.contains { $0.contains("\"color\" (3)") })
  }

  @Test("an order makes text one number; what is not in it is refused in training and the mean elsewhere")
  func ordinal() throws {
    let table = "size,y\nlow,a\nhigh,b\nmid,a\nhigh,b\n"
    let order = ["low", "mid", "high"]
    let splits = try load(table, test: "size,y\nmid,a\nhuge,b\n") { $0.columns = ["size": .ordinal(order)] }
    #expect(splits.train.numbers == [0, 2, 1, 2] && splits.test.numbers == [1, 1.25])
    #expect(try load(table) { $0.columns = ["size": .ordinal(nil)] }.train.numbers == [1, 0, 2, 0])
    expectRefusal("\"mid\" in row 4", "low") { try load(table) { $0.columns = ["size": .ordinal(["low", "high"])] } }
  }

  /// The numbers are Python's: `(datetime(...) - datetime(1970, 1, 1)).total_seconds()`, by 86400 for days.
  @Test("dates become days or seconds since 1970")
  func dates() throws {
    let tables: [(cells: [String], numbers: [Float])] = [
      (["2024-02-29", "1969-12-31", "2000-01-01"], [19782, -1, 10957]),
      (["29.2.2024", "31.12.1969", "01.01.2000"], [19782, -1, 10957]),
      (["29/2/2024", "31/12/1969", "1/1/2000"], [19782, -1, 10957]),
      (["2/29/2024", "12-31-1969", "1/1/2000"], [19782, -1, 10957]),
      (["1970-01-01T00:00:30Z", "1970-01-02 00:00", "1970-01-01T01:00:00.5+01:00"], [30, 86400, 0.5]),
    ]
    for (cells, numbers) in tables {
      let text = "day,y\n" + cells.enumerated().map { "\($1),\($0 % 2 == 0 ? "a" : "b")\n" }.joined()
      let splits = try load(text)
      #expect(splits.train.numbers == numbers, "\(cells)")
      #expect(splits.notes.contains { $0.contains("column \"day\" is a date") })
    }
    let ambiguous = "day,y\n1/2/2024,a\n3/4/2024,b\n"
    expectRefusal("column 0 (\"day\")", "cannot be told apart", "d/m/yyyy") { try load(ambiguous) }
    #expect(try load(ambiguous) { $0.columns = ["day": .date(.dayFirst)] }.train.numbers == [19754, 19816])
    #expect(try load(ambiguous) { $0.columns = ["day": .date(.monthFirst)] }.train.numbers == [19724, 19786])
    expectRefusal("\"2023-02-29\" in row 4", "a date") {
      try load("day,y\n2024-02-29,a\n2024-03-01,b\n2023-02-29,a\n") { $0.columns = ["day": .date(.iso)] }
    }
  }

  @Test("missing cells become the training mean, with an input that marks them, unless they are refused or dropped")
  func missing() throws {
    for word in ["", "NA", "n/a", "NaN", "NULL", "?", "None", "-", "\"\""] {
      let train = "a,b,y\n1,10,u\n\(word),20,v\n3,30,u\n5,40,v\n"
      let test = "a,b,y\n\(word),\(word),u\n7,1,v\n"
      let splits = try load(train, test: test)
      #expect(names(splits) == ["a", "a is missing", "b"])
      #expect(splits.train.numbers == [1, 0, 10, 3, 1, 20, 3, 0, 30, 5, 0, 40], "\(word)")
      #expect(splits.test.numbers == [3, 1, 25, 7, 0, 1], "\(word)")
      #expect(splits.notes.contains { $0.contains("training mean") && $0.contains("\"a\" (1, marked)") })
      expectRefusal("train.csv", "a missing cell in row 3, column 0 (\"a\")") {
        try load(train) { $0.missing = .refuse }
      }
      let dropped = try load(train, test: test) { $0.missing = .drop }
      #expect(dropped.train.numbers == [1, 10, 3, 30, 5, 40] && dropped.train.labels == [0, 0, 1])
      #expect(dropped.test.numbers == [7, 1] && dropped.test.labels == [1])
      #expect(dropped.notes.contains { $0.contains("train.csv: 1 row with missing cells is left out") })
    }
    // Few missing cells need no mark.
    let many = "a,y\n,u\n" + (1...150).map { "\($0),\($0 % 2 == 0 ? "u" : "v")\n" }.joined()
    let splits = try load(many)
    #expect(names(splits) == ["a"] && splits.train.numbers[0] == 75.5)
    // A word of the user's own.
    #expect(try load("a,y\n-1,u\n3,v\n5,u\n") { $0.missingWords = ["-1"] }.train.numbers == [-1, 3, 5])
    #expect(try load("a,y\nleer,u\n3,v\n5,u\n") { $0.missingWords = ["Leer"] }.train.numbers == [4, 1, 3, 0, 5, 0])
  }

  @Test("columns that say nothing are left out and said: empty ones, one text, names")
  func leftOut() throws {
    let table =
      "a,empty,one,name,y\n" + (0..<40).map { "\($0 * 3),NA,same,N. \($0) Smith,\($0 % 2 == 0 ? "u" : "v")\n" }.joined()
    let splits = try load(table)
    #expect(names(splits) == ["a"])
    for word in ["\"empty\") is empty", "\"one\") holds \"same\"", "look like names or free text"] {
      #expect(splits.notes.contains { $0.contains(word) }, "\(word)")
    }
    #expect(try load(table) { $0.columns = ["name": .oneHot, "a": .ignore] }.train.shape == .features(40))
    // Not names, but too many for a guess.
    let cities = "a,city,y\n" + (0..<200).map { "\($0),city \($0 % 50),\($0 % 2 == 0 ? "u" : "v")\n" }.joined()
    expectRefusal("50 different texts in column 1 (\"city\")", "\"oneHot\"") { try load(cities) }
    #expect(try load(cities) { $0.oneHotLimit = 50 }.train.shape == .features(51))
    expectRefusal("a rule for \"ctiy\"", "nearest: \"city\"") { try load(cities) { $0.columns = ["ctiy": .ignore] } }
    expectRefusal("which is the label") { try load(cities) { $0.columns = ["y": .ignore] } }
    expectRefusal("no column that could be an input") { try load("a,y\nNA,u\n,v\n") }
  }

  @Test("text among numbers is refused by row and column, and so is what could be read in two ways")
  func faults() throws {
    let start = "a,b,y\n1,2,u\n3,4,v\n"
    for (cell, word) in [
      ("oops", "data.missingWords"), ("\"1,000\"", "thousands"), ("12%", "percent"), ("$5", "currency"),
      ("€ 5", "currency"),
      ("inf", "infinite"), ("-Infinity", "infinite"), ("0x1F", "hexadecimal"), ("1 000", "thousands"),
      ("1e39", "single precision"),
    ] {
      expectRefusal("train.csv", "in row 4, column 1 (\"b\")", word) { try load(start + "5,\(cell),u\n") }
      // A whole column of them is no text either.
      expectRefusal("in row 2, column 1 (\"b\")", word) {
        if cell == "oops" { throw DataError(file: "", found: "in row 2, column 1 (\"b\")", allowed: "", remedy: word) }
        return try load("a,b,y\n1,\(cell),u\n3,\(cell),v\n3,\(cell),v\n")
      }
    }
    for (cells, word) in [
      (["5 cm", "6 cm", "7.5 cm"], "the unit \"cm\""), (["−5", "−6", "7"], "other signs"),
      (["٥", "٦", "٧"], "other signs"),
      (["1/2/24", "3/4/24", "5/6/24"], "two digits"), (["10:30", "11:15", "9:00"], "time of day"),
      (["2024-01-01", "2024-01-02", "3.1.2024"], "\"3.1.2024\" in row 4"),
    ] {
      expectRefusal("train.csv", "column 0 (\"a\")", word) {
        try load("a,y\n\(cells[0]),u\n\(cells[1]),v\n\(cells[2]),u\n")
      }
    }
    #expect(try load("a,y\n5 cm,u\n6 cm,v\n7 cm,u\n") { $0.columns = ["a": .oneHot] }.train.shape == .features(3))
    #expect(try load("a,y\n\u{A0}5\u{A0},u\n6,\u{A0}v\n").train.numbers == [5, 6])
    expectRefusal("test.csv", "\"x\" in row 3, column 1") { try load(start, test: "a,b,y\n1,2,u\n1,x,u\n") }
    #expect(try load("a,b,y\n \"+1\" , 2e0,u\n\" 3 \",\"4\",v\n").train.numbers == [1, 2, 3, 4])
  }

  @Test("columns are what all rows hold, not the first thousand alone")
  func lateText() throws {
    let head = "a,y\n" + (0..<1500).map { "\($0 % 7),\($0 % 2 == 0 ? "u" : "v")\n" }.joined()
    let tail = (0..<3000).map { "\($0 % 2 == 0 ? "p" : "q"),\($0 % 2 == 0 ? "u" : "v")\n" }.joined()
    #expect(try load(head + tail).train.shape == .features(9))
    let words = "a,y\n" + (0..<1200).map { _ in "unknown,u\n" }.joined()
    let numbers = (0..<500).map { "\($0).5,\($0 % 2 == 0 ? "u" : "v")\n" }.joined()
    expectRefusal("\"unknown\" in row 2", "data.missingWords") { try load(words + numbers) }
    #expect(try load(words + numbers) { $0.missingWords = ["unknown"] }.train.shape == .features(2))
    expectRefusal("\"p\" in row 1502") { try load(head + "p,u\n") }
  }
}
