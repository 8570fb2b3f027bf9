import Datasets
import Foundation
import Kernels
import TestSupport
import Testing

/// Rows to predict from pass through what the training table's rows did.
@Suite("Rows of tables to predict from") struct TableInputTests {
  private static let train =
    "a,color,t,day,y\n"
    + (0..<60).map { row in
      "\(row % 9 == 2 ? "" : "\(Double(row) / 8)"),\(["red", "blue"][row % 2]),\(1_764_000_000_000 + row * 90),2024-01-\(10 + row % 20),\(["u", "v", "w"][row % 3])\n"
    }.joined()

  private func splits(_ text: String, regression: Bool? = nil, in folder: URL) throws -> DataSplits {
    let path = try DataFiles.write(text, "train.csv", in: folder)
    var table = CSVConfiguration(labels: [.index(-1)], regression: regression)
    table.columns = [:]
    return try DatasetLoader.load(DataConfiguration(source: .csv(train: path, test: path, table)), seed: 1)
  }

  /// Inputs and answers of a file, some rows at a time, through the JSON of the preprocessing.
  private func read(
    _ bytes: [UInt8], _ splits: DataSplits, atMost count: Int = 7, in folder: URL
  ) throws -> (inputs: [[Float]], answers: [InputAnswer?], names: [String], notes: [String]) {
    let path = try DataFiles.write(bytes, "new.csv", in: folder)
    let json = try JSONEncoder().encode(try #require(splits.preprocessing))
    let preprocessing = try JSONDecoder().decode(Preprocessing.self, from: json)
    #expect(preprocessing == splits.preprocessing)
    var reader = try preprocessing.input.reader(of: .path(path), preprocessing)
    var (inputs, answers, names): ([[Float]], [InputAnswer?], [String]) = ([], [], [])
    let input = Buffer<Float>(count: preprocessing.shape.count)
    while let batch = try reader.read(atMost: count) {
      #expect(batch.count <= count && batch.count > 0)
      for index in 0..<batch.count {
        try batch.write(index, into: input.view)
        inputs.append(input.array())
        answers.append(try batch.answer(index))
        names.append(batch.name(index))
      }
    }
    return (inputs, answers, names, reader.notes)
  }

  private func trained(_ splits: DataSplits) -> [[Float]] {
    let input = Buffer<Float>(count: splits.train.shape.count)
    return (0..<splits.train.count).map { sample in
      splits.train.write(sample, into: input.view)
      return input.array()
    }
  }

  @Test("the training table's own rows become the same bits, whatever the order of columns, separator and encoding")
  func sameBits() throws {
    try withTemporaryFolder { folder in
      let splits = try splits(Self.train, in: folder)
      let expected = trained(splits)
      let classes = (0..<splits.train.count).map { InputAnswer.label(splits.train.label(of: $0)) }
      let same = try read(Array(Self.train.utf8), splits, in: folder)
      #expect(same.inputs == expected && same.answers == classes)
      #expect(same.names == (2...61).map(String.init) && same.notes == [])
      // Columns in another order, one more, no label, decimal commas, UTF-16.
      let other =
        "more;day;a;color;t\n"
        + Self.train.split(separator: "\n").dropFirst().map { line in
          let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
          return "x;\(cells[3]);\(cells[0].replacing(".", with: ","));\(cells[1]);\(cells[2])\n"
        }.joined()
      let wide: [UInt8] = [0xFF, 0xFE] + other.utf16.flatMap { DataFiles.littleEndian($0) }
      for bytes in [Array(other.utf8), wide] {
        let read = try read(bytes, splits, in: folder)
        #expect(read.inputs == expected && read.answers.allSatisfy { $0 == nil })
      }
    }
  }

  @Test("new texts are all zeros and counted, missing cells the training mean; faults name row and column")
  func faults() throws {
    try withTemporaryFolder { folder in
      let splits = try splits(Self.train, in: folder)
      let new = try read(Array("a,color,t,day\n,pink,,\n".utf8), splits, in: folder)
      #expect(new.inputs[0].allSatisfy(\.isFinite) && new.notes.first?.contains("1 cell of text") == true)
      func refuses(_ words: String..., text: String) {
        do {
          _ = try read(Array(text.utf8), splits, in: folder)
          Issue.record("nothing was refused: \(words)")
        } catch {
          for word in words { #expect("\(error)".contains(word), "\(word): \(error)") }
        }
      }
      refuses("new.csv", "no column \"t\", \"day\"", text: "a,color\n1,red\n")
      refuses("no header", "a,color,t,day", text: "1,red,1764000000000,2024-01-10\n")
      refuses(
        "\"x\" in row 3, column 0 (\"a\")", text: "a,color,t,day\n1,red,1764000000000,2024-01-10\nx,red,1,2024-01-10\n")
      refuses("in row 2, column 3 (\"day\")", "yyyy-mm-dd", text: "a,color,t,day\n1,red,1764000000000,10.1.2024\n")
      refuses("\"z\" in row 2, which does not occur", text: "a,color,t,day,y\n1,red,1764000000000,2024-01-10,z\n")
      refuses("far outside", text: "a,color,t,day\n-3e38,red,1764000000000,2024-01-10\n")
      refuses("no rows of data", text: "a,color,t,day\n")
    }
  }

  @Test("without a header columns are matched by place, with the label column or without")
  func byPlace() throws {
    try withTemporaryFolder { folder in
      let rows = (0..<40).map { "\($0 % 7),\(Double($0) / 3),\($0 * $0 % 11),\($0 % 2)\n" }.joined()
      let splits = try splits(rows, regression: false, in: folder)
      let expected = trained(splits)
      let same = try read(Array(rows.utf8), splits, in: folder)
      #expect(same.inputs == expected && same.answers[1] == .label(1))
      let bare = rows.split(separator: "\n").map { $0.split(separator: ",").dropLast().joined(separator: ",") + "\n" }
        .joined()
      let read = try read(Array(bare.utf8), splits, in: folder)
      #expect(read.inputs == expected && read.answers.allSatisfy { $0 == nil })
    }
  }

  @Test("answers of a regression are in the table's units")
  func values() throws {
    try withTemporaryFolder { folder in
      let rows = "x,price\n" + (0..<40).map { "\($0 % 7),\($0 * 1000).5\n" }.joined()
      let splits = try splits(rows, in: folder)
      #expect(try read(Array("price,x\n12.5,3\n,4\n".utf8), splits, in: folder).answers == [.values([12.5]), nil])
    }
  }
}
