import Coordinator
import Datasets
import Exporters
import Foundation
import JSON
import Models
import TestSupport
import Testing

/// Every model in every form, run in one Python process: to start PyTorch takes longer than all that it computes here.
enum Comparison {
  /// What Python found of a model's files.
  struct Result: Decodable {
    var stem: String
    var failure: String?
    var outputs: [String]?
    var inputType: String?
    var inputShape: [String]?
    var metadata: [String: String]?
    var names: Names?
    var modules: String?
    var classes: Int?
    /// Largest differences; a text where shapes differ.
    var onnx: Difference?
    var pytorch: Difference?
    var logits: Difference?
    var alone: Difference?
    /// Names that a `state_dict` and the file of weights do not share.
    var missing: [String]?
    var arrays: [String]?
    var equal: Bool?
    var texts: [String: String]?
    var longest: Int?
    var lines: Int?
    var hasTrailingBlanks: Bool?
    var isBlack: Bool?
    var printed: [[String]]?
    var error: String?
  }

  /// Names of classes, or their numbers where they have none.
  enum Names: Decodable, Equatable {
    case texts([String])
    case numbers([Int])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let texts = try? container.decode([String].self) {
        self = .texts(texts)
      } else {
        self = .numbers(try container.decode([Int].self))
      }
    }
  }

  enum Difference: Decodable, CustomStringConvertible {
    case number(Double)
    case text(String)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Double.self) {
        self = .number(number)
      } else {
        self = .text(try container.decode(String.self))
      }
    }

    func isAtMost(_ bound: Double) -> Bool { if case .number(let number) = self { number <= bound } else { false } }

    var description: String {
      switch self {
      case .number(let number): "\(number)"
      case .text(let text): text
      }
    }
  }

  /// A line of the list that Python reads.
  private struct Entry: Encodable {
    var stem: String
    var table = ""
    /// Of values, which are compared in these units; none for probabilities.
    var deviations: [Double] = []
    /// Whether the Python file is run as a program too.
    var runs = false
  }

  /// The results of all cases, by stem.
  static let results = Swift.Result { try run() }

  static func result(_ stem: String) throws -> Result {
    let result = try #require(try results.get()[stem], "Python says nothing of \(stem)")
    let failure = result.failure
    try #require(failure == nil, "\(stem)")
    return result
  }

  private static func run() throws -> [String: Result] {
    try withTemporaryFolder { folder in
      var entries: [Entry] = []
      for test in ExportCase.all {
        let (exported, predicting) = try test.models()
        let outputs = try test.outputs(of: predicting, in: folder)
        entries.append(try write(exported, answers: test.answers, stem: test.name, outputs, in: folder))
      }
      for test in TrainedCase.all where test.isAvailable {
        let (model, outputs) = try test.prepare(in: folder)
        let answers = try #require(model.preprocessing).answers
        var entry = try write(model, answers: answers, stem: test.name, outputs, in: folder)
        entry.runs = test.runs
        entry.table = test.table ?? ""
        entries.append(entry)
      }
      try Data(JSONText.line(entries).utf8).write(to: folder.appendingPathComponent("manifest.json"))
      let script = try #require(Bundle.module.url(forResource: "Python", withExtension: nil))
        .appendingPathComponent("compare.py")
      let run = try Program.run(Program.python, script.path, folder.path)
      let (status, output) = (run.status, run.output)
      #expect(status == 0)
      let results = try output.split(separator: "\n").map {
        try JSONDecoder().decode(Result.self, from: Data($0.utf8))
      }
      return Dictionary(uniqueKeysWithValues: results.map { ($0.stem, $0) })
    }
  }

  /// Writes a model in every form, and what predict says of its samples.
  private static func write(
    _ model: Model, answers: AnswerForm, stem: String, _ outputs: [Float], in folder: URL
  ) throws -> Entry {
    func path(_ ending: String) -> String { folder.appendingPathComponent(stem + ending).path }
    for format in ExportFormat.allCases {
      _ = try format.exporter.write(model, to: path("." + format.exporter.fileExtension))
    }
    let width = model.network.outputs
    var entry = Entry(stem: stem)
    var expected: [Double]
    switch answers {
    case .classes where model.network.loss != .meanSquaredError:
      expected = stride(from: 0, to: outputs.count, by: width).flatMap {
        Softmax.probabilities(outputs[$0..<$0 + width])
      }
    case .values(let scale):
      expected = outputs.enumerated().map { scale.number($1, index: $0 % width) }
      if !scale.isIdentity { entry.deviations = scale.deviations }
    default: expected = outputs.map { Double($0) }
    }
    try NPYFile.write(expected, [outputs.count / width, width], to: path(".expected.npy"))
    return entry
  }
}
