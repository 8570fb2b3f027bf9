/// `receipt`: a chain of digests of the run, by which somebody else can ask later whether it is what it claims.
public struct ReceiptConfiguration: Sendable, Equatable {
  /// Steps between two lines of `receipt.jsonl`; the last step has one too.
  public var everySteps: Int

  public init(everySteps: Int = 100) { self.everySteps = everySteps }
}

/// `guard`: shards that are computed twice, by two workers, to find a core or a memory that computes wrongly.
public struct GuardConfiguration: Sendable, Equatable {
  /// Share of all shards, above 0 and at most 1.
  public var share: Double

  public init(share: Double = 0.01) { self.share = share }
}
