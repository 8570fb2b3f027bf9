import Calendars
import Configuration
import Coordinator
import Datasets
import Foundation
import Gradients
import Kernels
import Models
import Optimizers
import Records
import Statistics
import Synchronization
import TestSupport
import Testing

/// A network of changing speed.
private struct DelayedCollective: Collective {
  let base: SharedCollective
  var rank: Int { base.rank }
  var ranks: Int { base.ranks }
  var hosts: [String] { base.hosts }

  func exchange<Element>(_ values: View<Element>, _ deliveries: [Delivery]) {
    usleep(.random(in: 0...500))
    base.exchange(values, deliveries)
    usleep(.random(in: 0...500))
  }

  func agree(_ wish: Bool) -> Bool { base.agree(wish) }
}

@Suite("Several ranks")
struct RankTests {
  /// Trains with P ranks side by side, each a trainer of its own, and gives what is asked of every rank's.
  private func results<Value: Sendable>(
    _ configuration: RunConfiguration, _ splits: DataSplits, ranks: Int, threads: Int, steps: Int,
    room: SharedCollective.Room? = nil, delays: Bool = false, of value: @escaping @Sendable (Trainer) -> Value
  ) throws -> [Value] {
    let room = room ?? SharedCollective.Room(ranks: ranks)
    let results = Mutex<[Int: Result<Value, any Error>]>([:])
    let group = DispatchGroup()
    for rank in 0..<ranks {
      group.enter()
      let thread = Thread {
        let result = Result {
          let shared = SharedCollective(rank: rank, in: room)
          let collective: any Collective = delays ? DelayedCollective(base: shared) : shared
          let trainer = try Trainer(
            RunPlan(configuration, splits: splits, threads: threads), collective: collective)
          for _ in 0..<steps { _ = trainer.takeStep() }
          return value(trainer)
        }
        results.withLock { $0[rank] = result }
        group.leave()
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    group.wait()
    return try results.withLock { results in try (0..<ranks).map { try results[$0]!.get() } }
  }

  @Test(
    "have the bits of one, whatever their number, with batch norm, dropout, clipping, LARS and a smaller last batch",
    arguments: [2, 3, 4, 7])
  func sameBits(ranks: Int) throws {
    let vectors = Runs.samples(.features(29), count: 211)
    let images = Runs.samples(.image(height: 7, width: 7, channels: 3), count: 101)
    var clipped = Runs.configuration(
      .mlp(hidden: [33, 17]), batch: 22, shards: 7, microbatch: 3, method: .sgd(momentum: 0.9, nesterov: true))
    clipped.optimizer.clipNorm = 0.1
    clipped.data.lastBatch = .keep
    let lars = Runs.configuration(
      .mlp(hidden: [33, 17]), batch: 22, shards: 5, microbatch: 3, method: .lars(momentum: 0.9, trust: 0.01))
    let convolutional = Runs.configuration(Runs.convolutional, batch: 24, shards: 6, microbatch: 4)
    var mixed = Runs.configuration(.mlp(hidden: [33, 17]), batch: 22, shards: 7, microbatch: 3)
    mixed.data.augmentations = [.mixup(alpha: 1)]
    for (configuration, splits) in [(clipped, vectors), (lars, vectors), (convolutional, images), (mixed, vectors)] {
      let trainer = try Trainer(RunPlan(configuration, splits: splits, threads: 1))
      for _ in 0..<12 { _ = trainer.takeStep() }
      let found = try results(configuration, splits, ranks: ranks, threads: ranks % 2 + 1, steps: 12) {
        // Measuring the gradient between two steps changes nothing.
        (histograms: $0.tensorHistograms(), digest: $0.takeStep() == nil ? "" : $0.weightsSHA256)
      }
      let histograms = trainer.tensorHistograms()
      _ = trainer.takeStep()
      let digests = found.map { $0.digest }
      #expect(digests == Array(repeating: trainer.weightsSHA256, count: ranks))
      #expect(found.map(\.histograms) == Array(repeating: histograms, count: ranks))
    }
  }

  @Test(
    "factor wide layers, follow weights by an average, take LAMB's norms and share evaluations, to the bits of one",
    arguments: [2, 3, 5, 8])
  func wide(ranks: Int) throws {
    let vectors = Runs.samples(.features(301), count: 130)
    var averaged = Runs.configuration(
      .mlp(hidden: [270, 310]), batch: 40, shards: 8, microbatch: 3, method: .adamW(AdamConfiguration()))
    averaged.optimizer.average = WeightAverage(decay: 0.9)
    let lamb = Runs.configuration(.mlp(hidden: [270, 310]), batch: 40, shards: 6, microbatch: 5, method: .lamb())
    var clipped = Runs.configuration(
      .mlp(hidden: [270, 310]), batch: 40, shards: 5, microbatch: 8, method: .sgd(momentum: 0.9, nesterov: false))
    clipped.optimizer.clipNorm = 0.01
    for configuration in [averaged, lamb, clipped] {
      let plan = try RunPlan(configuration, splits: vectors, threads: 2)
      #expect(plan.record.layers?.contains { $0.kind.contains("factored") } == true)
      let trainer = try Trainer(plan)
      for _ in 0..<9 { _ = trainer.takeStep() }
      let evaluation = try trainer.evaluate()
      let noise = trainer.progress.noise
      let found = try results(configuration, vectors, ranks: ranks, threads: ranks % 3 + 1, steps: 9) { trainer in
        trainer.collectState()
        let evaluation: Evaluation? = try? trainer.evaluate()
        return (evaluation, trainer.weightsSHA256, trainer.stateSHA256, trainer.progress.noise)
      }
      let (weights, state) = (trainer.weightsSHA256, trainer.stateSHA256)
      for rank in found {
        #expect(rank.0 == evaluation)
        #expect(rank.1 == weights)
        #expect(rank.2 == state)
        #expect(rank.3 == noise)
      }
    }
  }

  @Test(
    "have one digest for all numbers of threads and ranks, whether or not they send while they compute, at any pace",
    arguments: [1, 2, 3, 7])
  func overlap(threads: Int) throws {
    let vectors = Runs.samples(.features(301), count: 130)
    let images = Runs.samples(.image(height: 7, width: 7, channels: 3), count: 101)
    let factored = Runs.configuration(
      .mlp(hidden: [270, 310]), batch: 40, shards: 8, microbatch: 5, method: .sgd(momentum: 0.9, nesterov: false))
    var lars = Runs.configuration(
      .mlp(hidden: [400, 300]), batch: 36, shards: 6, microbatch: 3, method: .lars(momentum: 0.9, trust: 0.01))
    (lars.optimizer.clipNorm, lars.data.lastBatch) = (0.5, .keep)
    let convolutional = Runs.configuration(Runs.convolutional, batch: 24, shards: 6, microbatch: 4)
    // So many samples that a rank of two or three has more numbers in factors than in its sums.
    let large = Runs.configuration(
      .mlp(hidden: [270, 310]), batch: 320, shards: 8, microbatch: 20, method: .sgd(momentum: 0.9, nesterov: false))
    let many = Runs.samples(.features(301), count: 700)
    for (configuration, splits) in [(factored, vectors), (large, many), (lars, vectors), (convolutional, images)] {
      let alone = try Trainer(RunPlan(configuration, splits: splits, threads: 1))
      for _ in 0..<6 { _ = alone.takeStep() }
      let (expected, noise) = (alone.weightsSHA256, alone.progress.noise)
      for ranks in [1, 2, 3, 5, 8] {
        for overlap in [true, false] {
          var configuration = configuration
          configuration.ranks = RanksConfiguration(overlap: overlap)
          let found = try results(
            configuration, splits, ranks: ranks, threads: threads, steps: 6, delays: overlap
          ) { (digest: $0.weightsSHA256, noise: $0.progress.noise) }
          let round = "\(ranks) ranks, overlap \(overlap)"
          #expect(found.map(\.digest) == Array(repeating: expected, count: ranks), "\(round)")
          #expect(found.allSatisfy { $0.noise == noise }, "\(round)")
        }
      }
    }
  }

  @Test(
    "that send rounded sums have one digest for each number of ranks, near to that of exact sums", arguments: [2, 3, 5])
  func rounded(ranks: Int) throws {
    let vectors = Runs.samples(.features(301), count: 130)
    var configuration = Runs.configuration(
      .mlp(hidden: [270, 310]), batch: 40, shards: 8, microbatch: 5, method: .sgd(momentum: 0, nesterov: false),
      weightDecay: 0)
    let start = try Trainer(RunPlan(configuration, splits: vectors, threads: 1)).fileWeights
    let exact = try Runs.weights(configuration, vectors, steps: 1)
    let change = zip(start, exact).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
    var digests: Set<String> = []
    for (threads, overlap) in [(1, true), (3, true), (2, false)] {
      configuration.ranks = RanksConfiguration(overlap: overlap, wire: .bf16)
      let found = try results(configuration, vectors, ranks: ranks, threads: threads, steps: 1, delays: overlap) {
        trainer in
        let weights = trainer.fileWeights
        for _ in 0..<4 { _ = trainer.takeStep() }
        return (weights: weights, digest: trainer.weightsSHA256)
      }
      for rank in found {
        digests.insert(rank.digest)
        let errors = zip(rank.weights, exact).map { abs($0 - $1) }
        // 8 bits of a sum are kept; the ranks' sums may cancel.
        #expect(errors.allSatisfy { $0 <= change / 32 })
        #expect(errors.contains { $0 > 0 })
      }
    }
    #expect(digests.count == 1)
  }

  @Test("share the statistics that batch norm takes anew for an evaluation, to the bits of one", arguments: [2, 3, 5])
  func statistics(ranks: Int) throws {
    let images = Runs.samples(.image(height: 7, width: 7, channels: 3), count: 301)
    var configuration = Runs.configuration(Runs.convolutional, batch: 24, shards: 6, microbatch: 4)
    // 70 microbatches: a whole block, and one of six, of which five ranks have one or two each.
    configuration.evaluate.batchNormSamples = 281
    let trainer = try Trainer(RunPlan(configuration, splits: images, threads: 1))
    for _ in 0..<3 { _ = trainer.takeStep() }
    let evaluation = try trainer.evaluate()
    let found = try results(configuration, images, ranks: ranks, threads: ranks % 2 + 1, steps: 3) { trainer in
      (evaluation: try? trainer.evaluate(), digest: trainer.weightsSHA256)
    }
    for rank in found { #expect(rank.evaluation == evaluation && rank.digest == trainer.weightsSHA256) }
  }

  @Test("merge the gradients of many shards as they are computed, to the bits and the noise of one", arguments: [2, 3])
  func merging(ranks: Int) throws {
    // 280,000 numbers of each of 96 shards, with too many samples for factors; ranks of two have several nodes each.
    let vectors = Runs.samples(.features(301), count: 6720)
    let configuration = Runs.configuration(
      .mlp(hidden: [400, 400]), batch: 6720, shards: 96, microbatch: 70, method: .sgd(momentum: 0.9, nesterov: false))
    let plan = try RunPlan(configuration, splits: vectors, threads: 1, ranks: ranks)
    let held = 96 / ranks * plan.network.parameterCount * MemoryLayout<Float>.stride
    let buffers = GradientEngine.gradientBytes(
      plan.network, shards: 96, samples: 70, workers: 1, ranks: ranks)
    #expect(buffers < held, "they do not merge")
    let alone = try Trainer(RunPlan(configuration, splits: vectors, threads: 2))
    for _ in 0..<2 { _ = alone.takeStep() }
    let (expected, noise) = (alone.weightsSHA256, alone.progress.noise)
    let found = try results(configuration, vectors, ranks: ranks, threads: 3, steps: 2) {
      (digest: $0.weightsSHA256, noise: $0.progress.noise)
    }
    #expect(found.map(\.digest) == Array(repeating: expected, count: ranks))
    #expect(found.allSatisfy { $0.noise == noise })
  }

  @Test("send a layer's factors where these are fewer bytes than its sums, as the plan says")
  func factors() throws {
    let many = Runs.samples(.features(301), count: 700)
    func plan(_ batch: Int, wire: RanksConfiguration.Wire = .f32) throws -> RunPlan {
      var configuration = Runs.configuration(
        .mlp(hidden: [270, 310]), batch: batch, shards: 8, microbatch: batch / 8,
        method: .sgd(momentum: 0.9, nesterov: false))
      configuration.ranks = RanksConfiguration(wire: wire)
      return try RunPlan(configuration, splits: many, threads: 1)
    }
    // The first of two ranks has all of the first layer, and a little of the second. So 301 × 270 numbers travel, or 301 + 270 of
    // each of the other's samples; of the second layer 270 × 310, or 270 + 310 of every sample.
    func words(_ names: String) -> [String] {
      ["ranks send the factors of \(names), which are fewer bytes than the sums of the gradient"]
    }
    #expect(try plan(40).rankNotes(2) == words("0.weight, 2.weight"))
    #expect(try plan(96).rankNotes(2) == words("0.weight, 2.weight"))
    #expect(try plan(200).rankNotes(2) == words("0.weight"))
    #expect(try plan(200, wire: .bf16).rankNotes(2) == [])
    #expect(try plan(320).rankNotes(2) == [])
    #expect(try plan(40).rankNotes(1) == [])
    let (few, sums) = (try plan(40).rankRecords(2)[0].sentBytes, try plan(320).rankRecords(2)[0].sentBytes)
    #expect(few < sums * 2 / 3)
  }

  @Test("cut their slices into pieces of whole chunks, each in order")
  func pieces() {
    let ranges = (0..<23).map { $0 * 100..<$0 * 100 + 90 }
    for ranks in 1...9 {
      let slices = RankedSlices(ranges, count: 2300, ranks: ranks)
      for count in [1, 2, 3, 7, 30] {
        let pieces = slices.pieces(count)
        for rank in 0..<ranks {
          #expect(pieces.flatMap { Array($0.chunks[rank]) } == Array(slices.chunks[rank]))
          #expect(pieces.flatMap { Array($0.parameters[rank]) } == Array(slices.parameters[rank]))
        }
      }
    }
  }

  @Test("send what the plan says, and with shards that are one node each no more than the best all-reduce")
  func traffic() throws {
    let vectors = Runs.samples(.features(301), count: 700)
    for (shards, ranks, wire, batch) in [
      (8, 2, .f32, 40), (8, 4, .f32, 320), (8, 4, .bf16, 320), (8, 3, .f32, 320), (7, 5, .bf16, 40), (3, 4, .f32, 60),
    ] as [(Int, Int, RanksConfiguration.Wire, Int)] {
      var configuration = Runs.configuration(
        .mlp(hidden: [270, 310]), batch: batch, shards: shards, microbatch: 5,
        method: .sgd(momentum: 0.9, nesterov: false)
      )
      configuration.ranks = RanksConfiguration(wire: wire)
      let plan = try RunPlan(configuration, splits: vectors, threads: 1)
      let room = SharedCollective.Room(ranks: ranks)
      var sent: [[Int]] = []
      for steps in [2, 5] {
        _ = try results(configuration, vectors, ranks: ranks, threads: 1, steps: steps, room: room) { _ in () }
        sent.append((0..<ranks).map { room.sentBytes($0) })
      }
      let shares: [PlanRecord.Rank] = plan.rankRecords(ranks)
      for (rank, share) in shares.enumerated() {
        let bytes: Int = sent[1][rank] - sent[0][rank]
        #expect(bytes == 5 * share.sentBytes, "rank \(rank) of \(ranks), \(shards) shards")
      }
      let sums = shares.reduce(into: (sent: 0, received: 0, shards: 0)) { sums, share in
        sums.sent += share.sentBytes
        sums.received += share.receivedBytes
        sums.shards += share.shards
      }
      #expect(sums.sent == sums.received)
      #expect(sums.shards == plan.division.shards)
      if plan.division.shards.isMultiple(of: ranks), ranks.nonzeroBitCount == 1 {
        let best = (wire == .f32 ? 8 : 6) * plan.network.parameterCount * (ranks - 1) / ranks
        for share in shares { #expect(Double(share.sentBytes) < 1.1 * Double(best), "\(share)") }
      }
    }
  }

  @Test("own the shards between them, in nodes of the fixed tree, and add in its order", arguments: 1...9)
  func nodes(ranks: Int) {
    for shards in 1...23 {
      let tree = RankedTree(shards: shards, ranks: ranks)
      #expect(tree.owned.flatMap(Array.init) == Array(0..<shards))
      #expect(tree.nodes.flatMap(Array.init) == Array(0..<shards))
      #expect(tree.additions.count == tree.nodes.count - 1)
      for rank in 0..<ranks {
        #expect(tree.nodes[tree.nodes(ofRank: rank)].flatMap(Array.init) == Array(tree.owned[rank]))
      }
      // Sums as texts show the order: those of the nodes, then the additions, against the tree's definition.
      var sums = tree.nodes.map { Self.text($0) }
      for addition in tree.additions { sums[addition.into] = "(\(sums[addition.into])+\(sums[addition.from]))" }
      #expect(sums[0] == Self.text(0..<shards), "\(shards) shards, \(ranks) ranks")
    }
  }

  private static func text(_ range: Range<Int>) -> String {
    if range.count == 1 { return "\(range.lowerBound)" }
    var half = 1
    while half * 2 < range.count { half *= 2 }
    let middle = range.lowerBound + half
    return "(\(text(range.lowerBound..<middle))+\(text(middle..<range.upperBound)))"
  }
}
