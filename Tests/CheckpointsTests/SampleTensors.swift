import Checkpoints
import Foundation
import Kernels
import TestSupport
import Testing

/// Tensors with odd sizes, whose memory lives as long as the process.
enum SampleTensors {
  static let weight = Buffer<Float>(numbers(15))
  static let bias = Buffer<Float>([-0.0, .infinity, .leastNonzeroMagnitude])

  static func numbers(_ count: Int) -> [Float] {
    var generator = SeededGenerator(seed: 11)
    return generator.floats(count)
  }

  /// Three kinds: in memory, made on demand, integers; not in name order.
  static let all = [
    SafetensorsTensor("1.weight", shape: [5, 3]) { $0.copy(from: weight.view) },
    SafetensorsTensor("0.bias", shape: [3], bias.view),
    SafetensorsTensor("0.num_batches_tracked", integers: [.min]),
    SafetensorsTensor("empty", shape: [0, 7]) { _ in },
  ]
}

/// A vector that keeps its elements itself.
func vector(_ name: String, _ values: [Float]) -> SafetensorsTensor {
  SafetensorsTensor(name, shape: [values.count]) { $0.copy(from: values) }
}

/// Flips bits of one byte of a file.
func corrupt(_ path: String, at offset: Int, xor mask: UInt8 = 0x01) throws {
  var bytes = try contents(path)
  bytes[offset] ^= mask
  try Data(bytes).write(to: URL(fileURLWithPath: path))
}

func contents(_ path: String) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(fileURLWithPath: path)))
}

/// The names in a folder, hidden ones too.
func names(in folder: String) throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
}

/// The error that `body` must throw.
func checkpointError(
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) -> CheckpointError? {
  #expect(throws: CheckpointError.self, sourceLocation: sourceLocation, performing: body)
}
