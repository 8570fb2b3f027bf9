import ArgumentParser
import Charts
import Checkpoints
import Coordinator
import Datasets
import Foundation
import JSON
import Kernels
import Records
import Reports

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measures a model on the test set of its config, or on other samples whose answers are known.",
    discussion: """
      For classes: accuracy, precision, recall and F1 of each class, the confusion matrix, the calibration error, and for \
      two classes the area under the ROC curve. For numbers: R², RMSE and MAE in their units.

        isotherm evaluate latest                        # the newest run
        isotherm evaluate latest --input more.csv       # a table with the label
        isotherm evaluate a.safetensors --input photos/ # folders of the classes
      """)

  @OptionGroup var model: ModelOptions
  @OptionGroup var input: InputOptions
  @Option(
    help: ArgumentHelp(
      "The page to write. Default: evaluation.html in the run directory; without a run, none.", valueName: "file"),
    completion: .file(extensions: ["html"]))
  var out: String?
  @OptionGroup var threadOptions: ThreadOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let record = try measure()
    if output.json {
      printResult(JSONText.pretty(record))
    } else {
      printResult(record.closingText(style: .detect(descriptor: 1)))
    }
    if let page = try pagePath() {
      try AtomicFile.write(EvaluationReport.page(record).html(), to: page)
      if !output.json { printResult("  page  \(page)") }
    }
    guard record.notFiniteSamples == 0, record.testLoss.isFinite else {
      throw DivergedWeightsError(
        path: try model.weightsFile(),
        found: record.notFiniteSamples > 0
          ? "\(record.notFiniteSamples) of \(record.testSamples) test samples have outputs that are NaN or infinite"
          : "the test loss is \(record.testLoss)")
    }
  }

  private func measure() throws -> EvaluationRecord {
    guard let location = input.location else { return try measureTestSet() }
    let model = try model.load(quiet: output.quiet)
    guard let answers = model.preprocessing?.answers else {
      throw ReportTargetError(
        path: self.model.name, message: "does not say how inputs are read; name its config: CONFIG --weights FILE")
    }
    var collector = EvaluationCollector(model, answers: answers)
    let predictor = Predictor(model, threads: threadOptions.count(model.configuration))
    let notes = try predictor.predict(location) { predictions in
      try input.check(predictions)
      collector.add(predictions)
    }
    for note in notes where !output.quiet { printRemark("note: \(note)") }
    guard collector.answeredSamples > 0 else {
      throw DataError(
        file: location.description, found: "no sample says what is to be predicted",
        allowed: "the label's column of a table, folders named as the classes, or labels beside arrays",
        remedy: "add the answers, or use predict")
    }
    if collector.unansweredSamples > 0 {
      printRemark(
        "note: \(HumanFormat.count(collector.unansweredSamples)) samples without an answer are left out")
    }
    return collector.record(model: self.model.name, input: location.description)
  }

  private func measureTestSet() throws -> EvaluationRecord {
    let (model, splits, digest) = try model.loadWithData(quiet: output.quiet, threads: threadOptions.threads)
    var collector = EvaluationCollector(model, answers: splits.answers)
    try Predictor(model, threads: threadOptions.count(model.configuration))
      .predict(SourceReader(splits.test, targetScale: splits.targetScale)) { collector.add($0) }
    var record = collector.record(model: self.model.name, input: "test set")
    record.weightsSHA256 = digest
    return record
  }

  /// Where the page goes, if there is a place for it.
  private func pagePath() throws -> String? {
    if let out { return out }
    guard case .run(let folder, _) = try model.kind() else { return nil }
    return folder + "/evaluation.html"
  }
}
