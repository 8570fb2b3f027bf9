import Datasets
import Configuration
import Coordinator
import JSON
import Records
import Studies
import Testing

@Suite("Equilibrium study")
struct EquilibriumTests {
  @Test(
    "on a quadratic, variance, excess loss and equilibrium ratio are the exact formula's within 3 %",
    arguments: [0.0, 0.9])
  func quadratic(momentum: Double) throws {
    let deviations = (0..<48).map { _ in 0.8 }
    let (configuration, splits) = try Temperature.quadratic(curvature: 1.5, deviations: deviations)
    let (rate, batch, curvature) = (0.2, 4, 1.5)
    var study = EquilibriumStudy(
      cells: [.init(learningRate: rate, batch: batch, momentum: momentum)], steps: 40_000, interval: 5)
    study.threads = 2
    let record = try study.run(configuration, splits: splits)

    #expect(abs(record.covarianceTrace / (48 * 0.64) - 1) < 1e-5)
    // U at the minimum is Σ σ_d² ÷ (2λ).
    #expect(abs(record.minimumLoss / (48 * 0.64 / (2 * curvature)) - 1) < 1e-5)
    // Var = ηs(1 + m) ÷ [λ(1 − m)(2(1 + m) − ηλ)], s = σ² ÷ B.
    let variance =
      rate * (0.64 / Double(batch)) * (1 + momentum)
      / (curvature * (1 - momentum) * (2 * (1 + momentum) - rate * curvature))
    let run = try #require(record.runs.first)
    #expect(run.isStationary)
    #expect(abs(run.excessLoss / (48 * curvature * variance / 2) - 1) < 0.03, "\(run.excessLoss)")
    #expect(abs((run.equilibriumRatio ?? 0) - 1) < 0.03, "\(String(describing: run.equilibriumRatio))")
    let directions = try #require(record.directions.first)
    let measured = directions.temperatures.reduce(0, +) / 48 / curvature
    #expect(abs(measured / variance - 1) < 0.03, "\(measured) against \(variance)")
    #expect(abs((run.quadraticExcessLoss ?? 0) / (48 * curvature * variance / 2) - 1) < 1e-3)
    let law = rate * 48 * 0.64 / (4 * Double(batch) * (1 - momentum))
    #expect(abs(run.predictedExcessLoss / law - 1) < 1e-5)
    #expect(record.equipartition?.holds == true)
    #expect(try #require(record.starts.first).score < 4)
  }

  @Test("with curvatures and noise that differ, the excess is that of the discrete Lyapunov equation")
  func lyapunov() throws {
    // Two outputs with c = 1 and biases: Hessian [[1 + λ, 1], [1, 1]] for each, noise σ²·[[1, 1], [1, 1]].
    let (configuration, splits) = try Temperature.quadratic(
      deviations: [1, 2], bias: true, more: #", "optimizer": { "method": "sgd", "weightDecay": 0.5 }"#)
    let (rate, batch) = (0.3, 4.0)
    func product(_ a: [Double], _ b: [Double]) -> [Double] {
      [a[0] * b[0] + a[1] * b[2], a[0] * b[1] + a[1] * b[3], a[2] * b[0] + a[3] * b[2], a[2] * b[1] + a[3] * b[3]]
    }
    let hessian = [1.5, 1, 1, 1]
    let step = [1 - rate * 1.5, -rate, -rate, 1 - rate]
    var covariance = [0.0, 0, 0, 0]
    for _ in 0..<5000 {
      // V ← (1 − ηH)·V·(1 − ηH) + η²·C ÷ B.
      covariance = product(product(step, covariance), step).map { $0 + rate * rate / batch }
    }
    let trace = product(hessian, covariance)
    let excess = (trace[0] + trace[3]) / 2 * (1 + 4)
    let record = try EquilibriumStudy(
      cells: [.init(learningRate: rate, batch: 4, momentum: 0)], steps: 60_000, interval: 5
    ).run(configuration, splits: splits)
    let run = try #require(record.runs.first)
    #expect(
      abs(run.excessLoss / excess - 1) < max(0.03, 4 * run.meanLossError / excess), "\(run.excessLoss), \(excess)")
    #expect(abs((run.quadraticExcessLoss ?? 0) / excess - 1) < 1e-3)
    #expect(abs((run.equilibriumRatio ?? 0) - 1) < 0.03)
    let equipartition = try #require(record.equipartition)
    #expect(!equipartition.holds && equipartition.reasons.contains { $0.contains("not like the curvature") })
  }

  @Test("one shuffle an epoch lowers the variance as a simulation of one dimension does")
  func reshuffling() throws {
    let (configuration, splits) = try Temperature.quadratic(deviations: [Double](repeating: 1, count: 24), samples: 64)
    // x = ηλN ÷ B = 1.6: 0.39 of the independent variance (FACTS of the project's sheet, from a simulation).
    var study = EquilibriumStudy(
      cells: [.init(learningRate: 0.1, batch: 4, momentum: 0)], steps: 40_000, interval: 7)
    study.comparesReshuffling = true
    let chain = try #require(try study.run(configuration, splits: splits).reshuffled.first)
    #expect(abs(chain.excessLoss / chain.independentExcessLoss - 0.39) < 0.05, "\(chain)")
  }

  @Test("1, 2, 3 and 7 threads give the same record to the bit")
  func threads() throws {
    let (configuration, splits) = try Temperature.digits()
    var records: [String] = []
    for threads in [1, 2, 3, 7] {
      var study = EquilibriumStudy(
        cells: EquilibriumStudy.grid(learningRates: [0.05, 0.1], batches: [8, 50], momenta: [0, 0.9]), steps: 400,
        interval: 4)
      study.comparesReshuffling = true
      study.threads = threads
      records.append(JSONText.pretty(try study.run(configuration, splits: splits)))
    }
    #expect(records.allSatisfy { $0 == records[0] })
    #expect(records[0].contains("\"equilibriumRatio\""))
  }

  @Test("on the digits, equal temperatures collapse for B = 8 … 128, and the law holds at small η")
  func digits() throws {
    let (configuration, splits) = try Temperature.digits()
    var study = EquilibriumStudy(
      cells: EquilibriumStudy.grid(temperatures: [0.005, 0.0025], batches: [8, 32, 128], momenta: [0.9]), steps: 10_000)
    study.threads = 2
    let record = try study.run(configuration, splits: splits)
    let same = try #require(record.collapse.sameTemperature)
    let other = try #require(record.collapse.otherTemperature)
    #expect(same <= other / 3, "\(same) against \(other)")
    for run in record.runs where run.temperatureIndex < 0.003 {
      #expect(
        abs(run.excessLoss / run.predictedExcessLoss - 1) < 0.1, "\(run.excessLoss) of \(run.predictedExcessLoss)")
    }
    for start in record.starts { #expect(start.score < 4) }
  }

  @Test("every cell has draws of its own, which stay when others join the grid")
  func seeds() throws {
    let (configuration, splits) = try Temperature.quadratic(deviations: [1, 1, 1])
    typealias Cell = EquilibriumStudy.Cell
    let base = Cell(learningRate: 0.1, batch: 4, momentum: 0)
    // So small a difference would change a path of the same draws by a thousandth.
    let near = [
      Cell(learningRate: 0.1001, batch: 4, momentum: 0), Cell(learningRate: 0.1, batch: 4, momentum: 0.001), base,
    ]
    let all = try Self.runs([base] + near, configuration, splits)
    let alone = try Self.runs([base], configuration, splits)
    #expect(all[0] == alone[0])
    for other in all[1...] {
      #expect(abs(other.meanLoss - all[0].meanLoss) > 0.01 * all[0].excessLoss, "\(other.meanLoss), \(all[0].meanLoss)")
      #expect(abs(other.meanLoss - all[0].meanLoss) < 6 * (other.meanLossError + all[0].meanLossError))
    }
    var seeded = configuration
    seeded.seed += 1
    let other = try EquilibriumStudy(cells: [base], steps: 2000, interval: 5).run(seeded, splits: splits).runs[0]
    #expect(other.meanLoss != alone[0].meanLoss)
  }

  /// The record's runs of some cells.
  private static func runs(
    _ cells: [EquilibriumStudy.Cell], _ configuration: RunConfiguration, _ splits: DataSplits
  ) throws -> [EquilibriumRun] {
    try EquilibriumStudy(cells: cells, steps: 2000, interval: 5).run(configuration, splits: splits).runs
  }

  @Test("chains at one temperature are as far apart as independent ones of their autocorrelation would be")
  func expectedDistance() throws {
    let (configuration, splits) = try Temperature.quadratic(deviations: [1, 0.5])
    // One cell eight times: 28 pairs of the same law.
    let cells = [EquilibriumStudy.Cell](repeating: .init(learningRate: 0.05, batch: 4, momentum: 0.5), count: 8)
    var study = EquilibriumStudy(cells: cells, steps: 12_000, interval: 4)
    study.threads = 2
    let collapse = try study.run(configuration, splits: splits).collapse
    let (seen, expected) = (try #require(collapse.sameTemperature), try #require(collapse.expectedBySampling))
    #expect(collapse.pairs.count == 28)
    #expect(abs(seen / expected - 1) < 0.3, "\(seen), \(expected)")
  }

  @Test("dropout is left out of chains and potential: the record is that of the model without it")
  func dropout() throws {
    func run(_ rate: Double) throws -> EquilibriumRecord {
      let (configuration, splits) = try Temperature.configuration(
        """
        { "data": { "dataset": "digits", "order": "iid" }, "batch": { "size": 32 },
          "model": { "layers": [{ "type": "flatten" }, { "type": "dropout", "rate": \(rate) },
            { "type": "dense", "units": 10 }] },
          "optimizer": { "method": "sgd", "weightDecay": 0.5 } }
        """)
      return try EquilibriumStudy(cells: [.init(learningRate: 0.05, batch: 8, momentum: 0)], steps: 4000)
        .run(configuration, splits: splits)
    }
    var (dropping, plain) = (try run(0.5), try run(0))
    #expect(dropping.notes.contains { $0.contains("Dropout is left out") })
    #expect(!plain.notes.contains { $0.contains("Dropout") })
    let ratio = dropping.runs[0].excessLoss / dropping.runs[0].predictedExcessLoss
    #expect(abs(ratio - 1) < 0.2, "\(ratio)")
    (dropping.notes, plain.notes) = ([], [])
    #expect(dropping == plain)
  }

  @Test("rules without a law, Nesterov's momentum, clipping and averages are set aside, and the record says so")
  func setAside() throws {
    func run(_ keys: String) throws -> EquilibriumRecord {
      let (configuration, splits) = try Temperature.quadratic(
        deviations: [1, 2], more: #", "optimizer": { \#(keys) }"#)
      return try EquilibriumStudy(cells: [.init(learningRate: 0.05, batch: 8, momentum: 0.5)], steps: 400)
        .run(configuration, splits: splits)
    }
    let plain = try run(#""method": "sgd""#)
    let lawless = "Plain SGD with heavy ball in place of the config's optimizer"
    let cases = [
      (#""method": "sgd", "nesterov": true"#, "Heavy ball in place of Nesterov's"), (#""method": "lars""#, lawless),
      (#""method": "adam""#, lawless), (#""method": "lamb""#, lawless),
      (#""clipNorm": 1e-3"#, "optimizer.clipNorm is left out"),
      (#""average": { "decay": 0.9 }"#, "Weights that follow those of SGD are left out"),
    ]
    for (keys, words) in cases {
      var other = try run(keys)
      #expect(other.notes.contains { $0.hasPrefix(words) }, "\(keys): \(other.notes)")
      #expect(other.notes.count == plain.notes.count + 1)
      other.notes = plain.notes
      #expect(other == plain, "\(keys)")
    }
  }

  @Test("batch norm is refused with the reason")
  func batchNorm() throws {
    let (configuration, splits) = try Temperature.configuration(
      """
      { "data": { "dataset": "digits" }, "batch": { "size": 32 },
        "model": { "layers": [{ "type": "flatten" }, { "type": "batchNorm" }, { "type": "dense", "units": 10 }] } }
      """)
    let study = EquilibriumStudy(cells: [.init(learningRate: 0.05, batch: 8, momentum: 0)], steps: 40)
    let error = #expect(throws: RunError.self) { try study.run(configuration, splits: splits) }
    #expect(error?.path == "model" && error?.message.contains("batch norm") == true)
  }

  @Test("a chain that diverges is listed, and the others stay")
  func diverged() throws {
    let (configuration, splits) = try Temperature.quadratic(deviations: [1, 1])
    // Unstable from ηλ = 2 on.
    let record = try EquilibriumStudy(
      cells: EquilibriumStudy.grid(learningRates: [0.1, 2.5], batches: [4], momenta: [0]), steps: 2000
    ).run(configuration, splits: splits)
    #expect(record.runs.count == 1 && record.diverged.count == 1 && record.diverged[0].learningRate == 2.5)
  }
}
