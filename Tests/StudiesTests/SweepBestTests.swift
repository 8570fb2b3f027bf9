import Configuration
import Coordinator
import Datasets
import Records
import Studies
import Testing

@Suite("The best evaluations of a sweep's cell")
struct SweepBestTests {
  @Test("are the highest accuracy and the lowest loss of all that the cell was told of")
  func best() throws {
    let configuration = try RunConfiguration.decode(
      """
      {"seed": 3, "data": {"dataset": "digits"}, "model": {"preset": "mlp", "hidden": [24]}, "batch": {"size": 64},
       "optimizer": {"method": "sgd", "momentum": 0.9}, "epochs": 4,
       "learningRate": {"reference": 0.3, "referenceBatch": 64, "warmup": {"kind": "none"}}}
      """, file: "small.json")
    let splits = try DatasetLoader.load(configuration.data, seed: configuration.seed)
    let grid = SweepGrid(
      batches: [64], seeds: [3], learningRates: [1], scalings: ["none"], warmups: ["none"], target: nil,
      toTheEnd: true, epochs: 4)
    let sweep = try Sweep(configuration, splits: splits, grid: grid, threads: 1)
    var seen: [Evaluation] = []
    let record = try sweep.run(
      sweep.newRecord(),
      observe: { progress in
        if let evaluation = progress.evaluation, seen.last != evaluation { seen.append(evaluation) }
      })
    let point = try #require(record.points.first)
    // The evaluation after the last step comes behind all observers.
    let losses = seen.map(\.loss) + [try #require(point.testLoss)]
    let accuracies = seen.compactMap(\.accuracy) + [try #require(point.testAccuracy)]
    try #require(losses.count > 10 && losses.max()! > 1.2 * losses.min()!)
    #expect(point.bestTestLoss == losses.min())
    #expect(point.bestTestAccuracy == accuracies.max())
  }
}
