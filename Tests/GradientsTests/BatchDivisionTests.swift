import Gradients
import Models
import Testing

@Suite("The division of a batch")
struct BatchDivisionTests {
  /// Microbatches of `size`, at most, in a batch.
  private func ceiling(_ count: Int, _ size: Int) -> Int { count / size + (count % size == 0 ? 0 : 1) }

  @Test("covers every sample once with whole microbatches, dealt evenly")
  func properties() throws {
    for batch in [1, 2, 3, 7, 16, 31, 32, 33, 100, 255, 256, 257, 1000] {
      for microbatch in [1, 2, 5, 16, 32, 33, 64] {
        for shards in 1...min(40, ceiling(batch, microbatch)) {
          let division = try BatchDivision(
            batch: batch, shards: shards, microbatch: microbatch, isConvolutional: false)
          #expect(division.batch == batch && division.shards == shards && division.microbatch == microbatch)
          let even = try BatchDivision(
            batch: batch, shards: shards, microbatch: microbatch, isConvolutional: true,
            dealsEvenly: true)
          // The whole batch, and smaller last ones.
          for count in Set([batch, batch - 1, batch / 2, 1]) where count > 0 {
            expectSound(division, count: count)
            expectSound(even, count: count)
          }
        }
      }
    }
  }

  private func expectSound(_ division: BatchDivision, count: Int) {
    let label = "\(count) of \(division)"
    let active = division.batch(count: count).shards
    let microbatches = ceiling(count, division.microbatch)
    #expect(division.microbatches(count: count) == microbatches, "\(label)")
    #expect(active == min(division.shards, microbatches), "\(label)")
    let shards = (0..<active).map { division.batch(count: count).samples(ofShard: $0) }
    var next = 0
    for shard in shards {
      // One after the other, none empty.
      #expect(shard.lowerBound == next && !shard.isEmpty, "\(label)")
      next = shard.upperBound
    }
    #expect(next == count, "\(label)")
    #expect(
      division.batch(count: count).squaredShardSamples == shards.reduce(0) { $0 + $1.count * $1.count }, "\(label)")
    #expect(division.largestShard(count: count) == shards.map(\.count).max(), "\(label)")
    let dealt = (0..<active).map { division.batch(count: count).microbatches(ofShard: $0) }
    let counts = dealt.map(\.count)
    #expect(dealt.flatMap { Array($0) } == Array(0..<microbatches), "\(label): \(dealt)")
    #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1, "\(label): \(dealt)")
    let dealing = division.dealing(count: count)
    for (shard, own) in zip(shards, dealt) {
      // Whole microbatches, which cover the shard.
      #expect(own.flatMap { Array(dealing[$0]) } == Array(shard), "\(label)")
    }
    let sizes = (0..<microbatches).map { dealing[$0].count }
    #expect(sizes.max() ?? 0 <= division.microbatch && sizes.min() ?? 0 >= 1, "\(label): \(sizes)")
    #expect(dealing.sizes == (sizes.min() ?? 0, sizes.max() ?? 0), "\(label): \(sizes)")
    if division.dealsEvenly {
      #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1, "\(label): \(sizes)")
    } else {
      #expect(sizes.dropLast().allSatisfy { $0 == division.microbatch }, "\(label): \(sizes)")
    }
    // Where n divides the samples, both ways are one.
    if count % division.microbatch == 0 { #expect(sizes.allSatisfy { $0 == division.microbatch }, "\(label)") }
  }

  @Test("microbatches that share a batch evenly begin at i·count ÷ m")
  func evenStarts() {
    for (count, size, starts) in [
      (65, 32, [0, 21, 43, 65]), (33, 32, [0, 16, 33]), (64, 32, [0, 32, 64]), (10, 4, [0, 3, 6, 10]), (3, 4, [0, 3]),
    ] {
      // As part of a larger batch, too.
      for first in [0, 7] {
        let dealing = MicrobatchDealing(first..<first + count, size: size, isEven: true)
        #expect((0..<dealing.count).map { dealing[$0].lowerBound - first } == Array(starts.dropLast()))
        #expect(dealing[dealing.count - 1].upperBound == first + count)
      }
    }
  }

  struct Default: Sendable {
    var batch: Int
    var isConvolutional: Bool
    var shards: Int? = nil
    var microbatch: Int? = nil
    var expected: (microbatch: Int, shards: Int)
  }

  @Test(
    "by default follows the documented rule",
    arguments: [
      // Convolutions: microbatches of 32, up to 16 shards of one or two; from 33 microbatches on half as many.
      Default(batch: 1024, isConvolutional: true, expected: (32, 16)),
      Default(batch: 512, isConvolutional: true, expected: (32, 16)),
      Default(batch: 1056, isConvolutional: true, expected: (32, 16)),
      Default(batch: 1090, isConvolutional: true, expected: (32, 17)),
      Default(batch: 4096, isConvolutional: true, expected: (32, 64)),
      Default(batch: 8192, isConvolutional: true, expected: (32, 128)),
      Default(batch: 100_000, isConvolutional: true, expected: (32, 128)),
      Default(batch: 256, isConvolutional: true, expected: (32, 8)),
      Default(batch: 100, isConvolutional: true, expected: (32, 4)),
      Default(batch: 20, isConvolutional: true, expected: (20, 1)),
      Default(batch: 1, isConvolutional: true, expected: (1, 1)),
      // Dense: an eighth of the batch, within 32…128, in multiples of 16.
      Default(batch: 64, isConvolutional: false, expected: (32, 2)),
      Default(batch: 512, isConvolutional: false, expected: (64, 8)),
      Default(batch: 1024, isConvolutional: false, expected: (128, 8)),
      Default(batch: 1000, isConvolutional: false, expected: (128, 8)),
      Default(batch: 1025, isConvolutional: false, expected: (128, 9)),
      Default(batch: 2048, isConvolutional: false, expected: (128, 16)),
      Default(batch: 4096, isConvolutional: false, expected: (128, 16)),
      Default(batch: 16_384, isConvolutional: false, expected: (128, 64)),
      Default(batch: 65_536, isConvolutional: false, expected: (128, 128)),
      Default(batch: 7, isConvolutional: false, expected: (7, 1)),
      // One of the two is given.
      Default(batch: 256, isConvolutional: true, shards: 4, expected: (32, 4)),
      Default(batch: 256, isConvolutional: true, shards: 16, expected: (16, 16)),
      Default(batch: 100, isConvolutional: false, shards: 3, expected: (32, 3)),
      Default(batch: 100, isConvolutional: true, shards: 16, expected: (6, 16)),
      Default(batch: 33, isConvolutional: false, shards: 32, expected: (1, 32)),
      Default(batch: 9, isConvolutional: false, shards: 4, expected: (2, 4)),
      Default(batch: 256, isConvolutional: true, microbatch: 8, expected: (8, 16)),
      Default(batch: 50, isConvolutional: false, microbatch: 8, expected: (8, 7)),
      Default(batch: 50, isConvolutional: false, microbatch: 64, expected: (64, 1)),
    ])
  func defaults(test: Default) throws {
    let division = try BatchDivision(
      batch: test.batch, shards: test.shards, microbatch: test.microbatch,
      isConvolutional: test.isConvolutional)
    #expect(division.microbatch == test.expected.microbatch, "\(test)")
    #expect(division.shards == test.expected.shards, "\(test)")
  }

  @Test("with the microbatch left out finds one for every number of shards up to the samples")
  func everyShardCount() throws {
    for batch in 1...130 {
      for shards in 1...batch {
        for isConvolutional in [true, false] {
          let division = try BatchDivision(
            batch: batch, shards: shards, isConvolutional: isConvolutional)
          #expect(division.shards == shards && division.batch(count: batch).shards == shards, "\(batch) in \(shards)")
        }
      }
    }
  }

  @Test("refuses more shards than microbatches, naming both and what to do")
  func tooManyShards() throws {
    let cases: [(batch: Int, shards: Int, microbatch: Int?, most: String)] = [
      (64, 9, 8, "at most 8"), (64, 3, 64, "at most 1 "), (10, 11, nil, "at most 10"), (65, 10, 8, "at most 9"),
    ]
    for test in cases {
      let error = #expect(throws: ModelError.self) {
        try BatchDivision(
          batch: test.batch, shards: test.shards, microbatch: test.microbatch, isConvolutional: true)
      }
      let found = try #require(error)
      #expect(found.path == "batch.shards")
      #expect(found.message.contains("found \(test.shards)") && found.message.contains(test.most), "\(found)")
    }
  }
}
