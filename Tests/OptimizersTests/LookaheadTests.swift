import Kernels
import Optimizers
import TestSupport
import Testing

@Suite("Lookahead")
struct LookaheadTests {
  /// Every k steps s ← d·s + (1 − d)·w; w ← s, in double precision.
  private static func naive(
    _ start: [Float], _ moves: [[Float]], every: Int, decay: Double, power: Int
  ) -> (weights: [Double], slow: [Double]) {
    var weights = start.map(Double.init)
    var slow = weights
    for (step, move) in moves.enumerated() {
      for index in weights.indices { weights[index] += Double(move[index]) }
      guard (step + 1) % every == 0 else { continue }
      var share = decay
      for _ in 0..<power { share *= Double(step + 1) / Double(moves.count) }
      for index in weights.indices {
        slow[index] = share * slow[index] + (1 - share) * weights[index]
        weights[index] = slow[index]
      }
    }
    return (weights, slow)
  }

  @Test(
    "slow weights follow every k steps, and the weights begin anew from them", arguments: [1, 3, 5],
    [(0.5, 0), (0.9, 1), (0.77, 3), (0, 0), (1, 0)])
  func definition(every: Int, share: (decay: Double, power: Int)) {
    var generator = SeededGenerator(seed: 4)
    let start = generator.floats(37)
    let moves = (0..<17).map { _ in generator.floats(37) }
    let lookahead = Lookahead(every: every, decay: share.decay, power: share.power).over(steps: moves.count)
    let (weights, slow) = (Buffer(start), Buffer(start))
    for (step, move) in moves.enumerated() {
      for index in weights.view.indices { weights.view[index] += move[index] }
      for range in [0..<1, 1..<30, 30..<37] {
        lookahead.follow(weights.view[range], with: slow.view[range], step: step)
      }
      if (step + 1) % every == 0 { #expect(weights.array() == slow.array()) }
    }
    let expected = Self.naive(start, moves, every: every, decay: share.decay, power: share.power)
    expectClose(weights.array(), expected.weights.map { Float($0) }, relative: 1e-5, absolute: 1e-6)
    expectClose(slow.array(), expected.slow.map { Float($0) }, relative: 1e-5, absolute: 1e-6)
  }

  @Test("the share that stays rises with the run, as airbench94's: .95⁵·(t ÷ T)³")
  func share() {
    let decay = 0.95 * 0.95 * 0.95 * 0.95 * 0.95
    let lookahead = Lookahead(every: 5, decay: decay, power: 3).over(steps: 476)
    #expect(lookahead.decay(after: 476) == decay)
    #expect(abs(lookahead.decay(after: 238) - decay / 8) < 1e-15)
    // A run that was made longer than it is goes no further.
    #expect(lookahead.decay(after: 1000) == decay)
    #expect(Lookahead(decay: 0.3).decay(after: 1) == 0.3)
  }
}
