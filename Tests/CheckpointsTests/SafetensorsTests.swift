import Checkpoints
import Foundation
import Kernels
import TestSupport
import Testing

@Suite("Safetensors files")
struct SafetensorsTests {
  @Test("what was written is read again to the bit")
  func roundTrip() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/weights.safetensors"
      try SafetensorsFile.write(SampleTensors.all, metadata: ["seed": "7", "note": "a \"b\" \\ \n\u{1} é🙂"], to: path)
      let file = try SafetensorsFile(path: path)
      #expect(file.metadata == ["seed": "7", "note": "a \"b\" \\ \n\u{1} é🙂"])
      #expect(file.entries.map(\.name) == ["0.bias", "0.num_batches_tracked", "1.weight", "empty"])
      #expect(file.entry("1.weight")?.shape == [5, 3])
      #expect(try file.floats("1.weight") == SampleTensors.weight.view.array())
      let bias = try file.floats("0.bias")
      #expect(bias.map(\.bitPattern) == SampleTensors.bias.view.array().map(\.bitPattern))
      #expect(try file.integers("0.num_batches_tracked") == [.min])
      #expect(try file.floats("empty").count == 0)
      #expect(try names(in: folder.path) == ["weights.safetensors"])
    }
  }

  @Test("tensors longer than a chunk are whole")
  func longTensor() throws {
    try withTemporaryFolder { folder in
      let values = Buffer<Float>(SampleTensors.numbers(600_001))
      defer { withExtendedLifetime(values) {} }
      let path = folder.path + "/long.safetensors"
      try SafetensorsFile.write(
        [
          SafetensorsTensor("a", shape: [600_001], values.view),
          SafetensorsTensor("b", shape: [600_001]) { $0.copy(from: values.view) },
          SafetensorsTensor("c", shape: [200_000], integers: Array(-100_000..<100_000)),
        ], to: path)
      let file = try SafetensorsFile(path: path)
      #expect(try file.floats("a") == values.view.array())
      #expect(try file.floats("b") == values.view.array())
      #expect(try file.integers("c") == Array(-100_000..<100_000))
    }
  }

  @Test("a file of the format's own Python package is read")
  func pythonFile() throws {
    let url = try #require(Bundle.module.url(forResource: "Fixtures/python", withExtension: "safetensors"))
    let file = try SafetensorsFile(path: url.path)
    #expect(file.metadata == ["format": "pt", "note": "quotes \" and \\ and é 🙂"])
    #expect(try file.floats("0.weight") == [0, 0.25, 0.5, 0.75, 1, 1.25])
    #expect(file.entry("0.weight")?.shape == [2, 3])
    #expect(try file.floats("0.bias") == [-1.5, 3e-20])
    #expect(try file.integers("1.num_batches_tracked") == [-12_345_678_901])
    #expect(file.entry("empty")?.shape == [0, 4])
  }

  @Test("half, brain and double precision are read as PyTorch converts them, to the bit; other types are left aside")
  func otherTypes() throws {
    let url = try #require(Bundle.module.url(forResource: "Fixtures/types", withExtension: "safetensors"))
    let file = try SafetensorsFile(path: url.path)
    for name in ["half", "brain", "double"] {
      let numbers = try file.floats(name).map(\.bitPattern)
      let expected = try file.floats("expected." + name).map(\.bitPattern)
      #expect(numbers == expected, "\(name)")
    }
    #expect(try file.floats("scalar") == [2])
    #expect(try file.floats("none.half") == [])
    let others = file.entries.filter { $0.name.hasPrefix("other.") }
    #expect(others.count == 12)
    for entry in others {
      #expect(entry.count == 3 && entry.type.bits != nil && !entry.type.isWeight, "\(entry.type.name)")
      let error = checkpointError { _ = try file.floats(entry.name) }
      #expect(error?.found == "tensor '\(entry.name)' has dtype \(entry.type.name)")
      #expect(error?.allowed == "here it must have dtype F32, F16, BF16 or F64")
    }
  }

  @Test("types of less than a byte, and types of a later format, are no obstacle")
  func subByteTypes() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/made.safetensors"
      let text = Array(
        (#"{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]},"b":{"dtype":"Q9","shape":[7],"data_offsets":[2,4]},"#
          + #""w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#).utf8)
      let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
      try Data(length + text + [1, 2, 3, 4, 0, 0, 0x80, 0x3F]).write(to: URL(fileURLWithPath: path))
      let file = try SafetensorsFile(path: path)
      #expect(try file.floats("w") == [1])
      #expect(file.entry("a")?.count == 3 && file.entry("b")?.type.bits == nil)
    }
  }

  @Test("a double beyond single precision is refused, not read as infinite")
  func overflow() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/made.safetensors"
      let text = Array(#"{"w":{"dtype":"F64","shape":[2],"data_offsets":[0,16]}}"#.utf8)
      let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
      let data = [1.5, 1e39].flatMap { number in
        (0..<8).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * UInt64($0))) }
      }
      try Data(length + text + data).write(to: URL(fileURLWithPath: path))
      let file = try SafetensorsFile(path: path)
      #expect(checkpointError { _ = try file.floats("w") }?.found.contains("1 number beyond single precision") == true)
    }
  }

  @Test("the file follows the format: header length, JSON, aligned data, equal bytes for equal contents")
  func layout() throws {
    try withTemporaryFolder { folder in
      let paths = ["/a", "/b"].map { folder.path + $0 }
      for path in paths { try SafetensorsFile.write(SampleTensors.all, metadata: ["x": "1", "y": "2"], to: path) }
      let bytes = try contents(paths[0])
      #expect(try contents(paths[1]) == bytes)
      let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
      #expect(length % 8 == 0)
      let json = try #require(
        try JSONSerialization.jsonObject(with: Data(bytes[8..<8 + length])) as? [String: [String: Any]])
      #expect(json["1.weight"]?["dtype"] as? String == "F32")
      #expect(json["1.weight"]?["shape"] as? [Int] == [5, 3])
      #expect(json["0.num_batches_tracked"]?["dtype"] as? String == "I64")
      #expect(json["0.num_batches_tracked"]?["data_offsets"] as? [Int] == [0, 8])
      #expect((json["__metadata__"]?["sha256.0.bias"] as? String)?.count == 64)
      #expect(bytes.count == 8 + length + 8 + 15 * 4 + 3 * 4)
    }
  }

  @Test("a missing tensor, another shape and another type are named")
  func mismatches() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/weights.safetensors"
      try SafetensorsFile.write(SampleTensors.all, to: path)
      let file = try SafetensorsFile(path: path)
      let floats = Buffer<Float>(count: 15)
      defer { withExtendedLifetime(floats) {} }
      let missing = checkpointError { try file.read("2.weight", into: floats.view) }
      #expect(missing?.description.contains("has no tensor '2.weight'; it has '0.bias'") == true)
      let shape = checkpointError { try file.read("1.weight", shape: [3, 5], into: floats.view) }
      #expect(shape?.found == "tensor '1.weight' has shape [5, 3]")
      #expect(shape?.allowed == "here it must have shape [3, 5]")
      #expect(checkpointError { try file.read("0.bias", into: floats.view) }?.path == path)
      #expect(checkpointError { _ = try file.integers("0.bias") }?.found == "tensor '0.bias' has dtype F32")
      try file.read("1.weight", shape: [5, 3], into: floats.view)
    }
  }

  @Test("an open file is read as it was although it is replaced meanwhile")
  func replacedWhileOpen() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/weights.safetensors"
      try SafetensorsFile.write([vector("w", [1, 2])], to: path)
      let file = try SafetensorsFile(path: path)
      try SafetensorsFile.write([vector("w", [3])], to: path)
      #expect(try file.floats("w") == [1, 2])
      #expect(try SafetensorsFile(path: path).floats("w") == [3])
    }
  }

  @Test("the digest of weights is SHA-256 over their bytes in name order")
  func weightsDigest() {
    #expect(
      SHA256Digest.hex(of: Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    let bytes: [UInt8] = [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0, 0, 0, 0x3F]
    let tensors = [vector("b", [0.5]), vector("a", [1, -2])]
    #expect(SHA256Digest.hex(of: tensors) == SHA256Digest.hex(of: bytes))
    #expect(SHA256Digest.hex(of: tensors.reversed()) == SHA256Digest.hex(of: bytes))
  }
}
