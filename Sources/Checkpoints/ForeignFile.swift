/// A file of weights in another program's format, known by how it begins.
///
/// None of them is read. What to do depends on the kind, so each is refused by its name with a line that converts it.
enum ForeignFile {
  /// An error about the file if it begins as one of the known kinds; `nil` for all others.
  static func refusal(of file: OpenFile) throws(CheckpointError) -> CheckpointError? {
    let start = try file.read(min(512, file.byteCount()), at: 0)
    guard let (found, remedy) = kind(path: file.path, start: start) else { return nil }
    return CheckpointError(
      path: file.path, found: found, allowed: "weights are read from safetensors files", remedy: remedy)
  }

  private static func kind(path: String, start: [UInt8]) -> (found: String, remedy: String)? {
    let text = String(decoding: start, as: UTF8.self)
    func begins(_ bytes: [UInt8]) -> Bool { start.starts(with: bytes) }
    if begins([0x50, 0x4B, 0x03, 0x04]) { return zip(path: path, start: start) }
    if start.count > 1, start[0] == 0x80, (2...5).contains(start[1]) {
      return ("is a Python pickle, as older versions of PyTorch wrote it", torchRemedy(path))
    }
    if begins([0x93] + Array("NUMPY".utf8)) {
      return (
        "is a single NumPy array (npy), which has no names of tensors", numpyRemedy(path, "{'NAME': numpy.load(f)}")
      )
    }
    if begins([0x89, 0x48, 0x44, 0x46]) {
      return (
        "is an HDF5 file, as Keras writes it",
        "Load it in its own program, give the tensors PyTorch's names and layouts (dense [out, in], convolution "
          + "[out, in, height, width]), and save them with safetensors.numpy.save_file"
      )
    }
    if begins(Array("GGUF".utf8)) {
      return ("is a GGUF file, as llama.cpp writes it", "Use the safetensors file that it was made of")
    }
    if text.hasPrefix("version https://git-lfs") {
      return ("is a pointer of Git LFS, not the file itself", "Get the file with git lfs pull")
    }
    let lower = text.drop(while: \.isWhitespace).lowercased()
    if lower.hasPrefix("<!doctype") || lower.hasPrefix("<html") {
      return ("is an HTML page, as a download leaves it that went wrong", "Download the file itself")
    }
    if text.drop(while: \.isWhitespace).hasPrefix("{") {
      return ("is a JSON text, as the index of a model in several files", "Name the file that holds the tensors")
    }
    if path.lowercased().hasSuffix(".onnx") || text.contains("pytorch") && begins([0x08]) {
      return ("is an ONNX model", onnxRemedy(path))
    }
    if begins([0x1F, 0x8B]) { return ("is compressed with gzip", "Unpack it first: gunzip \(quoted(path))") }
    // The header of a safetensors file begins with its length, whose upper bytes are zero.
    if start.count > 8, start.prefix(8).allSatisfy({ (0x20..<0x7F).contains($0) || (0x09...0x0D).contains($0) }) {
      return ("is a text", "Name the file that holds the tensors; a table is read with --input or as data.path")
    }
    return nil
  }

  /// The first entry of a zip archive tells a NumPy archive from PyTorch's.
  private static func zip(path: String, start: [UInt8]) -> (found: String, remedy: String) {
    var name = ""
    if start.count >= 30 {
      let length = Int(start[26]) | Int(start[27]) << 8
      name = String(decoding: start.dropFirst(30).prefix(length), as: UTF8.self)
    }
    if name.hasSuffix(".npy") { return ("is a NumPy archive (npz)", numpyRemedy(path, "dict(numpy.load(f))")) }
    if path.lowercased().hasSuffix(".keras") {
      return ("is a Keras model", "Save its weights with safetensors.numpy.save_file, in PyTorch's names and layouts")
    }
    return ("is a PyTorch file of pickles, which may run any code when it is opened", torchRemedy(path))
  }

  private static func torchRemedy(_ path: String) -> String {
    let code =
      "import torch; from safetensors.torch import save_file; m = torch.load('\(path)', map_location='cpu', "
      + "weights_only=True); m = m.get('state_dict', m); save_file({k: v.clone().contiguous() for k, v in m.items() "
      + "if torch.is_tensor(v)}, '\(target(path))')"
    return "Convert it: python3 -c \"\(code)\""
  }

  private static func numpyRemedy(_ path: String, _ tensors: String) -> String {
    "Convert it: python3 -c \"import numpy; from safetensors.numpy import save_file; f = '\(path)'; "
      + "save_file(\(tensors), '\(target(path))')\""
  }

  private static func onnxRemedy(_ path: String) -> String {
    let code =
      "import onnx; from onnx.numpy_helper import to_array; from safetensors.numpy import save_file; "
      + "save_file({t.name: to_array(t).copy() for t in onnx.load('\(path)').graph.initializer}, '\(target(path))')"
    return "Convert it: python3 -c \"\(code)\""
  }

  /// The path with `.safetensors` in the place of its extension.
  private static func target(_ path: String) -> String {
    let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    guard let dot = path[slash...].lastIndex(of: "."), dot > slash else { return path + ".safetensors" }
    return path[..<dot] + ".safetensors"
  }

  private static func quoted(_ path: String) -> String { "'\(path)'" }
}
