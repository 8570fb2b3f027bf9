import Gradients
import Models
import TestSupport
import Testing

@Suite("An arena plan")
struct ArenaPlanTests {
  /// Pieces that are in use at the same moment lie apart, inside the arena, from cache lines on.
  private func expectSound(_ plan: ArenaPlan, _ label: String) {
    let used = plan.storages.indices.filter { plan.storages[$0].first <= plan.storages[$0].last }
    for index in used {
      let range = plan.offsets[index]..<plan.offsets[index] + plan.storages[index].count
      #expect(plan.offsets[index] % 16 == 0, "\(label): storage \(index) at \(plan.offsets[index])")
      #expect(range.lowerBound >= 0 && range.upperBound <= plan.count, "\(label): storage \(index) at \(range)")
      for other in used where other > index {
        let (a, b) = (plan.storages[index], plan.storages[other])
        let areApartInTime = a.last < b.first || b.last < a.first
        let otherRange = plan.offsets[other]..<plan.offsets[other] + b.count
        #expect(
          areApartInTime || !range.overlaps(otherRange),
          "\(label): storages \(index) at \(range) and \(other) at \(otherRange)")
      }
    }
  }

  @Test("keeps storages apart that live at the same time, in all kinds of networks", arguments: NetworkCase.all)
  func networks(test: NetworkCase) throws {
    let network = try Network(
      .layers(test.layers), loss: test.loss, input: FeatureShape(test.shape), outputs: test.outputs, microbatch: 5)
    expectSound(network.arenaPlan, test.name)
    #expect(network.arenaPlan.count <= network.arenaPlan.countWithoutReuse)
  }

  @Test("keeps storages apart that live at the same time, for random lives and sizes")
  func random() {
    var generator = SeededGenerator(seed: 5)
    for round in 0..<200 {
      let moments = Int.random(in: 1...30, using: &generator)
      let storages = (0..<Int.random(in: 0...25, using: &generator)).map { _ -> ArenaPlan.Storage in
        let first = Int.random(in: -1...moments, using: &generator)
        let isUnused = Int.random(in: 0..<8, using: &generator) == 0
        let count = Int.random(in: 0...300, using: &generator)
        return isUnused
          ? ArenaPlan.Storage(count: count)
          : ArenaPlan.Storage(count: count, first: first, last: Int.random(in: first...moments, using: &generator))
      }
      let plan = ArenaPlan(storages)
      expectSound(plan, "round \(round)")
      expectSound(ArenaPlan(storages, reusingMemory: false), "round \(round), without reuse")
      // Never less than what one moment needs, never more than all.
      let busiest = (-1...moments).map { moment in
        storages.filter { $0.first <= moment && moment <= $0.last }.reduce(0) { $0 + $1.count }
      }
      #expect(plan.count >= busiest.max() ?? 0 && plan.count <= plan.countWithoutReuse)
    }
  }

  @Test("without reuse gives every storage memory of its own")
  func withoutReuse() {
    let storages = (0..<9).map { ArenaPlan.Storage(count: 10 + 7 * $0, first: $0, last: $0) }
    let apart = ArenaPlan(storages, reusingMemory: false)
    #expect(apart.count == apart.countWithoutReuse)
    #expect(Set(apart.offsets).count == 9)
    let shared = ArenaPlan(storages)
    #expect(shared.offsets.allSatisfy { $0 == 0 })
  }

  @Test("of a deep network saves the gradients' memory")
  func deep() throws {
    let hidden = [Int](repeating: 64, count: 20)
    let network = try Network(
      .mlp(hidden: hidden), loss: .crossEntropy(labelSmoothing: 0), input: FeatureShape(features: 64), outputs: 64,
      microbatch: 32)
    let (count, without) = (network.arenaPlan.count, network.arenaPlan.countWithoutReuse)
    #expect(Double(count) < 0.65 * Double(without), "\(count) of \(without)")
    // Forward values stay for the backward pass: 20 hidden layers, input and output.
    #expect(count > 22 * 64 * 32)
  }

  @Test("grows with the microbatch alone, and the workspace is as large as it says")
  func workspace() throws {
    func network(_ microbatch: Int, _ loss: LossConfiguration) throws -> Network {
      try Network(
        .mlp(hidden: [48, 32]), loss: loss, input: FeatureShape(features: 20), outputs: 6, microbatch: microbatch)
    }
    let counts = try [1, 8, 64].map { try network($0, .crossEntropy(labelSmoothing: 0)).arenaPlan.count }
    #expect(counts == counts.sorted() && Set(counts).count == 3)
    let classes = try network(8, .crossEntropy(labelSmoothing: 0))
    let values = try network(8, .meanSquaredError)
    #expect(Workspace.bytes(for: classes) == 4 * (classes.arenaPlan.count + 8))
    var mixing = classes
    mixing.mixesSamples = true
    #expect(Workspace.bytes(for: mixing) == 4 * (classes.arenaPlan.count + 8 + 2 * 8 + 20))
    #expect(Workspace.bytes(for: values) == 4 * (values.arenaPlan.count + 8 + 8 * 6))
  }
}
