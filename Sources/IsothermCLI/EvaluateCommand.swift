import Datasets
import Charts
import Checkpoints
import Records
import Reports
import JSON
import Coordinator
import ArgumentParser
import Foundation

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measures weights on the test set of a config.")

  @OptionGroup var config: ConfigurationOptions
  @Option(help: "A safetensors file: weights or a checkpoint.", completion: .file(extensions: ["safetensors"]))
  var weights: String
  @OptionGroup var threadOptions: ThreadOptions
  @OptionGroup var output: OutputOptions

  /// What `evaluate --json` prints.
  struct Result: Encodable {
    var testLoss: Double
    var testAccuracy: Double?
    var testSamples: Int
    /// Test samples with an output that is NaN or infinite.
    var notFiniteSamples: Int
    var classes: ClassRecord
    var weightsSHA256: String

    private enum CodingKeys: String, CodingKey {
      case testLoss, testAccuracy, testSamples, notFiniteSamples, weightsSHA256
    }

    /// The classes' keys stand beside the others.
    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode(testLoss, forKey: .testLoss)
      try values.encodeIfPresent(testAccuracy, forKey: .testAccuracy)
      try values.encode(testSamples, forKey: .testSamples)
      try values.encode(notFiniteSamples, forKey: .notFiniteSamples)
      try values.encode(weightsSHA256, forKey: .weightsSHA256)
      try classes.encode(to: encoder)
    }
  }

  func run() throws {
    let configuration = try config.load()
    let splits = try loadData(configuration, quiet: output.quiet)
    let plan = try RunPlan(configuration, splits: splits, threads: threadOptions.threads)
    let trainer = try Trainer(plan)
    let loaded = try trainer.loadWeights(from: weights)
    for note in splits.notes + loaded.notes where !output.quiet { printRemark("note: \(note)") }
    let evaluation = try trainer.evaluate()
    if output.json {
      let classes = (evaluation.isFinite ? evaluation.classes : nil).map {
        ClassRecord($0, classNames: splits.test.classNames)
      }
      printResult(
        JSONText.pretty(
          Result(
            testLoss: evaluation.loss, testAccuracy: evaluation.accuracy, testSamples: splits.test.count,
            notFiniteSamples: evaluation.notFiniteSamples, classes: classes ?? ClassRecord(),
            weightsSHA256: trainer.weightsSHA256)))
    } else {
      if evaluation.isFinite, let counts = evaluation.classes {
        printResult(Self.table(counts, splits.test.classNames).render(.detect(descriptor: 1)))
      }
      let accuracy = evaluation.accuracy.map { "accuracy \(HumanFormat.percent($0)), " } ?? ""
      printResult(
        "\(accuracy)loss \(HumanFormat.number(evaluation.loss, digits: 4)) on \(HumanFormat.count(splits.test.count)) test samples"
      )
    }
    try evaluation.requireFinite(weights: weights, samples: splits.test.count)
  }

  /// A row a class; for many classes, only the worst.
  private static func table(_ counts: ClassCounts, _ classNames: [String]) -> TextTable {
    guard counts.classes <= ClassRecord.mostClassesOfMatrix else {
      var table = ConfusionMatrix(classNames: classNames, counts: counts).worstTable(20)
      table.caption = "The 20 worst of \(HumanFormat.count(counts.classes)) classes."
      return table
    }
    var table = TextTable(columns: [.text("class"), .init("samples"), .init("right", unit: "%")])
    for (index, name) in classNames.enumerated() {
      table.append([
        name, HumanFormat.count(counts.samples[index]),
        counts.accuracy(of: index).map { HumanFormat.number($0 * 100) } ?? HumanFormat.missing,
      ])
    }
    return table
  }
}

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Writes the predicted class of every test sample of a config, as CSV.")

  @OptionGroup var config: ConfigurationOptions
  @Option(help: "A safetensors file: weights or a checkpoint.", completion: .file(extensions: ["safetensors"]))
  var weights: String
  @Option(help: "The CSV file. Default: standard output.", completion: .file(extensions: ["csv"]))
  var out: String?
  @OptionGroup var threadOptions: ThreadOptions
  @Flag(name: .shortAndLong, help: "Shows no progress.") var quiet = false

  func run() throws {
    let configuration = try config.load()
    let splits = try loadData(configuration, quiet: quiet)
    let trainer = try Trainer(RunPlan(configuration, splits: splits, threads: threadOptions.threads))
    for note in try trainer.loadWeights(from: weights).notes where !quiet { printRemark("note: \(note)") }
    let evaluation = try trainer.evaluate()
    guard evaluation.classes != nil else {
      throw RunError(path: "loss.kind", message: "predict writes classes, and this is a regression; use evaluate")
    }
    try evaluation.requireFinite(weights: weights, samples: splits.test.count)
    var text = "sample,predicted,class,label\n"
    for (sample, predicted) in trainer.predictedClasses.enumerated() {
      let name = splits.test.classNames[predicted].replacingOccurrences(of: "\"", with: "\"\"")
      text += "\(sample),\(predicted),\"\(name)\",\(splits.test.label(of: sample))\n"
    }
    if let out {
      try AtomicFile.write(text, to: out)
      if !quiet { printRemark("\(HumanFormat.count(splits.test.count)) predictions in \(out)") }
    } else {
      printResult(text)
    }
  }
}
