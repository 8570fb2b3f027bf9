import ArgumentParser
import Foundation
import Isotherm

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
    var classNames: [String]
    var perClassAccuracy: [Double?]
    var confusionMatrix: [[Int]]
    var weightsSHA256: String
  }

  func run() throws {
    let configuration = try config.load()
    let splits = try loadData(configuration, quiet: output.quiet)
    let trainer = try Trainer(RunPlan(configuration, splits: splits, threads: threadOptions.threads))
    try trainer.loadWeights(from: weights)
    let evaluation = try trainer.evaluate()
    let result = Result(
      testLoss: evaluation.loss, testAccuracy: evaluation.accuracy, testSamples: splits.test.count,
      classNames: splits.test.classNames, perClassAccuracy: evaluation.perClassAccuracy,
      confusionMatrix: evaluation.confusionMatrix, weightsSHA256: trainer.weightsSHA256)
    if output.json { return printResult(JSONText.pretty(result)) }
    var table = TextTable(columns: [.text("class"), .init("samples"), .init("right", unit: "%")])
    for (index, name) in result.classNames.enumerated() where index < result.perClassAccuracy.count {
      table.append([
        name, HumanFormat.count(evaluation.confusionMatrix[index].reduce(0, +)),
        result.perClassAccuracy[index].map { HumanFormat.number($0 * 100) } ?? HumanFormat.missing,
      ])
    }
    if !table.rows.isEmpty { printResult(table.render(.detect(descriptor: 1))) }
    let accuracy = evaluation.accuracy.map { "accuracy \(HumanFormat.percent($0)), " } ?? ""
    printResult(
      "\(accuracy)loss \(HumanFormat.number(evaluation.loss, digits: 4)) on \(HumanFormat.count(splits.test.count)) test samples"
    )
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
    try trainer.loadWeights(from: weights)
    let evaluation = try trainer.evaluate()
    guard !evaluation.confusionMatrix.isEmpty else {
      throw RunError(path: "loss.kind", message: "predict writes classes, and this is a regression; use evaluate")
    }
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
