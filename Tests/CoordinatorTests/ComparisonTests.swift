import Configuration
import Coordinator
import Datasets
import Kernels
import Models
import TestSupport
import Testing

@Suite("The comparison of two trainers, which verify relies on")
struct ComparisonTests {
  private func trainer() throws -> Trainer {
    let configuration = Runs.configuration(.mlp(hidden: [7]), batch: 16)
    return try Trainer(RunPlan(configuration, splits: Runs.samples(.features(11), count: 64)))
  }

  @Test("finds nothing between the same bits, and the one bit in which two vectors differ")
  func oneBit() throws {
    let (one, other) = (try trainer(), try trainer())
    #expect(one.firstDifference(from: other) == nil)
    let tensor = try #require(one.plan.network.tensors.first { $0.name == "2.bias" })
    let place = tensor.range.lowerBound + 3
    let value = other.state.parameters.view[place]
    other.state.parameters.view[place] = value.nextUp
    let found = try #require(one.firstDifference(from: other))
    #expect(found.tensor == "2.bias" && found.element == 3 && found.values == [value, value.nextUp])
    // A zero of the other sign is another number of bits, if not of value.
    other.state.parameters.view[place] = -0.0
    #expect(value == 0 && one.firstDifference(from: other)?.values == [0, -0.0])
  }

  @Test("finds the first tensor of two runs that went apart")
  func otherStep() throws {
    let (one, other) = (try trainer(), try trainer())
    _ = one.takeStep()
    #expect(one.firstDifference(from: other)?.tensor == "0.weight")
    _ = other.takeStep()
    #expect(one.firstDifference(from: other) == nil)
  }
}
