import Configuration
import Foundation
import JSON
import Keys
import Records
import Reports

extension FuzzTarget {
  /// What people write.
  static let texts = [
    FuzzTarget(
      "config", otherSeeds: ["Configs"],
      words: [
        "\"batch\"", "\"size\"", "\"layers\"", "\"type\"", "\"conv2d\"", "\"residual\"", "null", "true", "//", "/*",
        "*/", "{", "}", "[", "]", ",", ":", "\"optimizer\"", "\"epochs\"", "\"data\"", "\"\\ud83d\\ude00\"",
      ]
    ) { input in
      let configuration = try RunConfiguration.decode(Data(input), file: "fuzz.json")
      // What a config says of itself makes the same config again.
      guard try RunConfiguration.decode(configuration.json(), file: "fuzz.json") == configuration else {
        fatalError("a config that is not read back as it was written: \(configuration.json())")
      }
    },
    FuzzTarget(
      "override",
      words: ["=", ".", "batch", "size", "optimizer.method=lars", "model.layers.0", "null", "{", "[", "\"", "steps"]
    ) { input in
      // One override a line.
      let overrides = try String(decoding: input, as: UTF8.self).split(separator: "\n").map { try Override(String($0)) }
      let base = #"{ "data": { "dataset": "digits" }, "model": { "preset": "mlp", "hidden": [8] }, "epochs": 2 }"#
      _ = try RunConfiguration.decode(base, file: "fuzz.json", overrides: overrides)
    },
    FuzzTarget("json", otherSeeds: ["Tests/Corpus/config"], words: ["\\u00", "e", "-", ".", "[", "]", "{", "}", ","]) {
      input in
      guard let text = String(validating: input, as: UTF8.self) else { return }
      let value = try JSONValue(parsing: text)
      // The digits of a large double are read as the whole number that they are, which is then written as itself.
      let again = try JSONValue(parsing: value.line)
      guard try JSONValue(parsing: again.line).line == again.line else {
        fatalError("a value that is not read back as it was written: \(value.line)")
      }
    },
  ]

  /// What runs and studies leave, and `report` reads.
  static let records = [
    FuzzTarget(
      "metrics", words: ["\"loss\"", "\"step\"", "null", "\"kind\"", "\"evaluation\"", "\"test\"", "\n", "{", "}"],
      bytesOfByte: 4000, refusesNothing: true
    ) { input in
      let record = RunRecord(
        name: "fuzz", folder: URL(fileURLWithPath: "/fuzz"), metrics: MetricsLog(contents: Data(input)))
      _ = RunReport.page(record).html()
    },
    FuzzTarget("summary", words: ["null", "[]", "{}", "\"loss\"", "\"accuracy\""], bytesOfByte: 4000) { input in
      let summary = try JSONDecoder().decode(RunSummary.self, from: Data(input))
      let record = RunRecord(
        name: "fuzz", folder: URL(fileURLWithPath: "/fuzz"), metrics: MetricsLog(), summary: summary)
      _ = RunReport.page(record).html()
    },
    FuzzTarget("study", words: ["null", "[]", "{}", "\"runs\"", "\"points\""], bytesOfByte: 4000) { input in
      let kinds: [any StudyReport.Type] = [
        ScaleRecord.self, SweepRecord.self, NoiseRecord.self, EquilibriumRecord.self, LinearityRecord.self,
        RateRecord.self,
      ]
      let header = try JSONDecoder().decode(StudyHeader.self, from: Data(input))
      for kind in kinds where kind.kind == header.study { try page(kind, input) }
    },
  ]

  private static func page<Record: StudyReport>(_ kind: Record.Type, _ input: [UInt8]) throws {
    let record = try JSONDecoder().decode(StudyDocument<Record>.self, from: Data(input)).record
    _ = record.page.html()
    _ = record.closingText()
  }
}
