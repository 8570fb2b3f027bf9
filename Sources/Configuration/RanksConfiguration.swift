/// `ranks`: what a run over several processes sends, and when. A run of one process has no use for it.
public struct RanksConfiguration: Sendable, Equatable {
  /// In what form the ranks' sums of gradients travel; weights always do in single precision.
  public enum Wire: String, Sendable, CaseIterable {
    /// Single precision: the bits of a run are those of one process.
    case f32
    /// bfloat16, to the nearest: half of the bytes. The bits of a run then depend on the number of its ranks.
    case bf16
  }

  /// Whether a part of what other ranks need is sent while the rest is computed; it changes no result.
  public var overlap: Bool
  /// In what form sums of gradients travel.
  public var wire: Wire

  public init(overlap: Bool = true, wire: Wire = .f32) {
    self.overlap = overlap
    self.wire = wire
  }
}
