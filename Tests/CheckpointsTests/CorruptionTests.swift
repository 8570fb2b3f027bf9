import Checkpoints
import Foundation
import Kernels
import TestSupport
import Testing

@Suite("Damaged safetensors files")
struct CorruptionTests {
  /// Writes the sample, damages it and returns the error of opening it.
  private func errorAfter(
    _ damage: (inout [UInt8]) -> Void, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> CheckpointError? {
    try withTemporaryFolder { folder in
      let path = folder.path + "/weights.safetensors"
      try SafetensorsFile.write(SampleTensors.all, metadata: ["step": "300"], to: path)
      var bytes = try contents(path)
      damage(&bytes)
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      let error = checkpointError(sourceLocation: sourceLocation) { _ = try SafetensorsFile(path: path) }
      #expect(error?.path == path)
      return error
    }
  }

  @Test("a flip of any byte is seen", arguments: [UInt8(0x01), 0x20, 0x80])
  func everyByte(mask: UInt8) throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/weights.safetensors"
      try SafetensorsFile.write(SampleTensors.all, metadata: ["step": "300"], to: path)
      let whole = try contents(path)
      var unseen: [Int] = []
      for offset in whole.indices {
        var bytes = whole
        bytes[offset] ^= mask
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        if (try? SafetensorsFile(path: path)) != nil { unseen.append(offset) }
      }
      #expect(unseen == [])
    }
  }

  @Test("a file cut at any length is seen, and so is a longer one")
  func everyLength() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/weights.safetensors"
      try SafetensorsFile.write(SampleTensors.all, metadata: ["step": "300"], to: path)
      let whole = try contents(path)
      var unseen: [Int] = []
      for length in 0..<whole.count {
        try Data(whole[..<length]).write(to: URL(fileURLWithPath: path))
        if (try? SafetensorsFile(path: path)) != nil { unseen.append(length) }
      }
      #expect(unseen == [])
    }
    #expect(try errorAfter { $0.removeLast(4) }?.found.hasPrefix("cut off: ") == true)
    #expect(try errorAfter { $0 += [0] }?.found.hasPrefix("followed by other bytes: ") == true)
    #expect(try errorAfter { $0 = [] }?.found == "0 bytes are too short for a safetensors file")
  }

  @Test("a changed element names its tensor")
  func namedTensor() throws {
    let last = try errorAfter { $0[$0.count - 1] ^= 4 }
    #expect(last?.found == "tensor '0.bias' does not match its SHA-256 digest")
    let first = try errorAfter { $0[$0.count - 16 - 3] ^= 1 }
    #expect(first?.found == "tensor '1.weight' does not match its SHA-256 digest")
  }

  @Test("a changed step in the metadata is seen")
  func metadata() throws {
    let error = try errorAfter { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(text.contains("\"step\":\"300\""))
      let start = Data(bytes).range(of: Data("\"step\":\"300\"".utf8))!.lowerBound
      bytes[start + 8] = UInt8(ascii: "9")
    }
    #expect(error?.found == "its header does not match its SHA-256 digest")
  }

  @Test("a huge header length is refused before any memory is taken")
  func hugeHeader() throws {
    for length: [UInt8] in [
      [255, 255, 255, 255, 255, 255, 255, 255], [0, 0, 0, 0, 0, 0, 0, 128], [255, 255, 255, 255, 255, 255, 255, 127],
      [0, 0, 0, 64, 0, 0, 0, 0],
    ] {
      let error = try errorAfter { $0.replaceSubrange(..<8, with: length) }
      #expect(error?.found.hasPrefix("its header would have") == true)
    }
  }

  @Test("no file, a folder, a pipe and a device are refused in words")
  func notAFile() throws {
    try withTemporaryFolder { folder in
      let none = checkpointError { _ = try SafetensorsFile(path: folder.path + "/none") }
      #expect(none?.found == "cannot be opened: No such file or directory")
      #expect(checkpointError { _ = try SafetensorsFile(path: folder.path) }?.found == "not a regular file")
      let pipe = folder.path + "/pipe"
      #expect(mkfifo(pipe, 0o600) == 0)
      #expect(checkpointError { _ = try SafetensorsFile(path: pipe) }?.found == "not a regular file")
      #expect(checkpointError { _ = try SafetensorsFile(path: "/dev/zero") }?.found == "not a regular file")
    }
  }

  @Test(
    "a header that says something impossible is refused and the reason named",
    arguments: [
      (#"[]"#, "its header is not JSON: expected '{' at byte 0"),
      (#"{"a":1}"#, "its header is not JSON: expected '{' at byte 5"),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} x"#, "its header is not JSON: expected the end"),
      (#"{"a":{"dtype":"BF16","shape":[3],"data_offsets":[0,8]}}"#, "shape [3] of BF16, which takes 6 bytes"),
      (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, "shape [3] of F32, which takes 12 bytes"),
      (#"{"a":{"dtype":"F6_E2M3","shape":[5],"data_offsets":[0,8]}}"#, "shape [5] of F6_E2M3, which takes 4 bytes"),
      (
        #"{"a":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,8]}}"#,
        "tensor 'a' has the impossible shape"
      ),
      (#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, "its header is not JSON: expected a whole number"),
      (#"{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}"#, "its header is not JSON: expected ']'"),
      (
        #"{"a":{"dtype":"F32","shape":[9223372036854775807,2],"data_offsets":[0,8]}}"#,
        "tensor 'a' has the impossible shape"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}"#,
        "its header is not JSON: expected a whole number"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, "tensor 'a' lacks a dtype, a shape or two ascending"
      ),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#, "tensor 'a' lacks a dtype, a shape or two ascending"),
      (#"{"a":{"dtype":"F32","data_offsets":[0,8]}}"#, "tensor 'a' lacks a dtype, a shape or two ascending"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, "tensor 'a' begins at byte 4 of the data"),
      (
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
        "tensor 'b' begins at byte 4 of the data"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
        "its header names 'a' twice"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"extra":[]}}"#,
        "tensor 'a' has an unexpected key 'extra'"
      ),
      (#"{"__metadata__":{"x":"1","x":"2"}}"#, "its metadata names 'x' twice"),
      (#"{"__metadata__":{"x":1}}"#, "its header is not JSON"),
      (#"{"a"#, "its header is not JSON: expected the end of a string"),
      (#"{"a\ud83d":1}"#, "its header is not JSON: expected a Unicode character"),
      (#"{"a\q":1}"#, "its header is not JSON: expected an escape"),
      (#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#, "cut off"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, "followed by other bytes"),
    ])
  func impossibleHeaders(header: String, reason: String) throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/made.safetensors"
      let text = Array(header.utf8)
      let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
      try Data(length + text + [UInt8](repeating: 0, count: 8)).write(to: URL(fileURLWithPath: path))
      let error = checkpointError { _ = try SafetensorsFile(path: path) }
      #expect(error?.found.contains(reason) == true, "\(error?.found ?? "no error")")
    }
  }

  @Test("a file of another format is refused by its name, with what to do")
  func foreignFiles() throws {
    func zip(_ name: String) -> [UInt8] {
      [0x50, 0x4B, 3, 4, 0, 0, 0, 8, 8, 0] + [UInt8](repeating: 0, count: 16) + [UInt8(name.utf8.count), 0, 0, 0]
        + Array(name.utf8) + [1, 2, 3]
    }
    let rest = [UInt8](repeating: 7, count: 40)
    let kinds: [(name: String, bytes: [UInt8], found: String, remedy: String)] = [
      ("w.pt", zip("w/data.pkl"), "a PyTorch file of pickles", "save_file({k: v.clone()"),
      ("w.pth", [0x80, 2, 0x8A, 10] + rest, "a Python pickle", "'FOLDER/w.safetensors')"),
      ("w.npz", zip("0.weight.npy"), "a NumPy archive (npz)", "dict(numpy.load(f))"),
      ("w.npy", [0x93] + Array("NUMPY".utf8) + rest, "a single NumPy array", "numpy.load(f)"),
      ("w.h5", [0x89] + Array("HDF\r\n\u{1A}\n".utf8) + rest, "an HDF5 file", "save_file"),
      ("w.onnx", [8, 9, 0x12, 7] + Array("pytorch".utf8) + rest, "an ONNX model", "onnx.load("),
      ("w.gguf", Array("GGUF".utf8) + rest, "a GGUF file", "the safetensors file"),
      ("a.safetensors", Array("version https://git-lfs.github.com/spec/v1\n".utf8), "Git LFS", "git lfs pull"),
      ("b.safetensors", Array("<!DOCTYPE html><html></html>".utf8), "an HTML page", "Download"),
      ("c.json", Array(#"{"weight_map": {"a": "b"}}"#.utf8), "a JSON text", "that holds the tensors"),
    ]
    try withTemporaryFolder { folder in
      for kind in kinds {
        let path = folder.path + "/" + kind.name
        try Data(kind.bytes).write(to: URL(fileURLWithPath: path))
        let error = checkpointError { _ = try SafetensorsFile(path: path) }
        let words = error?.description ?? "no error"
        #expect(words.contains(kind.found) && words.contains("read from safetensors files"), "\(kind.name): \(words)")
        #expect(words.contains(kind.remedy.replacingOccurrences(of: "FOLDER", with: folder.path)), "\(words)")
      }
    }
  }

  @Test("a header as long as another format's first bytes is no file of that format")
  func lengthsLikeOtherFormats() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/made.safetensors"
      // 0x7B is an opening brace, 0x0280 begins a pickle.
      for length in [0x7B, 0x280] {
        var text = Array(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#.utf8)
        text += Array(repeating: UInt8(ascii: " "), count: length - text.count)
        let start = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
        try Data(start + text + [0, 0, 0x80, 0x3F]).write(to: URL(fileURLWithPath: path))
        #expect(try SafetensorsFile(path: path).floats("a") == [1])
      }
    }
  }

  @Test("a file with JSON white space, escapes and no digests is read")
  func freeForm() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/made.safetensors"
      let text = Array(
        "{ \"\\u0061\\n\\ud83d\\ude42\" : {\"shape\": [ ], \"dtype\":\n\"F32\", \"data_offsets\": [0, 4]} }  ".utf8)
      let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
      try Data(length + text + [0, 0, 0x80, 0x3F]).write(to: URL(fileURLWithPath: path))
      let file = try SafetensorsFile(path: path)
      #expect(file.entries.map(\.name) == ["a\n🙂"])
      #expect(try file.floats("a\n🙂") == [1])
    }
  }
}
