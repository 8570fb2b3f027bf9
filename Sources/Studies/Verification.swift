/// What a comparison of thread counts, and of numbers of ranks, found.
package struct Verification: Sendable, Encodable {
  /// One thread count's run.
  package struct Run: Sendable, Codable, Equatable {
    package var threads: Int
    /// Processes that the run would be spread over; here they are threads of one.
    package var ranks = 1
    /// Digest of all parameters and running statistics after the last step.
    package var weightsSHA256: String
  }

  /// The first place where two runs part.
  package struct Difference: Sendable, Codable, Equatable {
    /// Steps done, counted from 1.
    package var step: Int
    /// Name in files.
    package var tensor: String
    /// Place in file order.
    package var element: Int
    /// The two thread counts.
    package var threads: [Int]
    /// The two values.
    package var values: [Float]
  }

  /// Whether all runs have the same bits.
  package var identical: Bool
  /// Steps that were compared.
  package var steps: Int
  package var runs: [Run]
  package var difference: Difference?
  /// Set when the loss was not finite, where the comparison ends.
  package var divergedAtStep: Int?
}
