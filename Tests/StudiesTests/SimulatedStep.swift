import Gradients
import Configuration
import Coordinator
import Machine
import Models
import Studies
import TestSupport

/// A step by T workers, played through event by event: where the numbers come from that the cost model has to find.
struct SimulatedStep {
  /// Seconds a sample of a worker alone.
  var sample = 50e-6
  /// Seconds that each other worker at work adds to a sample.
  var contention = 3e-6
  /// Seconds at the start of each microbatch, in which the memory rests.
  var microbatch = 0.0
  var constant = 300e-6
  var wake = 20e-6
  /// Seconds a byte of a worker alone, and added by each other one.
  var byte = 0.1e-9
  var byteContention = 0.02e-9
  var updateConstant = 15e-6
  /// Floats of the network's tensors; momentum is its only state.
  var tensors = [300_000, 600, 60_000, 10]
  /// Seconds that each other worker behind the same cache adds to a sample, and what a sample takes longer where all that
  /// workers share is on other nodes; the latter also of a byte.
  var groupContention = 0.0
  var remote = 0.0
  var remoteByte = 0.0
  /// Seconds a byte from rank to rank, and each time that they wait for one another.
  var exchangedByte = 0.3e-9
  var exchange = 30e-6
  /// Where workers sit; `nil` is one node with one cache.
  var machine: Topology?

  /// A division into microbatches of 32 and, left out, 16 shards at most: sums of more would merge, which is not simulated.
  static func division(_ batch: Int, shards: Int? = nil) throws -> BatchDivision {
    try BatchDivision(
      batch: batch, shards: shards ?? min(16, (batch + 31) / 32), microbatch: min(32, batch), isConvolutional: true)
  }

  func work(_ division: BatchDivision, threads: Int, ranks: Int = 1, hostRanks: Int = 1) -> StepWork {
    var work = StepWork(
      division: division, tensors: tensors, stateVectors: 1, updatePasses: 1, packings: 0, threads: threads,
      ranks: ranks, hostRanks: hostRanks)
    if let machine { work.place(on: machine.allowed) }
    return work
  }

  /// Plays a step of one process.
  func observe(_ division: BatchDivision, threads: Int) -> ScaleModel.Observation {
    let times = play(division, ranks: [0], of: 1, threads: threads)
    return ScaleModel.Observation(
      work: work(division, threads: threads), gradientSeconds: times.gradient, reduceSeconds: times.reduce)
  }

  /// Plays a step of some ranks on one host.
  func observe(_ division: BatchDivision, threads: Int, ranks: Int) -> ScaleModel.Observation {
    guard ranks > 1 else { return observe(division, threads: threads) }
    let times = play(division, ranks: Array(0..<ranks), of: ranks, threads: threads)
    let bytes = bytes(division, ranks)
    return ScaleModel.Observation(
      work: work(division, threads: threads, ranks: ranks, hostRanks: ranks),
      gradientSeconds: times.gradient + bytes.sums * exchangedByte + 4 * exchange,
      reduceSeconds: times.reduce + bytes.weights * exchangedByte + 2 * exchange)
  }

  /// Plays a step of ranks on a host each, with a network between them.
  func seconds(
    _ division: BatchDivision, threads: Int, hosts: Int, secondsPerByte: Double, latency: Double
  ) -> Double {
    let own = (0..<hosts).map { play(division, ranks: [$0], of: hosts, threads: threads) }
    let bytes = bytes(division, hosts)
    return own.map(\.gradient).max()! + own.map(\.reduce).max()!
      + (bytes.sums + bytes.weights) * secondsPerByte + 6 * latency
  }

  /// What the busiest rank sends or receives: slices of nodes, and of the weights.
  private func bytes(_ division: BatchDivision, _ ranks: Int) -> (sums: Double, weights: Double) {
    let tree = RankedTree(shards: division.shards, ranks: ranks)
    let slice = 4 * Double(tensors.reduce(0, +)) / Double(ranks)
    let most = (0..<ranks).map { rank in
      let nodes = tree.nodes(ofRank: rank).count
      return max(nodes * (ranks - 1), tree.nodes.count - nodes)
    }
    return (Double(most.max()!) * slice, Double(ranks - 1) * slice)
  }

  /// Plays what some ranks of all do on one host, but for what crosses between them.
  private func play(
    _ division: BatchDivision, ranks: [Int], of all: Int, threads: Int
  ) -> (gradient: Double, reduce: Double) {
    // Each shard is a list of microbatches: the last of the batch may be smaller.
    let shards = (0..<division.shards).map { shard in
      let samples = division.batch(count: division.batch).samples(ofShard: shard).count
      return stride(from: 0, to: samples, by: division.microbatch).map {
        Double(min(division.microbatch, samples - $0))
      }
    }
    let chunks = tensors.flatMap { count in stride(from: 0, to: count, by: 8192).map { min(8192, count - $0) } }
    let tree = RankedTree(shards: division.shards, ranks: all)
    let crew = crew(ranks: ranks.count, threads: threads)
    let owned = ranks.map { tree.owned[$0] }
    let helpers = owned.map { Double(max(0, min(threads, $0.count) - 1)) }.max()!
    var gradient =
      constant + wake * helpers
      + Self.play(
        owned.map { Array(shards[$0]) }, crew, pause: microbatch,
        pace: { self.pace($0, cost: sample, node: contention, group: groupContention, remote: remote) })
    func bytePace(_ company: Company) -> Double {
      pace(company, cost: byte, node: byteContention, group: 0, remote: remoteByte)
    }
    // Weights and momentum are read and written. One rank reads the gradients of its k shards there; several have summed
    // their own before, and read all nodes of their slice.
    var loads = chunks.map { [Double($0) * Double(4 * (division.shards + 4))] }
    if all > 1 {
      let sums = ranks.map { rank in
        let passes = tree.owned[rank].count + tree.nodes(ofRank: rank).count
        return chunks.map { [Double($0) * Double(4 * passes)] }
      }
      gradient +=
        wake * Double(min(threads, chunks.count) - 1) + Self.play(sums, crew, pause: 0, pace: bytePace)
      loads = chunks.map { [Double($0) * Double(4 * (tree.nodes.count + 4)) / Double(all)] }
    }
    let update =
      updateConstant + wake * Double(min(threads, (chunks.count + all - 1) / all) - 1)
      + Self.play(ranks.map { _ in loads }, crew, pause: 0, pace: bytePace)
    return (gradient, update)
  }

  /// A worker of a host: its rank there, and where it sits.
  private struct Seat {
    var rank: Int
    var node: Int
    var group: Int
    var remote: Double
  }

  /// The others at work on the same node and in the same group.
  private struct Company {
    var node: Int
    var group: Int
    var remote: Double
  }

  private func pace(_ company: Company, cost: Double, node: Double, group: Double, remote: Double) -> Double {
    cost + node * Double(company.node) + group * Double(company.group) + remote * company.remote
  }

  private func crew(ranks: Int, threads: Int) -> [Seat] {
    (0..<ranks).flatMap { rank -> [Seat] in
      guard let machine else { return (0..<threads).map { _ in Seat(rank: rank, node: 0, group: 0, remote: 0) } }
      let placement = Placement(machine, threads: threads, share: NodeShare(rank: rank, ranks: ranks))
      let nodes = Set(placement.seats.map(\.node)).count
      return placement.seats.map {
        Seat(rank: rank, node: $0.node, group: $0.group, remote: 1 - 1 / Double(nodes))
      }
    }
  }

  /// Workers take jobs of their rank in order. A job is a list of loads, each of them after a pause; a load goes by at a
  /// pace that falls with the number of workers nearby that have one just then.
  private static func play(
    _ jobs: [[[Double]]], _ crew: [Seat], pause: Double, pace: (Company) -> Double
  ) -> Double {
    struct Worker {
      var loads: [Double] = []
      var pause = 0.0
    }
    var waiting = jobs.map { $0[...] }
    var team = [Worker](repeating: Worker(), count: crew.count)
    var now = 0.0
    while true {
      for index in team.indices where team[index].loads.isEmpty {
        guard let job = waiting[crew[index].rank].popFirst() else { continue }
        team[index] = Worker(loads: job, pause: pause)
      }
      let busy = team.indices.filter { !team[$0].loads.isEmpty }
      if busy.isEmpty { return now }
      var (nodes, groups) = ([Int: Int](), [Int: Int]())
      for index in busy where team[index].pause <= 0 {
        nodes[crew[index].node, default: 0] += 1
        groups[crew[index].group, default: 0] += 1
      }
      func current(_ index: Int) -> Double {
        let seat = crew[index]
        return pace(Company(node: nodes[seat.node]! - 1, group: groups[seat.group]! - 1, remote: seat.remote))
      }
      let paces = busy.map { team[$0].pause > 0 ? 0 : current($0) }
      let step =
        zip(busy, paces).map { team[$0].pause > 0 ? team[$0].pause : team[$0].loads[0] * $1 }.min() ?? 0
      now += step
      for (index, pace) in zip(busy, paces) {
        if team[index].pause > 0 {
          team[index].pause -= step
          if team[index].pause < 1e-15 { team[index].pause = 0 }
        } else {
          team[index].loads[0] -= step / pace
          if team[index].loads[0] < 1e-9 {
            team[index].loads.removeFirst()
            team[index].pause = pause
          }
        }
      }
    }
  }

  /// A grid of steps, each time off by a factor around 1.
  ///
  /// - Parameter shardSamples: samples of a shard; left out, as few shards as are the default.
  func grid(
    threads: [Int], ranks: [Int] = [1], batches: [Int], shardSamples: Int? = nil, noise: Double = 0, seed: UInt64 = 1
  ) throws -> [ScaleModel.Observation] {
    var generator = SeededGenerator(seed: seed)
    func factor() -> Double { 1 + noise * Double.random(in: -1...1, using: &generator) }
    return try batches.flatMap { batch in
      try ranks.flatMap { ranks in
        try threads.map { count in
          let division = try Self.division(batch, shards: shardSamples.map { max(1, batch / $0) })
          var observation = observe(division, threads: count, ranks: ranks)
          observation.gradientSeconds *= factor()
          observation.reduceSeconds *= factor()
          return observation
        }
      }
    }
  }
}
