import Configuration

extension RunConfiguration {
  /// The config's own seed, and those after it: `count` in all.
  package func seeds(_ count: Int) -> [UInt64] { (0..<UInt64(count)).map { seed &+ $0 } }

  /// The same with another seed.
  package func with(seed: UInt64) -> RunConfiguration {
    var result = self
    result.seed = seed
    return result
  }
}
