import Calendars
import Datasets
import TestSupport
import Testing

@Suite struct TrainingOrderTests {
  private func samples(_ order: TrainingOrder, step: Int) -> [Int] {
    let position = order.position(ofStep: step)
    order.prepare(position)
    return (0..<position.count).map { order.sample(position, $0) }
  }

  private func epoch(_ order: TrainingOrder, _ epoch: Int) -> [Int] {
    (0..<order.stepsPerEpoch).flatMap { samples(order, step: epoch * order.stepsPerEpoch + $0) }
  }

  @Test("a shuffled epoch visits every sample once", arguments: [1, 2, 3, 97, 1000])
  func permutation(count: Int) {
    for batch in [1, 7, 32, count] where batch <= count {
      let order = TrainingOrder(count: count, batch: batch, order: .reshuffle, lastBatch: .keep, seed: 11)
      #expect(epoch(order, 0).sorted() == Array(0..<count))
      #expect(epoch(order, 5).sorted() == Array(0..<count))
    }
  }

  @Test("epochs and seeds differ, and the order does not depend on the batch")
  func keys() {
    let order = TrainingOrder(count: 500, batch: 50, order: .reshuffle, lastBatch: .drop, seed: 1)
    let other = TrainingOrder(count: 500, batch: 50, order: .reshuffle, lastBatch: .drop, seed: 2)
    let large = TrainingOrder(count: 500, batch: 250, order: .reshuffle, lastBatch: .drop, seed: 1)
    #expect(epoch(order, 0) != epoch(order, 1))
    #expect(epoch(order, 0) != epoch(other, 0))
    #expect(epoch(order, 3) == epoch(large, 3))
    #expect(epoch(order, 0) != Array(0..<500))
  }

  @Test("a step's samples do not depend on which steps were asked before", arguments: SampleOrder.allCases)
  func pure(kind: SampleOrder) {
    let forward = TrainingOrder(count: 103, batch: 10, order: kind, lastBatch: .keep, seed: 9)
    let expected = (0..<60).map { samples(forward, step: $0) }
    let jumping = TrainingOrder(count: 103, batch: 10, order: kind, lastBatch: .keep, seed: 9)
    for step in [59, 0, 30, 31, 12, 59, 11, 10, 44] { #expect(samples(jumping, step: step) == expected[step]) }
  }

  @Test("the last smaller batch is dropped or kept; under iid an epoch is whole batches")
  func lastBatch() {
    func positions(_ kind: SampleOrder, _ last: LastBatch) -> [BatchPosition] {
      let order = TrainingOrder(count: 10, batch: 4, order: kind, lastBatch: last, seed: 1)
      return (0..<4).map(order.position)
    }
    #expect(
      positions(.reshuffle, .drop) == [
        BatchPosition(epoch: 0, step: 0, first: 0, count: 4), BatchPosition(epoch: 0, step: 1, first: 4, count: 4),
        BatchPosition(epoch: 1, step: 2, first: 0, count: 4), BatchPosition(epoch: 1, step: 3, first: 4, count: 4),
      ])
    #expect(
      positions(.sequential, .keep) == [
        BatchPosition(epoch: 0, step: 0, first: 0, count: 4), BatchPosition(epoch: 0, step: 1, first: 4, count: 4),
        BatchPosition(epoch: 0, step: 2, first: 8, count: 2), BatchPosition(epoch: 1, step: 3, first: 0, count: 4),
      ])
    #expect(positions(.iid, .keep) == positions(.reshuffle, .drop))
  }

  @Test("sequential order is the files'")
  func sequential() {
    let order = TrainingOrder(count: 10, batch: 4, order: .sequential, lastBatch: .drop, seed: 1)
    #expect(epoch(order, 3) == Array(0..<8))
  }

  @Test("iid draws are uniform, and so is where a shuffle puts a sample (chi-square)")
  func uniform() {
    // 99.99 % of chi-square with 49 degrees of freedom lie in 18.9 … 99 (Wilson–Hilferty); the seeds are fixed.
    func chiSquare(_ counts: [Int]) -> Double {
      let expected = Double(counts.reduce(0, +)) / Double(counts.count)
      return counts.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
    }
    let drawn = TrainingOrder(count: 50, batch: 50, order: .iid, lastBatch: .drop, seed: 3)
    var draws = Array(repeating: 0, count: 50)
    for step in 0..<1000 { for sample in samples(drawn, step: step) { draws[sample] += 1 } }
    #expect((18.9...99).contains(chiSquare(draws)))

    let shuffled = TrainingOrder(count: 50, batch: 50, order: .reshuffle, lastBatch: .drop, seed: 3)
    var first = Array(repeating: 0, count: 50)
    var placeOfSeven = first
    for epoch in 0..<5000 {
      let order = samples(shuffled, step: epoch)
      first[order[0]] += 1
      placeOfSeven[order.firstIndex(of: 7)!] += 1
    }
    #expect((18.9...99).contains(chiSquare(first)))
    #expect((18.9...99).contains(chiSquare(placeOfSeven)))
  }

  @Test("a batch repeats samples under iid as chance has it")
  func replacement() {
    let order = TrainingOrder(count: 1000, batch: 1000, order: .iid, lastBatch: .drop, seed: 4)
    // 1 − 1/e of the set is drawn at least once; deviation about 10.
    #expect(abs(Set(samples(order, step: 0)).count - 632) < 40)
  }

  @Test("preparing epochs in turn keeps the one before readable")
  func twoEpochs() {
    let order = TrainingOrder(count: 40, batch: 40, order: .reshuffle, lastBatch: .drop, seed: 1)
    let before = samples(order, step: 0)
    order.prepare(order.position(ofStep: 1))
    #expect((0..<40).map { order.sample(order.position(ofStep: 0), $0) } == before)
  }
}
