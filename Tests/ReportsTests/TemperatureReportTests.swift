import Charts
import Foundation
import JSON
import Records
import Reports
import Testing

/// Records of the temperature studies, by formula.
enum SampleTemperature {
  static let machine = MachineRecord(cores: 2)

  /// Three temperatures at three batches each, which collapse and follow the law.
  static var equilibrium: EquilibriumRecord {
    var runs: [EquilibriumRun] = []
    for index in [0.01, 0.005, 0.0025] {
      for batch in [8, 16, 32] {
        let excess = index * 2
        runs.append(
          EquilibriumRun(
            learningRate: index * Double(batch) * 0.1, batch: batch, momentum: 0.9, meanLoss: 0.5 + excess,
            meanLossError: excess * 0.01, lossDeviation: excess / 4, lossDeviationError: excess / 100,
            excessLoss: excess, predictedExcessLoss: excess, equilibriumRatio: 1.01,
            histogram: LossHistogram(edges: [0.5, 0.5 + excess, 0.5 + 2 * excess], counts: [60, 40]),
            quantiles: (0...100).map { 0.5 + 2 * excess * Double($0) / 100 }, burnInSteps: 100, isStationary: true,
            correlationSteps: 12, effectiveSamples: 400))
      }
    }
    var record = EquilibriumRecord(
      name: "digits", machine: machine, parameters: 650, trainSamples: 1257, weightDecay: 0.05, seed: 1, steps: 20_000,
      interval: 5, minimumLoss: 0.5, minimumGradientNorm: 1e-6, covarianceTrace: 8, covarianceSamples: 1257, runs: runs,
      collapse: Collapse(
        pairs: [
          .init(first: 0, second: 1, temperatureRatio: 1, distance: 0.05),
          .init(first: 0, second: 3, temperatureRatio: 2, distance: 0.8),
        ], expectedBySampling: 0.04))
    record.starts = [0.032, 0.016, 0.008].map { rate in
      EquilibriumStart(
        learningRate: rate, batch: 32, momentum: 0.9, hotFactor: 4, hotSteps: 2000, coldMeanLoss: 0.52, coldError: 1e-4,
        hotMeanLoss: 0.5201, hotError: 1e-4, coldTrace: [.init(step: 0, loss: 0.5), .init(step: 100, loss: 0.52)],
        hotTrace: [.init(step: 0, loss: 0.6), .init(step: 100, loss: 0.58)])
    }
    record.reshuffled = [
      ReshuffledChain(
        learningRate: 0.032, batch: 32, momentum: 0.9, excessLoss: 0.01, excessLossError: 1e-4,
        independentExcessLoss: 0.02, independentError: 1e-4, isStationary: true)
    ]
    record.spectrum = CurvatureSpectrum(eigenvalues: [0, 0.05, 1], covariances: [0, 0.001, 1], flatness: 1e-4)
    record.directions = [
      DirectionTemperatures(
        learningRate: 0.008, batch: 32, momentum: 0.9, meanTemperature: 1, temperatures: [0, 0.02, 1.1],
        predicted: [0, 0.02, 1])
    ]
    record.equipartition = Equipartition(
      holds: false, low: 1e-7, high: 20, directions: 2, flatDirections: 1, reasons: ["the noise is not like it"])
    return record
  }

  static var noise: NoiseRecord {
    var record = NoiseRecord(
      name: "digits", machine: machine, weights: nil, noiseScale: 70, low: 60, high: 80, gradientSquaredNorm: 1.5,
      covarianceTrace: 105, isGradientExact: true, loss: 2.3, samples: 8192, samplesPerGradient: 1, trainSamples: 1257,
      parameters: 650, batch: 64, learningRate: 0.1, momentum: 0.9)
    record.recommendation = .init(
      batch: 64, learningRate: 0.1, largestLearningRate: 0.2, reasons: ["since B ≈ B_noise"])
    record.layers = [.init(tensor: "0.weight", parameters: 640, gradientSquaredNorm: 1.4, covarianceTrace: 100)]
    return record
  }

  static var linearity: LinearityRecord {
    let points = [0, 1, 2, 5].flatMap { epoch in
      [2, 4, 8].map { multiple in
        let gap = 0.3 * Double(multiple) / Double(1 + epoch)
        return LinearityRecord.Point(
          multiple: multiple, step: epoch * 10, epoch: Double(epoch), relativeGap: gap, gapError: gap / 10,
          momentumGap: gap / 2, lossGap: gap, lossBefore: 2, lossSmall: 1, lossLarge: 1 + gap)
      }
    }
    return LinearityRecord(
      name: "digits", machine: machine, batch: 16, learningRate: 0.02, momentum: 0.9, weightDecay: 0, stepsPerEpoch: 10,
      repeats: 4, tolerance: 0.5, points: points, configMultiple: 4)
  }
}

@Suite("Pages of the temperature studies")
struct TemperatureReportTests {
  @Test("the equilibrium page says the result in words and has every figure")
  func equilibrium() {
    let page = SampleTemperature.equilibrium.page
    #expect(page.headline.hasPrefix("At equal η/(B(1−m)) the loss has one distribution: KS distance 0.05"))
    #expect(page.tone == .good)
    #expect(page.charts.count == 7)
    #expect(page.charts.allSatisfy { !$0.isEmpty })
    // It has a section of its own, and is not said twice.
    let html = page.html()
    #expect(html.components(separatedBy: "Equipartition fails").count == 2 && html.contains("below 0.001"))
    #expect(!page.html().contains("NaN"))
    let text = SampleTemperature.equilibrium.closingText(style: TerminalStyle(width: 80, unicode: false))
    #expect(text.allSatisfy { $0.isASCII } && text.contains("at twice the temperature"))
  }

  @Test("without collapse, or with chains that never settled, the page does not claim the law")
  func lawless() {
    var record = SampleTemperature.equilibrium
    record.collapse = Collapse(
      pairs: [
        .init(first: 0, second: 1, temperatureRatio: 1, distance: 0.5),
        .init(first: 0, second: 3, temperatureRatio: 2, distance: 0.8),
      ], expectedBySampling: 0.04)
    #expect(record.page.tone == .warning)
    #expect(record.headline.contains("do not collapse"))
    record = SampleTemperature.equilibrium
    record.runs[0].isStationary = false
    #expect(record.page.notes.first?.contains("did not pass") == true)
    record.runs = []
    #expect(record.page.headline.contains("diverged"))
  }

  @Test("the noise page recommends a batch, and none where the gradient cannot be told from zero")
  func noise() {
    let page = SampleTemperature.noise.page
    #expect(page.headline.contains("70.0 samples (95 %: 60.0 to 80.0)") && page.headline.contains("batch of about 64"))
    #expect(page.charts.count == 2 && page.charts.allSatisfy { !$0.isEmpty })
    var wide = SampleTemperature.noise
    (wide.low, wide.high) = (10, 300)
    #expect(wide.page.headline.contains("too wide to name a batch") && wide.tone == .plain && page.tone == .good)
    var endless = SampleTemperature.noise
    (endless.noiseScale, endless.high, endless.recommendation) = (.infinity, .infinity, nil)
    #expect(endless.page.headline.contains("cannot be told from zero"))
    #expect(endless.page.charts.isEmpty)
    #expect(!endless.closingText().isEmpty)
  }

  @Test("the linearity page says the warmup")
  func linearity() {
    let page = SampleTemperature.linearity.page
    // 0.3·4 ÷ (1 + epoch) ≤ 0.5 from epoch 2 on; less 1.96 errors of a tenth each, 0.48 at epoch 1.
    #expect(
      page.headline
        == "Steps 4 times as large become linear between 1 and 2 epochs (95 %), by the measured gaps after 2 "
        + "epochs: a warmup of 2 epochs is on the safe side.")
    #expect(page.tone == .plain)
    var sure = SampleTemperature.linearity
    for index in sure.points.indices { sure.points[index].gapError = 0.01 * sure.points[index].relativeGap }
    #expect(sure.headline == "Steps 4 times as large become linear after 2 epochs: warm up for that long.")
    #expect(sure.tone == .good)
    #expect(page.charts.count == 4 && page.charts.allSatisfy { !$0.isEmpty })
    #expect(SampleTemperature.linearity.closingText().contains("longest k"))
  }

  @Test("records read back from JSON as they were, and their tables have a row a cell")
  func roundTrip() throws {
    func again<Record: StudyRecord>(_ record: Record) throws -> Record {
      let text = JSONText.pretty(StudyDocument(record))
      return try JSONDecoder().decode(StudyDocument<Record>.self, from: Data(text.utf8)).record
    }
    #expect(try again(SampleTemperature.equilibrium) == SampleTemperature.equilibrium)
    #expect(try again(SampleTemperature.noise) == SampleTemperature.noise)
    #expect(try again(SampleTemperature.linearity) == SampleTemperature.linearity)
    #expect(SampleTemperature.equilibrium.table.rows.count == 9)
    #expect(SampleTemperature.noise.table.rows.count == 2)
    #expect(SampleTemperature.linearity.table.rows.count == 12)
  }
}
