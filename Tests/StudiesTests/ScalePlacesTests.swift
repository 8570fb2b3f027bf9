import Configuration
import Coordinator
import Datasets
import Foundation
import Gradients
import Machine
import Records
import Studies
import TestSupport
import Testing

@Suite("Several nodes, ranks and hosts in the cost model")
struct ScalePlacesTests {
  private let batches = [64, 96, 256, 512, 1024, 4096]

  /// A server of `nodes` memory nodes of `groups` L3 groups of `cores` cores, each with one unit.
  private static func machine(nodes: Int, groups: Int = 4, cores: Int = 4) -> Topology {
    let units = (0..<nodes * groups * cores).map { number in
      Topology.Unit(
        number: number, core: number, group: number / cores, node: number / (groups * cores),
        socket: number / (groups * cores))
    }
    return Topology(units: units, source: .kernel)
  }

  private static func truth(nodes: Int) -> SimulatedStep {
    SimulatedStep(
      contention: 0.8e-6, byteContention: 0.005e-9, tensors: [30_000, 600, 6000, 10], groupContention: 2e-6,
      remote: 12e-6, remoteByte: 0.05e-9, machine: machine(nodes: nodes))
  }

  @Test("who shares a node and a cache is counted as workers are placed", arguments: [1, 2, 3, 4, 7, 8, 16, 20, 32])
  func places(threads: Int) {
    for (nodes, groups) in [(1, 1), (1, 4), (2, 4), (4, 2), (8, 1)] {
      let machine = Self.machine(nodes: nodes, groups: groups, cores: 32 / nodes / groups)
      for ranks in [1, 2, 4] where ranks * threads <= 32 {
        let seats = (0..<ranks).map {
          Placement(machine, threads: threads, share: NodeShare(rank: $0, ranks: ranks)).seats
        }
        let all = seats.flatMap { $0 }
        let found = StepWork.Places(threads: threads, hostRanks: ranks, on: machine.allowed)
        func most(_ part: KeyPath<Topology.Unit, Int>) -> Int {
          Dictionary(grouping: all) { $0[keyPath: part] }.values.map(\.count).max()!
        }
        // Ranks have cores in a row: what does not divide leaves some with one worker more than the count expects.
        let slack = ranks > 1 && !(threads * ranks).isMultiple(of: nodes * groups) ? threads : 0
        let others = Double(max(1, all.count - 1))
        let node = Int((found.sameNode * others).rounded()) + 1
        let group = Int((found.sameGroup * others).rounded()) + 1
        if all.count > 1 {
          #expect(abs(node - most(\.node)) <= slack, "\(nodes) × \(groups), \(ranks) × \(threads)")
          #expect(abs(group - most(\.group)) <= slack, "\(nodes) × \(groups), \(ranks) × \(threads)")
        }
        guard slack == 0 else { continue }
        #expect(found.nodes == Set(all.map(\.node)).count, "\(nodes) × \(groups), \(ranks) × \(threads)")
        let own = Set(seats[0].map(\.node)).count
        #expect(abs(found.remote - (1 - 1 / Double(own))) < 1e-12, "\(nodes) × \(groups), \(ranks) × \(threads)")
      }
    }
  }

  @Test("threads beyond the cores of a machine are on more nodes of its kind; one node stays one")
  func larger() {
    let two = Self.machine(nodes: 2).allowed
    #expect(StepWork.Places(threads: 33, on: two).nodes == 3 && StepWork.Places(threads: 64, on: two).nodes == 4)
    #expect(StepWork.Places(threads: 64, on: two).groups == 16)
    #expect(StepWork.Places(threads: 64, on: Self.machine(nodes: 1).allowed).nodes == 1)
    #expect(
      StepWork.Places(threads: 8, on: Topology.Count(sockets: 1, nodes: 1, groups: 1, cores: 4, units: 4)) == .together)
  }

  @Test("what a shared cache and memory of other nodes cost comes out of a grid on two sockets")
  func recovery() throws {
    let truth = Self.truth(nodes: 2)
    let model = try #require(
      ScaleModel(fitting: truth.grid(threads: [1, 2, 4, 8, 16, 32], batches: batches, shardSamples: 32)))
    for (term, expected) in [
      (ScaleModel.Term.sample, truth.sample), (.groupSample, truth.groupContention), (.remoteSample, truth.remote),
      (.sharedSample, truth.contention),
    ] {
      let found = try #require(model.seconds[term], "\(term)")
      #expect(abs(found / expected - 1) < 0.1, "\(term): \(found), expected \(expected)")
    }
    // On one node, with one cache, there is nothing to tell.
    var one = SimulatedStep()
    one.machine = Self.machine(nodes: 1, groups: 1, cores: 32)
    let told = try #require(ScaleModel(fitting: one.grid(threads: [1, 2, 4], batches: batches))).told
    #expect(told.allSatisfy { !$0.isSpecial })
  }

  @Test("noisy cells within two sockets predict all of their cores, and four sockets, within 15 %", arguments: 1...4)
  func border(seed: Int) throws {
    let observations = try Self.truth(nodes: 2).grid(
      threads: [1, 2, 4, 8, 16], batches: batches, shardSamples: 32, noise: 0.02, seed: UInt64(seed))
    let forecast = try #require(ScaleForecast(observations, machine: Self.machine(nodes: 2).allowed))
    for (threads, nodes) in [(32, 2), (64, 4)] {
      for batch in [1024, 4096] {
        let division = try SimulatedStep.division(batch, shards: batch / 32)
        let expected = Self.truth(nodes: nodes).observe(division, threads: threads).stepSeconds
        let found = forecast.model.cost(Self.truth(nodes: 2).work(division, threads: threads)).stepSeconds
        #expect(abs(found / expected - 1) < 0.15, "\(threads) threads, B \(batch): \(found), expected \(expected)")
      }
    }
    #expect(forecast.record.fittedNodes == 2)
    #expect(forecast.record.parameters.contains { $0.term == .remoteSample && $0.isTold })
  }

  @Test(
    "cells of 1 and 2 ranks on one machine predict up to 16 hosts on networks not seen within 15 %", arguments: 1...4)
  func networks(seed: Int) throws {
    let truth = SimulatedStep()
    let observations = try truth.grid(
      threads: [1, 2], ranks: [1, 2], batches: batches, noise: 0.02, seed: UInt64(seed))
    let forecast = try #require(ScaleForecast(observations))
    for batch in [256, 1024, 4096] {
      let division = try SimulatedStep.division(batch)
      let rows = forecast.networks { truth.work(division, threads: 2, ranks: $0) }
      #expect(rows.count == 12)
      for row in rows {
        // What a frame carries, and what a message takes: written down anew. A fast network waits for the ranks' copies.
        let perByte = max(8 / row.bitsPerSecond * 1538 / 1448, truth.exchangedByte)
        let expected = truth.seconds(
          division, threads: 2, hosts: row.ranks, secondsPerByte: perByte, latency: 50e-6)
        #expect(
          abs(row.stepSeconds / expected - 1) < 0.15,
          "\(row.ranks) hosts, B \(batch), \(row.bitsPerSecond): \(row.stepSeconds), expected \(expected)")
        #expect(row.hideableSeconds <= row.exchangeSeconds && row.samplesPerSecondLow <= row.samplesPerSecond)
        #expect(row.samplesPerSecond <= row.samplesPerSecondHigh)
      }
      // Where pieces travel while others are summed and updated, as much is saved as that takes, or the way.
      let overlapped = forecast.networks { ranks in
        var work = truth.work(division, threads: 2, ranks: ranks)
        work.overlapsExchange = true
        return work
      }
      for (row, hidden) in zip(rows, overlapped) {
        #expect(abs(row.stepSeconds - hidden.stepSeconds - row.hideableSeconds) < 1e-12 && row.hideableSeconds > 0)
        #expect(hidden.isOverlapped && !row.isOverlapped)
      }
      // Faster networks never lose, and 1 Gbit/s is what holds these batches back.
      for ranks in ScaleForecast.hosts {
        let rates = rows.filter { $0.ranks == ranks }.map(\.samplesPerSecond)
        #expect(rates == rates.sorted())
      }
      #expect(rows.first?.limit == .network)
    }
  }

  @Test("ranks on one machine are told apart from what crosses between them")
  func exchange() throws {
    let truth = SimulatedStep(exchangedByte: 2e-9, exchange: 200e-6)
    let model = try #require(
      ScaleModel(fitting: truth.grid(threads: [1, 2], ranks: [1, 2, 4], batches: batches)))
    #expect(abs(try #require(model.seconds[.exchangedByte]) / truth.exchangedByte - 1) < 0.1)
    #expect(abs(try #require(model.seconds[.exchange]) / truth.exchange - 1) < 0.25)
    #expect(abs(try #require(model.seconds[.sample]) / truth.sample - 1) < 0.05)
  }

  @Test("the bytes of a step are those that plan counts, for any number of ranks", arguments: [2, 3, 4, 5, 8])
  func bytes(ranks: Int) throws {
    for keys in [
      #""optimizer": {"method": "lars", "clipNorm": 1}, "batch": {"size": 96, "shards": 8}"#,
      #""batch": {"size": 96, "shards": 7}"#,
    ] {
      let text = #"{"data": {"dataset": "digits"}, "model": {"preset": "mlp", "hidden": [300, 40]}, "# + keys + "}"
      let configuration = try RunConfiguration.decode(Data(text.utf8), file: "test", overrides: [])
      let plan = try RunPlan(
        configuration, splits: DatasetLoader.load(configuration.data, seed: configuration.seed), threads: 2)
      let work = StepWork(plan, threads: 2, ranks: ranks)
      let counted = plan.rankRecords(ranks).map { max($0.sentBytes, $0.receivedBytes) }.max()!
      #expect(Int((work.sumBytes + work.weightBytes).rounded()) == counted)
      #expect(work.sumBytes > 0 && work.weightBytes > 0)
    }
  }
}
