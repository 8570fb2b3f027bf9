/// What a comparison of thread counts found.
public struct Verification: Sendable, Encodable {
  /// One thread count's run.
  public struct Run: Sendable, Codable, Equatable {
    public var threads: Int
    /// Digest of all parameters and running statistics after the last step.
    public var weightsSHA256: String
  }

  /// The first place where two runs part.
  public struct Difference: Sendable, Codable, Equatable {
    /// Steps done, counted from 1.
    public var step: Int
    /// Name in files.
    public var tensor: String
    /// Place in file order.
    public var element: Int
    /// The two thread counts.
    public var threads: [Int]
    /// The two values.
    public var values: [Float]
  }

  /// Whether all runs have the same bits.
  public var identical: Bool
  /// Steps that were compared.
  public var steps: Int
  public var runs: [Run]
  public var difference: Difference?
  /// Set when the loss was not finite, where the comparison ends.
  public var divergedAtStep: Int?
}
