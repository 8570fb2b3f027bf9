import Foundation
import Testing

/// Python, where exported models are run.
enum PythonInterpreter {
  /// The one that ISOTHERM_PYTHON names, else `python3` on the path; `nil` where there is none.
  static let path: String? = {
    let environment = ProcessInfo.processInfo.environment
    if let path = environment["ISOTHERM_PYTHON"] { return path }
    return environment["PATH"]?.split(separator: ":").map { "\($0)/python3" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  /// Whether it has all that the comparison imports.
  static let hasLibraries: Bool = {
    let names = ["numpy", "onnx", "onnxruntime", "safetensors", "torch"]
    let check = "import importlib.util, sys; sys.exit(not all(map(importlib.util.find_spec, \(names))))"
    return (try? run(["-c", check]).status) == 0
  }()

  /// For `.enabled(if:)`.
  static let libraries: Comment =
    "python3 (or what ISOTHERM_PYTHON names) has no numpy, onnx, onnxruntime, safetensors and torch to compare with"

  /// Runs it to its end.
  static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(path))
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: bytes, as: UTF8.self))
  }

  static func script(_ name: String) throws -> String {
    try #require(Bundle.module.url(forResource: "Python", withExtension: nil)).appendingPathComponent(name).path
  }
}
