import Gradients
import Configuration
import Coordinator
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

  /// A division with its defaults for networks with convolutions, where n is always 32.
  static func division(_ batch: Int, shards: Int? = nil) throws -> BatchDivision {
    try BatchDivision(batch: batch, shards: shards, isConvolutional: true)
  }

  func work(_ division: BatchDivision, threads: Int) -> StepWork {
    StepWork(
      division: division, tensors: tensors, stateVectors: 1, updatePasses: 1, packings: 0, threads: threads)
  }

  /// Plays a step.
  func observe(_ division: BatchDivision, threads: Int) -> ScaleModel.Observation {
    // Each shard is a list of microbatches: the last of the batch may be smaller.
    let shards = (0..<division.shards).map { shard in
      let samples = division.batch(count: division.batch).samples(ofShard: shard).count
      return stride(from: 0, to: samples, by: division.microbatch).map {
        Double(min(division.microbatch, samples - $0))
      }
    }
    let helpers = Double(min(threads, division.shards) - 1)
    let gradient =
      constant + wake * helpers
      + Self.play(shards, workers: threads, pause: microbatch, cost: sample, contention: contention)
    // The gradients of k shards are read, weights and momentum read and written.
    let bytes = Double(4 * (division.shards + 4))
    let chunks = tensors.flatMap { count in stride(from: 0, to: count, by: 8192).map { min(8192, count - $0) } }
    let update =
      updateConstant + wake * Double(min(threads, chunks.count) - 1)
      + Self.play(
        chunks.map { [Double($0) * bytes] }, workers: threads, pause: 0, cost: byte, contention: byteContention)
    return ScaleModel.Observation(
      work: work(division, threads: threads), gradientSeconds: gradient, reduceSeconds: update)
  }

  /// Workers take jobs in order. A job is a list of loads, each of them after a pause; a load goes by at a pace that
  /// falls with the number of workers that have one just then.
  private static func play(
    _ jobs: [[Double]], workers: Int, pause: Double, cost: Double, contention: Double
  ) -> Double {
    struct Worker {
      var loads: [Double] = []
      var pause = 0.0
    }
    var waiting = jobs[...]
    var team = [Worker](repeating: Worker(), count: workers)
    var now = 0.0
    while true {
      for index in team.indices where team[index].loads.isEmpty {
        guard let job = waiting.popFirst() else { break }
        team[index] = Worker(loads: job, pause: pause)
      }
      let busy = team.indices.filter { !team[$0].loads.isEmpty }
      if busy.isEmpty { return now }
      let sharing = busy.count { team[$0].pause <= 0 }
      let pace = cost + contention * Double(max(0, sharing - 1))
      let step = busy.map { team[$0].pause > 0 ? team[$0].pause : team[$0].loads[0] * pace }.min() ?? 0
      now += step
      for index in busy {
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
  func grid(
    threads: [Int], batches: [Int], noise: Double = 0, seed: UInt64 = 1
  ) throws -> [ScaleModel.Observation] {
    var generator = SeededGenerator(seed: seed)
    func factor() -> Double { 1 + noise * Double.random(in: -1...1, using: &generator) }
    return try batches.flatMap { batch in
      try threads.map { count in
        var observation = try observe(Self.division(batch), threads: count)
        observation.gradientSeconds *= factor()
        observation.reduceSeconds *= factor()
        return observation
      }
    }
  }
}
