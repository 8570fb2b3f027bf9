import Kernels

/// Which samples are set apart for validation or test: a pure function of the seed and, where there are classes, of the
/// classes, in the same proportions.
package enum HeldOut {
  /// For each sample, whether it is set apart.
  ///
  /// Of each class, the `share` with the least random words is taken, rounded to whole samples; at least one of a class
  /// with two or more stays.
  package static func choose(share: Double, classes: [Int32]?, count: Int, seed: UInt64) -> [Bool] {
    var members: [Int32: [Int]] = [:]
    for sample in 0..<count { members[classes?[sample] ?? 0, default: []].append(sample) }
    let philox = Philox(seed: seed, purpose: .sampling)
    var isHeld = Array(repeating: false, count: count)
    for samples in members.values {
      let wanted = min(Int((Double(samples.count) * share).rounded()), samples.count - 1)
      let drawn = samples.map { sample in
        let words = philox.block(word(sample), word(sample >> 32), 7)
        return (UInt64(words.x) << 32 | UInt64(words.y), sample)
      }
      for (_, sample) in drawn.sorted(by: <).prefix(max(0, wanted)) { isHeld[sample] = true }
    }
    return isHeld
  }

  /// The same for a set in memory.
  package static func choose(share: Double, of dataset: Dataset, seed: UInt64) -> [Bool] {
    var classes: [Int32]?
    if case .classes = dataset.targets { classes = (0..<dataset.count).map { Int32(dataset.label(of: $0)) } }
    return choose(share: share, classes: classes, count: dataset.count, seed: seed)
  }
}
