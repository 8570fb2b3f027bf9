/// `ranks`: what a run over several processes sends, and when. A run of one process has no use for it.
public struct RanksConfiguration: Sendable, Equatable {
  /// Whether a part of what other ranks need is sent while the rest is computed; it changes no result.
  public var overlap: Bool

  public init(overlap: Bool = true) { self.overlap = overlap }
}
