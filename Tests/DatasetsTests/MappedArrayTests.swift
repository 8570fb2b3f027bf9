import Calendars
import Datasets
import Foundation
import Kernels
import TestSupport
import Testing

@Suite("Arrays larger than memory") struct MappedArrayTests {
  /// Images of 5 × 3 with 3 channels for training and test, as some element type has them.
  private func source(_ type: String, order: String = "False", in folder: URL) throws -> NPYSource {
    func paths(_ count: Int, _ name: String) throws -> ImageLabelPaths {
      let numbers = (0..<count * 45).map { ($0 &* 37 + name.count) % 200 }
      let bytes: [UInt8] =
        switch type {
        case "|u1": numbers.map { UInt8($0) }
        case "<f4": numbers.flatMap { DataFiles.littleEndian((Float($0) / 8).bitPattern) }
        case ">f4": numbers.flatMap { DataFiles.bigEndian((Float($0) / 8).bitPattern) }
        default: numbers.flatMap { DataFiles.littleEndian((Double($0) / 8).bitPattern) }
        }
      return ImageLabelPaths(
        inputs: try DataFiles.write(
          DataFiles.npy(type, "(\(count), 5, 3, 3)", bytes, order: order), name + "-x.npy", in: folder),
        labels: try DataFiles.write(
          DataFiles.npy("|u1", "(\(count),)", (0..<count).map { UInt8($0 % 2) }), name + "-y.npy", in: folder))
    }
    return NPYSource(
      train: try paths(40, "train"), test: try paths(7, "test"),
      reading: ArrayReading(task: .auto, layout: .channelsLast))
  }

  private func load(_ source: some DataSourceKind, in folder: URL, mapped: Bool, share: Double = 0) throws -> DataSplits
  {
    var request = LoadingRequest(seed: 1, normalization: .standardize)
    request.validationShare = share
    if mapped {
      request.storage.mappedFrom = 1
      request.storage.convertedFrom = 1
      request.storage.folder = folder.path + "/cache"
    }
    return try source.load(request)
  }

  /// All inputs of a set to the bit, gathered as training does and as evaluation does.
  private func inputs(_ source: any SampleSource) -> [UInt8] {
    let size = source.shape.count
    let buffer = Buffer<Float>(count: source.count * size)
    for sample in 0..<source.count { source.willRead(sample) }
    for sample in 0..<source.count { source.write(sample, into: buffer.view[sample * size..<(sample + 1) * size]) }
    let run = Buffer<Float>(count: source.count * size)
    source.write(0..<source.count, into: run.view)
    #expect(run.view.hasSameBits(as: buffer.view))
    return buffer.view.byteArray()
  }

  private func content(_ source: any SampleSource) -> [UInt8] {
    var bytes: [UInt8] = []
    source.readContent { bytes += $0 }
    return bytes
  }

  @Test(
    "are mapped or converted to the same bits as those that are read", arguments: ["|u1", "<f4", ">f4", "<f8"],
    ["False", "True"])
  func bits(type: String, order: String) throws {
    try withTemporaryFolder { folder in
      let source = try source(type, order: order, in: folder)
      for share in [0, 0.25] {
        let read = try load(source, in: folder, mapped: false, share: share)
        for _ in 0..<2 {
          let mapped = try load(source, in: folder, mapped: true, share: share)
          for (one, other) in [(read.train, mapped.train), (read.test, mapped.test)] {
            #expect(inputs(one) == inputs(other) && content(one) == content(other))
            #expect(!one.readsAhead && other.readsAhead && other.memoryBytes < one.memoryBytes)
          }
          #expect(read.preprocessing == mapped.preprocessing)
        }
      }
      let isAsMemoryNeedsIt = ["|u1", "<f4"].contains(type) && order == "False"
      let converted = (try? FileManager.default.contentsOfDirectory(atPath: folder.path + "/cache")) ?? []
      #expect(
        converted.count == (isAsMemoryNeedsIt ? 0 : 2) && !converted.contains { $0.contains("part") }, "\(converted)")
    }
  }

  @Test("are converted again when their file changes")
  func changes() throws {
    try withTemporaryFolder { folder in
      let source = try source("<f8", in: folder)
      let before = inputs(try load(source, in: folder, mapped: true).train)
      var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: source.train.inputs)))
      bytes[bytes.count - 1] ^= 0x80
      try DataFiles.write(bytes, "train-x.npy", in: folder)
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: 100)], ofItemAtPath: source.train.inputs)
      let after = inputs(try load(source, in: folder, mapped: true).train)
      let wanted = inputs(try load(source, in: folder, mapped: false).train)
      #expect(after != before && after == wanted)
      // What lies in the cache under another's name is not taken for it.
      for name in try FileManager.default.contentsOfDirectory(atPath: folder.path + "/cache") {
        try DataFiles.write(Array("{}\n".utf8) + [1, 2, 3], "cache/" + name, in: folder)
      }
      #expect(inputs(try load(source, in: folder, mapped: true).train) == after)
    }
  }

  @Test("of numbers that need their digits are stored on a scale of their own, as in memory")
  func scaled() throws {
    try withTemporaryFolder { folder in
      let numbers = (0..<60).map { 1e12 + Double($0) }
      let inputs = try DataFiles.write(
        DataFiles.npy("<f8", "(30, 2)", numbers.flatMap { DataFiles.littleEndian($0.bitPattern) }), "x.npy", in: folder)
      let floats = try DataFiles.write(
        DataFiles.npy("<f4", "(30, 2)", (0..<60).flatMap { DataFiles.littleEndian((1e6 + Float($0)).bitPattern) }),
        "f.npy",
        in: folder)
      let labels = try DataFiles.write(
        DataFiles.npy("|u1", "(30,)", (0..<30).map { UInt8($0 % 3) }), "y.npy", in: folder)
      for path in [inputs, floats] {
        let paths = ImageLabelPaths(inputs: path, labels: labels)
        let source = NPYSource(train: paths, test: paths)
        let (read, mapped) = try (load(source, in: folder, mapped: false), load(source, in: folder, mapped: true))
        #expect(read.preprocessing?.scale.stored != nil && read.preprocessing == mapped.preprocessing)
        #expect(self.inputs(read.train) == self.inputs(mapped.train) && mapped.train.readsAhead)
        #expect(self.inputs(read.test) == self.inputs(mapped.test))
      }
    }
  }

  @Test("in archives are mapped where they are stored, and their checksums compared")
  func archives() throws {
    try withTemporaryFolder { folder in
      let bytes = (0..<90).map { UInt8($0) }
      // The first array's numbers lie at a multiple of 4 where its name has 11 letters and the header 30 bytes: 41 + 128.
      for (wide, pad) in [(false, ""), (true, "extra"), (false, "a"), (true, "ab"), (false, "abc")] {
        let floats = bytes.flatMap { DataFiles.littleEndian(Float($0).bitPattern) }
        let labels = DataFiles.npy("|u1", "(9,)", [0, 1, 2, 0, 1, 2, 0, 1, 2])
        for (type, elements) in [("|u1", bytes), ("<f4", floats)] {
          let array = DataFiles.npy(type, "(9, 10)", elements)
          let all = DataFiles.zip(
            [
              (pad, Array(pad.utf8)), ("x_train.npy", array), ("y_train.npy", labels), ("x_test.npy", array),
              ("y_test.npy", labels),
            ], wide: wide)
          let path = try DataFiles.write(all, "all.npz", in: folder)
          let (read, mapped) = try (
            load(NPZSource(path: path), in: folder, mapped: false),
            load(NPZSource(path: path), in: folder, mapped: true)
          )
          #expect(inputs(read.train) == inputs(mapped.train) && inputs(read.test) == inputs(mapped.test))
          #expect(!read.train.readsAhead && mapped.train.readsAhead)
          let place = try #require(
            (0..<all.count - 40).first { Array(all[$0..<$0 + 40]) == Array(elements.suffix(40)) })
          var altered = all
          altered[place + 30] ^= 1
          let broken = try DataFiles.write(altered, "broken.npz", in: folder)
          expectRefusal(broken, "x_train", "checksum") { try load(NPZSource(path: broken), in: folder, mapped: true) }
        }
      }
    }
  }

  @Test("that are shorter or longer than their headers say are refused, mapped or not", arguments: ["|u1", "<f4"])
  func lengths(type: String) throws {
    try withTemporaryFolder { folder in
      let source = try source(type, in: folder)
      let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: source.train.inputs)))
      try DataFiles.write(Array(bytes.dropLast()), "train-x.npy", in: folder)
      expectRefusal(source.train.inputs, "the file ends after") { try load(source, in: folder, mapped: true) }
      try DataFiles.write(bytes + [0], "train-x.npy", in: folder)
      expectRefusal(source.train.inputs, "continues after") { try load(source, in: folder, mapped: true) }
    }
  }
}
