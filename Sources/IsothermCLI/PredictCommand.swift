import ArgumentParser
import Charts
import Checkpoints
import Coordinator
import Datasets
import Foundation
import Kernels
import Models
import Reports

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Writes what a model predicts of every sample of an input, as CSV or JSON lines.",
    discussion: """
      Samples need no labels. A CSV's columns are matched by name; pictures are a file, a folder, or a list of paths on \
      standard input; arrays are .npy, .npz or IDX files.

        isotherm predict latest --input new.csv > predictions.csv
        isotherm predict model.safetensors --input photos/ --top 5 --format jsonl
        cut -d, -f2- table.csv | isotherm predict runs/wine --input - | head

      A line has the sample's row or file, the most probable class and its probability, then with --top the best classes \
      in turn; for numbers to predict the value in its units. Where the input has the true value, it is added at \
      the end. The order is that of the input.
      """)

  @OptionGroup var model: ModelOptions
  @OptionGroup var input: InputOptions
  @Option(help: ArgumentHelp("csv or jsonl.", valueName: "format")) var format = PredictionText.Format.csv
  @Option(help: ArgumentHelp("How many classes a line has, the most probable first.", valueName: "count")) var top = 1
  @Option(
    help: ArgumentHelp("The file to write. Default: standard output.", valueName: "file"), completion: .file())
  var out: String?
  @OptionGroup var threadOptions: ThreadOptions
  @Flag(name: .shortAndLong, help: "Shows no progress.") var quiet = false

  func validate() throws {
    if top < 1 { throw ValidationError("--top: found \(top), allowed is 1 or more") }
  }

  func run() throws {
    let writer = try PredictionWriter(out)
    var lines: PredictionLines?
    var counts = (samples: 0, skipped: 0)
    let start = Date()
    let progress = ProgressWriter(quiet: quiet || out == nil)
    let (model, answers) = try predictions { model, answers, predictions in
      let made =
        lines
        ?? PredictionLines(
          model, answers, format: format, top: top, hasAnswers: predictions.answers.contains { $0 != nil })
      try input.check(predictions)
      try requireFinite(predictions)
      if lines == nil { try writer.write(made.header) }
      lines = made
      try writer.write(made.text(predictions))
      counts.samples += predictions.names.count - predictions.failures.count
      counts.skipped += predictions.failures.count
      for sample in predictions.failures.keys.sorted().prefix(max(0, 5 - (counts.skipped - predictions.failures.count)))
      {
        if let error = predictions.failures[sample] { printRemark("skipped: \(error)") }
      }
      progress.update(ProgressState(step: counts.samples, activity: "predicting"))
    }
    progress.finish()
    if lines == nil {
      try writer.write(PredictionLines(model, answers, format: format, top: top, hasAnswers: false).header)
    }
    try writer.finish()
    guard !quiet else { return }
    let seconds = -start.timeIntervalSinceNow
    let skipped = counts.skipped > 0 ? ", \(HumanFormat.count(counts.skipped)) skipped" : ""
    printRemark(
      "\(HumanFormat.plural(HumanFormat.count(counts.samples), "prediction"))\(skipped) in \(out ?? "standard output"), "
        + "\(HumanFormat.rate(Double(counts.samples) / max(seconds, 1e-9)))")
  }

  /// Predicts the input, or the config's test set.
  private func predictions(
    _ use: (Model, AnswerForm, Predictions) throws -> Void
  ) throws -> (Model, AnswerForm) {
    if let location = input.location {
      let model = try model.load(quiet: quiet)
      guard let answers = model.preprocessing?.answers else { throw Self.needsInput(self.model.name) }
      let threads = threadOptions.count(model.configuration)
      let notes = try Predictor(model, threads: threads).predict(location) { try use(model, answers, $0) }
      for note in notes where !quiet { printRemark("note: \(note)") }
      return (model, answers)
    }
    let (model, splits, _) = try model.loadWithData(quiet: quiet)
    let answers = splits.answers
    let threads = threadOptions.count(model.configuration)
    try Predictor(model, threads: threads).predict(SourceReader(splits.test, targetScale: splits.targetScale)) {
      try use(model, answers, $0)
    }
    return (model, answers)
  }

  private static func needsInput(_ path: String) -> ReportTargetError {
    ReportTargetError(path: path, message: "does not say how inputs are read; name its config: CONFIG --weights FILE")
  }

  private func requireFinite(_ predictions: Predictions) throws {
    let bad = predictions.names.indices.count { index in
      predictions.failures[index] == nil && !predictions.row(index).allSatisfy(\.isFinite)
    }
    guard bad > 0 else { return }
    throw DivergedWeightsError(
      path: try model.weightsFile(),
      found: "\(bad) of \(predictions.names.count) samples have outputs that are NaN or infinite")
  }
}

extension PredictionText.Format: ExpressibleByArgument {}

/// Makes lines of a model's predictions.
private struct PredictionLines {
  private let text: PredictionText
  private let answers: AnswerForm
  private let top: Int
  private let predictsClasses: Bool

  init(_ model: Model, _ answers: AnswerForm, format: PredictionText.Format, top: Int, hasAnswers: Bool) {
    self.answers = answers
    switch answers {
    case .classes(let names) where model.network.loss != .meanSquaredError:
      predictsClasses = true
      self.top = min(top, names.count)
      text = PredictionText(format, top: self.top, hasAnswers: hasAnswers)
    case .classes(let names):
      // Trained on numbers 0 and 1 for the classes: these are what comes out.
      predictsClasses = false
      self.top = 0
      text = PredictionText(format, values: names, hasAnswers: hasAnswers)
    case .values(let scale):
      predictsClasses = false
      self.top = 0
      text = PredictionText(format, values: scale.names, hasAnswers: hasAnswers)
    }
  }

  var header: String { text.header }

  func text(_ predictions: Predictions) -> String {
    predictions.names.indices.filter { predictions.failures[$0] == nil }.map { index in
      text.line(
        predictions.names[index], prediction(predictions.row(index)), answer: answer(predictions.answers[index]))
    }.joined()
  }

  private func prediction(_ outputs: ArraySlice<Float>) -> PredictionText.Prediction {
    switch answers {
    case .classes(let names) where predictsClasses:
      let probabilities = Softmax.probabilities(outputs)
      return .classes(Softmax.largest(top, of: outputs).map { (names[$0], probabilities[$0]) })
    case .classes: return .values(outputs.map(Double.init))
    case .values(let scale): return .values(outputs.enumerated().map { scale.number($1, index: $0) })
    }
  }

  private func answer(_ answer: InputAnswer?) -> [String] {
    switch (answer, answers) {
    case (.label(let label)?, .classes(let names)):
      predictsClasses ? [names[label]] : names.indices.map { $0 == label ? "1" : "0" }
    case (.values(let values)?, _): values.map(PredictionText.number)
    default: []
    }
  }
}

/// Where lines go: standard output at once, or a file that is there when it is whole.
private final class PredictionWriter {
  private let file: AtomicStream?

  init(_ path: String?) throws { file = try path.map { path throws(CheckpointError) in try AtomicStream(to: path) } }

  func write(_ lines: String) throws {
    guard !lines.isEmpty else { return }
    if let file { try file.append(Array(lines.utf8)) } else { printLines(lines) }
  }

  func finish() throws { try file?.finish() }
}
