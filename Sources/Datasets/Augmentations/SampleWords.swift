import Kernels

/// The random words of one entry of `data.augment` for one sample: a pure function of seed, epoch, sample and entry.
package struct SampleWords: Sendable {
  let philox: Philox
  /// (epoch, sample), or (step, position) under `iid` order.
  let key: (UInt32, UInt32)
  let entry: UInt32

  package init(_ philox: Philox, key: (UInt32, UInt32), entry: UInt32) {
    self.philox = philox
    self.key = key
    self.entry = entry
  }

  /// The words of the same sample in the first epoch.
  var firstEpoch: SampleWords { SampleWords(philox, key: (0, key.1), entry: entry) }

  /// Four words; other numbers have others.
  package func block(_ number: UInt32 = 0) -> SIMD4<UInt32> { philox.block(key.0, key.1, entry, number) }
}
