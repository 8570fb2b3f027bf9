import Foundation

/// A line of `receipt.jsonl`: what a run was after so many steps, and how it came there from the line before.
///
/// The lines are a chain: each has a digest of its own content, in which that of the line before stands. Whoever changes
/// a line has to make all later ones anew, and whoever does has to have computed the run that they tell of.
public struct ReceiptLine: Codable, Sendable, Equatable {
  /// Steps done.
  public var step: Int
  /// SHA-256 over parameters, running statistics and optimizer state, as `StateDigest` takes it.
  public var stateSHA256: String
  /// A digest that follows the steps since the line before: number, loss, learning rate and samples of each, in order.
  public var stepsSHA256: String
  /// Digest of what in the config decides the weights; see `RunConfiguration.trainingText`.
  public var configurationSHA256: String
  /// Digest of all samples and their targets.
  public var dataSHA256: String
  /// Digest of the program's file.
  public var programSHA256: String
  /// Kernel family, such as `avx512`, and core of OpenBLAS: with others the bits are others.
  public var kernels: String
  public var blas: String
  /// `sha256` of the line before; `nil` in the first.
  public var previous: String?
  /// Digest of this line as compact JSON with sorted keys, without this key.
  public var sha256: String?

  package init(
    step: Int, stateSHA256: String, stepsSHA256: String, configurationSHA256: String, dataSHA256: String,
    programSHA256: String, kernels: String, blas: String, previous: String? = nil
  ) {
    self.step = step
    self.stateSHA256 = stateSHA256
    self.stepsSHA256 = stepsSHA256
    self.configurationSHA256 = configurationSHA256
    self.dataSHA256 = dataSHA256
    self.programSHA256 = programSHA256
    self.kernels = kernels
    self.blas = blas
    self.previous = previous
  }

  /// The lines of a file, up to the first that is none: a kill may have cut the last one off.
  package static func lines(_ contents: Data) -> [ReceiptLine] {
    var lines: [ReceiptLine] = []
    for row in contents.split(separator: UInt8(ascii: "\n")) {
      guard let line = try? JSONDecoder().decode(ReceiptLine.self, from: Data(row)) else { break }
      lines.append(line)
    }
    return lines
  }
}
