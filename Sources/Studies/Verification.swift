/// What a comparison of thread counts, and of numbers of ranks, found.
package struct Verification: Sendable, Encodable {
  /// One thread count's run.
  package struct Run: Sendable, Codable, Equatable {
    package var threads: Int
    /// Processes that the run would be spread over; here they are threads of one.
    package var ranks = 1
    /// Whether ranks round the sums that they send, so that the bits are those of this number of ranks alone.
    package var isRounded = false
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

  /// Whether all runs have the same bits; of those whose ranks round what they send, all of one number of ranks.
  package var identical: Bool
  /// Steps that were compared.
  package var steps: Int
  package var runs: [Run]
  package var difference: Difference?
  /// Set when the loss was not finite, where the comparison ends.
  package var divergedAtStep: Int?

  /// The first run with other bits than those it has to have: those of the first run, or where ranks round, of the first
  /// with as many ranks.
  package var firstOdd: Run? {
    runs.first { run in
      let expected = run.isRounded ? runs.first { $0.ranks == run.ranks && $0.isRounded } : runs.first
      return run.weightsSHA256 != expected?.weightsSHA256
    }
  }
}
