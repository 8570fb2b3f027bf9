import Datasets
import Foundation
import Kernels
import TestSupport
import Testing

@Suite("Arrays and rows to predict from") struct NumberReaderTests {
  /// How numbers of a shape become inputs: the channels' scales differ.
  private func preprocessing(
    _ shape: SampleShape, isChannelsFirst: Bool = false, answers: AnswerForm = .classes(names: ["1", "5", "9"])
  ) -> Preprocessing {
    let channels = shape.channels
    return Preprocessing(
      shape: shape, input: .numbers(NumberForm(isChannelsFirst: isChannelsFirst)),
      scale: InputScale(
        scale: (0..<channels).map { Float($0 + 1) }, shift: Array(repeating: -1, count: channels)), answers: answers)
  }

  /// All inputs and answers that a file gives, a few at a time.
  private func read(
    _ path: String, _ preprocessing: Preprocessing, atMost: Int = 2
  ) throws -> (inputs: [Float], names: [String], answers: [InputAnswer?]) {
    var reader = try preprocessing.input.reader(of: .path(path), preprocessing)
    var all: (inputs: [Float], names: [String], answers: [InputAnswer?]) = ([], [], [])
    while let batch = try reader.read(atMost: atMost) {
      #expect(batch.count <= atMost)
      for index in 0..<batch.count {
        let input = Buffer<Float>(count: preprocessing.shape.count)
        try batch.write(index, into: input.view)
        all.inputs += input.array()
        all.names.append(batch.name(index))
        all.answers.append(try batch.answer(index))
      }
    }
    return all
  }

  private func refusal(_ path: String, _ preprocessing: Preprocessing) -> String {
    do {
      _ = try read(path, preprocessing)
      return "nothing was refused"
    } catch {
      return "\(error)"
    }
  }

  /// 0, 1, 2 … scaled and shifted by their channel.
  private func wanted(_ numbers: [Int], channels: Int) -> [Float] {
    numbers.enumerated().map { Float($0.element) * Float($0.offset % channels + 1) - 1 }
  }

  @Test(
    "give samples in order, whatever the type and order of their array", arguments: ["|u1", "<f8", ">i2"],
    ["False", "True"])
  func arrays(type: String, order: String) throws {
    try withTemporaryFolder { folder in
      func bytes(_ numbers: [Int]) -> [UInt8] {
        switch type {
        case "|u1": numbers.map { UInt8($0) }
        case "<f8": numbers.flatMap { DataFiles.littleEndian(Double($0).bitPattern) }
        default: numbers.flatMap { DataFiles.bigEndian(Int16($0)) }
        }
      }
      // Element (n, y, x, c) of [5, 2, 3, 4] is its place in C order; Fortran order has them elsewhere.
      let places = Array(0..<120)
      let stored =
        order == "False"
        ? places
        : (0..<4).flatMap { c in
          (0..<3).flatMap { x in (0..<2).flatMap { y in (0..<5).map { n in ((n * 2 + y) * 3 + x) * 4 + c } } }
        }
      let path = try DataFiles.write(
        DataFiles.npy(type, "(5, 2, 3, 4)", bytes(stored), order: order), "x.npy", in: folder)
      let found = try read(path, preprocessing(.image(height: 2, width: 3, channels: 4)))
      #expect(found.inputs == wanted(places, channels: 4) && found.names == ["0", "1", "2", "3", "4"])
      // Taken as [5, channels 2, height 3, width 4].
      let first = try read(path, preprocessing(.image(height: 3, width: 4, channels: 2), isChannelsFirst: true))
      let moved = (0..<5).flatMap { n in (0..<12).flatMap { pixel in (0..<2).map { n * 24 + $0 * 12 + pixel } } }
      #expect(first.inputs == wanted(moved, channels: 2))
      #expect(try read(path, preprocessing(.features(24))).inputs == wanted(places, channels: 24))
      for shape in [SampleShape.features(120), .image(height: 3, width: 2, channels: 4), .features(23)] {
        #expect(refusal(path, preprocessing(shape)).contains("[5, 2, 3, 4]"))
        #expect(refusal(path, preprocessing(shape)).contains("samples of \(shape), as the model was trained on"))
      }
    }
  }

  @Test("of a single sample, of IDX and of grey images without channels are read")
  func others() throws {
    try withTemporaryFolder { folder in
      let numbers = (0..<12).map { UInt8($0) }
      let grey = preprocessing(.image(height: 3, width: 4, channels: 1))
      let single = try DataFiles.write(DataFiles.npy("|u1", "(3, 4)", numbers), "x.npy", in: folder)
      #expect(try read(single, grey).inputs == wanted(Array(0..<12), channels: 1))
      let idx = try DataFiles.writeCompressed(DataFiles.idx([1, 3, 4], numbers), "x.gz", in: folder)
      #expect(try read(idx, grey).inputs == wanted(Array(0..<12), channels: 1))
      let long = try DataFiles.write(DataFiles.idx([1, 3, 4], numbers + [1]), "long", in: folder)
      #expect(refusal(long, grey).contains("continues after"))
      let short = try DataFiles.write(DataFiles.idx([1, 3, 4], numbers.dropLast()), "short", in: folder)
      #expect(refusal(short, grey).contains("ends at byte"))
    }
  }

  @Test("of archives bring their labels: by name, by number, one-hot, or as numbers")
  func archives() throws {
    try withTemporaryFolder { folder in
      let inputs = DataFiles.npy("|u1", "(3, 2)", [0, 1, 2, 3, 4, 5])
      func answers(_ labels: [UInt8], _ form: AnswerForm) throws -> [InputAnswer?] {
        let path = try DataFiles.write(
          DataFiles.zip([("x_test.npy", inputs), ("x_train.npy", labels), ("y_test.npy", labels)]), "all.npz",
          in: folder)
        let found = try read(path, preprocessing(.features(2), answers: form))
        #expect(found.inputs == wanted([0, 1, 2, 3, 4, 5], channels: 2))
        return found.answers
      }
      let labels = DataFiles.npy("|u1", "(3,)", [5, 1, 9])
      #expect(try answers(labels, .classes(names: ["1", "5", "9"])) == [.label(1), .label(0), .label(2)])
      let small = DataFiles.npy("|u1", "(3,)", [1, 1, 0])
      #expect(try answers(small, .classes(names: ["cat", "dog"])) == [.label(1), .label(1), .label(0)])
      let rows = DataFiles.npy("|u1", "(3, 2)", [0, 1, 1, 0, 0, 1])
      #expect(try answers(rows, .classes(names: ["cat", "dog"])) == [.label(1), .label(0), .label(1)])
      #expect(
        try answers(rows, .values(.identity(width: 2))) == [.values([0, 1]), .values([1, 0]), .values([0, 1])])
      let unknown = #expect(throws: DataError.self) { try answers(labels, .classes(names: ["1", "5"])) }
      #expect(unknown?.found == "label 9 at entry 2 (from 0)")
      let alone = try DataFiles.write(DataFiles.zip([("anything.npy", inputs)]), "one.npz", in: folder)
      #expect(try read(alone, preprocessing(.features(2))).answers == [nil, nil, nil])
      let two = try DataFiles.write(DataFiles.zip([("a.npy", inputs), ("b.npy", inputs)]), "two.npz", in: folder)
      #expect(refusal(two, preprocessing(.features(2))).contains("\"a\", \"b\""))
    }
  }

  @Test("of text are read with any separator, and as JSON; a wrong line is named")
  func rows() throws {
    try withTemporaryFolder { folder in
      let table = preprocessing(.features(3))
      for text in [
        "0,1,2\n3,4,5\n", "a;b;c\n0;1;2\r\n3;4;5", "0\t1\t2\n\n3\t4\t5\n", "0 1  2\n 3 4 5 \n",
        "[0, 1, 2]\n[3, 4, 5]\n",
        "{\"x\": [0, 1, 2]}\n{\"features\": [[3], [4, 5]], \"name\": \"b\"}\n", "\u{FEFF}0, 1.0, 2e0\n3,4,5",
      ] {
        let path = try DataFiles.write(text, "rows", in: folder)
        let found = try read(path, table)
        #expect(found.inputs == wanted([0, 1, 2, 3, 4, 5], channels: 3) && found.names == ["0", "1"], "\(text)")
      }
      for (text, word) in [
        ("0,1,2\n3,4\n", "2 numbers in line 2"), ("0,1,2\n3,x,4", "\"x\" in line 2"), ("[1, 2", "line 1"),
        ("{\"y\": [1, 2, 3]}", "line 1"), ("0,1,nan\n", "nan at element 2 of line 1"),
        ("0,1,1e39\n", "element 2 of line 1"),
      ] {
        let path = try DataFiles.write(text, "rows", in: folder)
        #expect(refusal(path, table).contains(word), "\(refusal(path, table))")
      }
    }
  }
}
