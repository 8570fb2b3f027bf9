import Gradients
import Kernels
import TestSupport
import Testing
import Workers

@Suite("The all-reduce")
struct ShardGradientsTests {
  /// The sum over shards [low, high) at one element, by the definition of the tree.
  private func treeSum(_ values: [Float]) -> Float {
    if values.count == 1 { return values[0] }
    var half = 1
    while half * 2 < values.count { half *= 2 }
    return treeSum(Array(values[..<half])) + treeSum(Array(values[half...]))
  }

  private func gradients(shards: Int, count: Int) -> [[Float]] {
    var generator = SeededGenerator(seed: UInt64(shards * 1000 + count))
    return (0..<shards).map { _ in generator.floats(count, in: -1000...1000) }
  }

  @Test("sums in the fixed tree, bit for bit, for any number of shards", arguments: 1...17)
  func fixedTree(shards: Int) {
    for count in [1, 3, 16, 100, 4099] {
      let values = gradients(shards: shards, count: count)
      let expected = (0..<count).map { element in treeSum(values.map { $0[element] }) }
      for merge in [false, true] {
        let store = ShardGradients(shards: shards, count: count, workers: 2, merge: merge)
        store.begin(active: shards)
        for shard in 0..<shards {
          store.acquire(shard: shard).copy(from: values[shard])
          store.complete(shard: shard)
        }
        let result = Buffer<Float>(count: count)
        store.average(0..<count, active: shards, dividedBy: 1, into: result.view)
        #expect(result.array().map(\.bitPattern) == expected.map(\.bitPattern), "\(count), merge \(merge)")
      }
    }
  }

  @Test("gives the same bits for every thread count and both ways to hold the sums", arguments: [1, 2, 3, 7])
  func threads(threads: Int) {
    let shards = 13
    let count = 1003
    let values = gradients(shards: shards, count: count)
    let expected = (0..<count).map { element in treeSum(values.map { $0[element] }).bitPattern }
    let pool = WorkerPool(threads: threads)
    for merge in [false, true] {
      let store = ShardGradients(shards: shards, count: count, workers: threads, merge: merge)
      let result = Buffer<Float>(count: count)
      for _ in 0..<20 {
        store.begin(active: shards)
        pool.run(shards) { _, shard in
          store.acquire(shard: shard).copy(from: values[shard])
          store.complete(shard: shard)
        }
        pool.run(11) { _, chunk in
          let range = chunk * count / 11..<(chunk + 1) * count / 11
          store.average(range, active: shards, dividedBy: 1, into: result.view[range])
        }
        #expect(result.array().map(\.bitPattern) == expected)
      }
    }
  }

  @Test("what is measured on the way has the same bits for every thread count and both ways", arguments: [1, 2, 3, 7])
  func measured(threads: Int) {
    let (shards, count) = (13, 10_007)
    let values = gradients(shards: shards, count: count)
    let pieces = stride(from: 0, to: count, by: 4096).map { $0..<min($0 + 4096, count) }
    let squares = values.map { $0.map { Double($0) * Double($0) }.reduce(0, +) }
    let pool = WorkerPool(threads: threads)
    var seen: [GradientSquares]?
    for merge in [false, true] {
      let store = ShardGradients(shards: shards, count: count, workers: threads, measuring: pieces, merge: merge)
      for active in [shards, 5, 1, shards] {
        store.begin(active: active)
        pool.run(active) { _, shard in
          store.acquire(shard: shard).copy(from: values[shard])
          store.complete(shard: shard)
        }
        let average = Buffer<Float>(count: count)
        let measured = Buffer<GradientSquares>(count: pieces.count)
        pool.run(pieces.count) { _, piece in
          measured.view[piece] = store.measuredAverage(
            piece, active: active, dividedBy: 7, into: average.view[pieces[piece]])
        }
        let total = measured.array().reduce(into: GradientSquares(average: 0, shards: 0)) {
          $0.average += $1.average
          $0.shards += $1.shards
        }
        let expected = active > 1 ? squares[..<active].reduce(0, +) : 0
        #expect(abs(total.shards - expected) <= 1e-6 * expected, "\(active) active, merge \(merge)")
        let norm = average.array().map { Double($0) * Double($0) }.reduce(0, +)
        #expect(abs(total.average - norm) <= 1e-6 * norm, "\(active) active, merge \(merge)")
        guard active == shards else { continue }
        #expect(seen == nil || seen == measured.array(), "merge \(merge)")
        seen = measured.array()
      }
    }
  }

  @Test("sums fewer shards than it has room for")
  func fewerShards() {
    for merge in [false, true] {
      let store = ShardGradients(shards: 8, count: 5, workers: 1, merge: merge)
      for active in [8, 3, 1, 5] {
        store.begin(active: active)
        for shard in 0..<active {
          store.acquire(shard: shard).fill(with: Float(shard + 1))
          store.complete(shard: shard)
        }
        let result = Buffer<Float>(count: 5)
        store.average(0..<5, active: active, dividedBy: 2, into: result.view)
        #expect(result.array() == Array(repeating: Float(active * (active + 1)) / 4, count: 5))
      }
    }
  }

  @Test(
    "after the first steps nothing is allocated, a smaller last batch included",
    .enabled(if: AllocationCounter.works, "a sanitizer has the heap for itself"))
  func allocations() async {
    // In a process of its own, where no other test allocates.
    await #expect(processExitsWith: .success) {
      let store = ShardGradients(shards: 13, count: 1003, workers: 3, merge: true)
      let result = Buffer<Float>(count: 1003)
      let pool = WorkerPool(threads: 3)
      let work: WorkerPool.Work = { _, shard in
        store.acquire(shard: shard).fill(with: Float(shard))
        store.complete(shard: shard)
      }
      func step(_ active: Int) {
        store.begin(active: active)
        pool.run(active, work)
        store.average(0..<1003, active: active, dividedBy: 3, into: result.view)
      }
      for active in [13, 5, 13] { step(active) }
      let allocations = AllocationCounter.count { for active in [13, 13, 5, 13, 5] { step(active) } }
      try #require(allocations == 0, "\(allocations) allocations")
      withExtendedLifetime(result) {}
    }
  }

  @Test("merging ends with the same bits where shards come in an order in which their sums fill all buffers")
  func unforeseenOrder() {
    let shards = 32
    // Those of odd number first: none of them has a sibling yet.
    let order = (0..<shards).filter { !$0.isMultiple(of: 2) } + (0..<shards).filter { $0.isMultiple(of: 2) }
    var results: [[Float]] = []
    for merge in [true, false] {
      let store = ShardGradients(shards: shards, count: 19, workers: 2, merge: merge)
      for step in 0..<3 {
        var generator = SeededGenerator(seed: UInt64(step))
        let values = (0..<shards).map { _ in generator.floats(19) }
        store.begin(active: shards)
        for shard in step == 1 ? Array(0..<shards) : order {
          store.acquire(shard: shard).copy(from: values[shard])
          store.complete(shard: shard)
        }
        let result = Buffer<Float>(count: 19)
        store.average(0..<19, active: shards, dividedBy: 7, into: result.view)
        results.append(result.array())
      }
    }
    #expect(Array(results.prefix(3)) == Array(results.suffix(3)))
  }

  @Test("merging holds about T + log2 k buffers instead of k")
  func memory() {
    let store = ShardGradients(shards: 64, count: 1 << 20, workers: 2, merge: true)
    let separate = ShardGradients(shards: 64, count: 1000, workers: 2)
    #expect(separate.bytes >= 64 * 4000)
    #expect(store.shards == 64)
    // Six levels of tree and two workers, one to spare.
    let large = ShardGradients.bytes(shards: 64, count: 25_000_000, workers: 2)
    #expect(large <= 9 * 4 * 25_001_024)
  }
}
