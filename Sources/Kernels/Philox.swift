/// Philox4x32-10: random numbers as a pure function of a key and a counter (Salmon et al. 2011, §3.3).
///
/// There is no state, so a number depends on nothing but what it is for: no thread, order or resume can change it.
public struct Philox: Sendable, Equatable {
  /// What the numbers are for: two purposes never share a number.
  public enum Purpose: UInt32, Sendable, CaseIterable {
    /// The order of the samples.
    case order = 1
    /// Crops and flips.
    case augmentation
    /// Initial weights.
    case initialization
    /// Dropout masks.
    case dropout
    /// Synthetic data.
    case synthetic
    /// Splits and resampling of data.
    case sampling
    /// Which shards are computed twice.
    case guarding
  }

  let key0: UInt32
  let key1: UInt32
  let purpose: UInt32

  /// The generator of one seed and one purpose.
  public init(seed: UInt64, purpose: Purpose) {
    key0 = UInt32(truncatingIfNeeded: seed)
    key1 = UInt32(truncatingIfNeeded: seed >> 32)
    self.purpose = purpose.rawValue
  }

  /// Four independent words, uniform over all 32-bit numbers, at one counter. `d` is below 2^24.
  @inlinable
  public func block(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32 = 0) -> SIMD4<UInt32> {
    Philox.rounds(SIMD4(a, b, c, lastWord(d)), key: keyWords)
  }

  /// The counter's last word: the purpose above, `d` below.
  @usableFromInline
  func lastWord(_ d: UInt32) -> UInt32 {
    precondition(d < 1 << 24, "counter word \(d) is not below 2^24")
    return purpose << 24 | d
  }

  @usableFromInline
  var keyWords: SIMD2<UInt32> { SIMD2(key0, key1) }

  /// The ten rounds.
  public static func rounds(_ counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var word = counter
    var key = key
    for _ in 0..<10 {
      let p0 = UInt64(word[0]) * 0xD251_1F53
      let p1 = UInt64(word[2]) * 0xCD9E_8D57
      word = SIMD4(
        UInt32(truncatingIfNeeded: p1 >> 32) ^ word[1] ^ key[0], UInt32(truncatingIfNeeded: p1),
        UInt32(truncatingIfNeeded: p0 >> 32) ^ word[3] ^ key[1], UInt32(truncatingIfNeeded: p0))
      key[0] &+= 0x9E37_79B9
      key[1] &+= 0xBB67_AE85
    }
    return word
  }

  /// A number in [0, 1): a multiple of 2^−24.
  public static func uniform(_ word: UInt32) -> Float { Float(word >> 8) * 0x1p-24 }

  /// A number in (0, 1]: a multiple of 2^−24.
  public static func positiveUniform(_ word: UInt32) -> Float { Float((word >> 8) + 1) * 0x1p-24 }

  /// A number in 0..<limit from two words; its bias is below limit ÷ 2^64.
  public static func bounded(_ high: UInt32, _ low: UInt32, below limit: Int) -> Int {
    precondition(limit > 0, "no number below \(limit)")
    let word = UInt64(high) << 32 | UInt64(low)
    return Int(word.multipliedFullWidth(by: UInt64(limit)).high)
  }

  /// Two independent standard normal numbers from two words (Box & Muller 1958); at most √(2 · 32 ln 2) ≈ 6.7 in size.
  public static func normalPair(_ first: UInt32, _ second: UInt32) -> (Float, Float) {
    let radius = (-2 * Elementary.log((Double(first) + 1) * 0x1p-32)).squareRoot()
    let (cosine, sine) = Elementary.cosineAndSine(turns: Double(second) * 0x1p-32)
    return (Float(radius * cosine), Float(radius * sine))
  }
}
