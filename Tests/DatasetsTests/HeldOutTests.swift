import Datasets
import Foundation
import TestSupport
import Testing

@Suite("Samples that are set apart")
struct HeldOutTests {
  private func classes(_ counts: [Int]) -> [Int32] {
    var generator = SeededGenerator(seed: 6)
    return counts.enumerated().flatMap { Array(repeating: Int32($0), count: $1) }.shuffled(using: &generator)
  }

  @Test(
    "are the share of every class, rounded to whole samples, and never all of one", arguments: [0.05, 0.1, 0.35, 0.9])
  func proportions(share: Double) {
    let counts = [1, 2, 3, 40, 101, 7, 0, 250]
    let classes = classes(counts)
    let isHeld = HeldOut.choose(share: share, classes: classes, count: classes.count, seed: 3)
    #expect(isHeld.count == classes.count)
    for (label, count) in counts.enumerated() where count > 0 {
      let held = classes.indices.count { classes[$0] == label && isHeld[$0] }
      #expect(held == min(Int((Double(count) * share).rounded()), count - 1), "class \(label) of \(count)")
    }
  }

  @Test("are that share of all where there are no classes")
  func regression() {
    for (count, expected) in [(1, 0), (2, 0), (3, 1), (10, 2), (997, 199)] {
      let isHeld = HeldOut.choose(share: 0.2, classes: nil, count: count, seed: 0)
      #expect(isHeld.count { $0 } == expected && isHeld.count == count, "\(count)")
    }
    #expect(HeldOut.choose(share: 0.5, classes: nil, count: 0, seed: 0) == [])
  }

  @Test("are the same for the same seed, others for another, and spread over the file")
  func seeds() {
    let classes = classes([200, 300])
    let all = (0..<20).map { HeldOut.choose(share: 0.3, classes: classes, count: 500, seed: UInt64($0)) }
    #expect(all[7] == HeldOut.choose(share: 0.3, classes: classes, count: 500, seed: 7))
    #expect(Set(all).count == 20)
    // Of 20 draws of 30 % each sample is taken now and then: never by none, never by all.
    let often = (0..<500).map { sample in all.count { $0[sample] } }
    #expect(often.count { $0 == 0 } <= 5 && often.max() ?? 20 < 20)
    for part in 0..<5 {
      let held = (part * 100..<(part + 1) * 100).reduce(0) { $0 + often[$1] }
      #expect(abs(Double(held) / 2000 - 0.3) < 0.05, "samples from \(part * 100)")
    }
  }

  @Test("stay set apart where more are wanted, and where another class changes")
  func nested() {
    let classes = classes([60, 90, 30])
    let few = HeldOut.choose(share: 0.1, classes: classes, count: 180, seed: 5)
    let many = HeldOut.choose(share: 0.4, classes: classes, count: 180, seed: 5)
    #expect(zip(few, many).allSatisfy { !$0 || $1 } && few != many)
    // Class 2 without some of its samples: the others' choice is their own.
    let merged = classes.map { $0 == 2 ? Int32(3) : $0 }
    #expect(HeldOut.choose(share: 0.1, classes: merged, count: 180, seed: 5) == few)
  }
}
