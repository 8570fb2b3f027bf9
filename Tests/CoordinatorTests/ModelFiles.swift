import Calendars
import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Models
import Records
import TestSupport
import Testing

/// Data of a config, one for each way in which numbers become inputs and outputs answers.
enum ModelFiles: String, CaseIterable, CustomTestStringConvertible {
  /// Bytes that are standardised.
  case digits
  /// A column that floats hold badly, so that stored numbers have a scale of their own.
  case timestamps
  /// Two numbers to predict, far from 0, which are standardised.
  case prices
  /// Two numbers whose offsets take most of a double's digits.
  case remotePrices
  /// The same, left as they are.
  case plainPrices
  /// Floats in microbatches with batch norm, whose last one is smaller.
  case synthetic

  var testDescription: String { rawValue }

  /// A config of a few steps; files that it names are made in the folder.
  func configuration(_ folder: URL) throws -> RunConfiguration {
    let hidden = ModelConfiguration.layers([
      .dense(units: 9, bias: true), .batchNorm, .relu, .dense(units: outputs, bias: true),
    ])
    var configuration = Runs.configuration(
      hidden, batch: 24, shards: 2, microbatch: 7, steps: 8,
      loss: isRegression ? .meanSquaredError : .crossEntropy(labelSmoothing: 0.1),
      rate: 0.05)
    configuration.data = try data(folder)
    return configuration
  }

  var isRegression: Bool { self == .prices || self == .remotePrices || self == .plainPrices }

  private var outputs: Int {
    switch self {
    case .digits: 10
    case .timestamps: 3
    case .prices, .remotePrices, .plainPrices: 2
    case .synthetic: 4
    }
  }

  private func data(_ folder: URL) throws -> DataConfiguration {
    switch self {
    case .digits, .prices, .remotePrices, .plainPrices:
      return DataConfiguration(source: .digits, normalization: .standardize)
    case .synthetic:
      return DataConfiguration(
        source: .synthetic(shape: [5, 3, 2], classes: 4, samples: 90, testSamples: 61), normalization: .standardize)
    case .timestamps:
      var generator = SeededGenerator(seed: 4)
      let paths = try [("train", 80), ("test", 53)].map { name, count in
        let url = folder.appendingPathComponent(name + ".csv")
        var text = "time,size,kind\n"
        for _ in 0..<count {
          let time = Int.random(in: 0..<90_000, using: &generator)
          let size = Double.random(in: -1...1, using: &generator)
          text += "\(1_764_000_000_000 + time),\(size),"
          text += ["rose", "iris", "lily"][time < 30_000 ? 0 : size < 0 ? 1 : 2] + "\n"
        }
        try text.write(to: url, atomically: true, encoding: .utf8)
        return url.path
      }
      return DataConfiguration(
        source: .csv(train: paths[0], test: paths[1], CSVConfiguration(labels: [.name("kind")])),
        normalization: .standardize)
    }
  }

  /// What the config names; numbers to predict are made in memory, as a source makes them that standardises them.
  func splits(_ configuration: RunConfiguration) throws -> DataSplits {
    guard isRegression else { return try RunData.load(configuration, threads: 1) }
    var generator = SeededGenerator(seed: 4)
    let far = self != .plainPrices
    let offset = self == .remotePrices ? 1e12 : 0
    let sets = [80, 53].map { count in
      let inputs = (0..<count * 2).map { _ in Double.random(in: -1...1, using: &generator) }
      let numbers = stride(from: 0, to: inputs.count, by: 2).flatMap { row -> [Double] in
        let (time, size) = (inputs[row], inputs[row + 1])
        return far ? [offset + 250_000 + 9e4 * time + 3e4 * size, offset + 0.03 + 1e-4 * size] : [size * 2, time]
      }
      return (inputs: inputs, numbers: numbers)
    }
    let names = ["price", "age"]
    let scale = far ? TargetScale(of: sets[0].numbers, names: names) : .identity(names: names)
    let datasets = sets.map { set in
      Dataset(
        name: "prices", shape: .features(2), samples: .floats(Buffer(set.inputs.map { Float($0 * 40 + 7) })),
        targets: .values(scale.standardized(set.numbers), width: 2))
    }
    let statistics = ChannelStatistics(datasets[0])
    let factors = statistics.deviations.map { 1 / $0 }
    let normalizer = Normalizer(
      scale: factors.map { Float($0) }, shift: zip(statistics.means, factors).map { Float(-$0 * $1) })
    return DataSplits(train: datasets[0], test: datasets[1], normalizer: normalizer, targets: scale)
  }

  /// A trained run: its weights' file, its data, and what its evaluation of the test set found.
  struct Trained {
    var path: String
    var splits: DataSplits
    var configuration: RunConfiguration
    var evaluation: Evaluation
    var predictedClasses: [Int]
  }

  func train(_ folder: URL, _ change: (inout RunConfiguration) -> Void = { _ in }) throws -> Trained {
    var configuration = try configuration(folder)
    change(&configuration)
    let splits = try splits(configuration)
    let trainer = try Trainer(RunPlan(configuration, splits: splits, threads: 2))
    for _ in 0..<8 { _ = trainer.takeStep() }
    let path = folder.path + "/weights.safetensors"
    try trainer.writeWeights(to: path)
    return Trained(
      path: path, splits: splits, configuration: configuration, evaluation: try trainer.evaluate(),
      predictedClasses: trainer.predictedClasses)
  }
}

/// What a predictor says of all samples of an input.
struct AllPredictions {
  var names: [String] = []
  var outputs: [Float] = []
  var answers: [InputAnswer?] = []
  var failures: [Int: DataError] = [:]
  /// Samples that were handed out at once.
  var pieces: [Int] = []

  init(_ model: Model, _ reader: any InputReader, threads: Int) throws {
    var all = (names: [String](), outputs: [Float](), answers: [InputAnswer?](), failures: [Int: DataError]())
    var pieces: [Int] = []
    try Predictor(model, threads: threads).predict(reader) { predictions in
      for (place, error) in predictions.failures { all.failures[all.names.count + place] = error }
      all.names += predictions.names
      all.outputs += predictions.outputs
      all.answers += predictions.answers
      pieces.append(predictions.names.count)
    }
    (names, outputs, answers, failures) = all
    self.pieces = pieces
  }
}
