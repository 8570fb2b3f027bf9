import Kernels

/// Random numbers from the distribution Beta(α, α) on 0...1, whose density is proportional to (x (1 − x))^(α − 1).
package enum SymmetricBeta {
  /// A number from random words; with the bits that every machine computes.
  ///
  /// From α = ½ on it is ½ + ½ cos(2πV) √(1 − U^(2 ÷ (2α − 1))) of two even U and V (Ulrich 1984; Devroye 1986, chapter IX.4.3).
  /// Below, of U^(1/α) and V^(1/α) whose sum is at most 1 it is the first one's share of the sum (Jöhnk 1964): at most one
  /// pair in five has a larger sum, and the next one is asked for. Powers so small that a number cannot hold them are compared
  /// by their logarithms.
  ///
  /// - Parameter words: the words of a number, from 0 on; the same each time.
  package static func draw(_ alpha: Double, words: (UInt32) -> SIMD4<UInt32>) -> Double {
    func logarithm(_ word: UInt32) -> Double { Elementary.log((Double(word) + 1) * 0x1p-32) }
    guard alpha < 0.5 else {
      let pair = words(0)
      let square = 1 - (alpha > 0.5 ? Elementary.exp(2 / (2 * alpha - 1) * logarithm(pair.x)) : 0)
      let cosine = Elementary.cosineAndSine(turns: Double(pair.y) * 0x1p-32).cosine
      return 0.5 + 0.5 * cosine * max(0, square).squareRoot()
    }
    var number: UInt32 = 0
    while true {
      let pair = words(number)
      let (first, second) = (logarithm(pair.x) / alpha, logarithm(pair.y) / alpha)
      let larger = max(first, second)
      let share = Elementary.exp(first - larger)
      let sum = share + Elementary.exp(second - larger)
      if larger + Elementary.log(sum) <= 0 { return share / sum }
      number += 1
    }
  }
}
