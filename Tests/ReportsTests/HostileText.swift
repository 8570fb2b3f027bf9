import Foundation
import Records
import Reports
import Testing

/// Text that would like to be something else than text.
enum HostileText {
  static let all = [
    "</script><img src=x onerror=\"document.title='stolen'\">", "\" onmouseover=\"document.title='stolen'\" x=\"",
    "' onfocus='document.title=1' autofocus='", "javascript:document.title='stolen'",
    "</style></title></svg></pre><script>",
    "--><!--<![CDATA[]]><?x?>", "&lt;b&gt;&#60;script&#62;", "\u{202E}gnp.exe\u{202C}\u{2066}x\u{2069}",
    "a\u{0}b\u{1B}[31m\u{7F}\u{85}c",
    "data: x\n\nevent: over\r\ndata: y", "{{constructor.constructor('document.title=1')()}}",
  ]

  /// All of it at once.
  static let whole = all.joined(separator: " ")

  /// A record each of whose strings is hostile, where it can be any string at all.
  static func spoiled<Record: Codable>(_ record: Record) throws -> Record {
    let encoded = try JSONSerialization.jsonObject(with: JSONEncoder().encode(record))
    var count = 0
    let root = try spoil(encoded, count: &count) { changed in
      guard let data = try? JSONSerialization.data(withJSONObject: changed) else { return false }
      return (try? JSONDecoder().decode(Record.self, from: data)) != nil
    }
    #expect(count > 0, "\(Record.self) has no text at all")
    return try JSONDecoder().decode(Record.self, from: JSONSerialization.data(withJSONObject: root))
  }

  /// Replaces strings one after the other; one of a fixed set of words is put back.
  private static func spoil(_ root: Any, count: inout Int, isValid: (Any) -> Bool) throws -> Any {
    var root = root
    var paths: [[Any]] = []
    collect(root, [], &paths)
    // Long lists have the same words again and again.
    for path in paths.prefix(400) {
      let changed = replacing(root, path[...], with: whole)
      guard isValid(changed) else { continue }
      root = changed
      count += 1
    }
    return root
  }

  private static func collect(_ value: Any, _ path: [Any], _ paths: inout [[Any]]) {
    switch value {
    case let dictionary as [String: Any]:
      for key in dictionary.keys.sorted() { collect(dictionary[key] as Any, path + [key], &paths) }
    case let array as [Any]:
      for (index, element) in array.enumerated() { collect(element, path + [index], &paths) }
    case is String: paths.append(path)
    default: break
    }
  }

  private static func replacing(_ value: Any, _ path: ArraySlice<Any>, with text: String) -> Any {
    guard let first = path.first else { return text }
    if var dictionary = value as? [String: Any], let key = first as? String, let child = dictionary[key] {
      dictionary[key] = replacing(child, path.dropFirst(), with: text)
      return dictionary
    }
    if var array = value as? [Any], let index = first as? Int {
      array[index] = replacing(array[index], path.dropFirst(), with: text)
      return array
    }
    return value
  }
}

/// Pages of every kind whose names, classes, paths and texts are hostile.
enum HostilePages {
  static let kinds = [
    "run", "running", "overlay", "evaluation", "equilibrium", "noise", "linearity", "rate", "scale", "sweep", "studies",
    "blocks",
  ]

  static func page(_ kind: String) throws -> ReportPage {
    switch kind {
    case "run": return RunReport.page(try run())
    case "running":
      var record = try run()
      record.summary = nil
      return RunReport.page(record)
    case "overlay": return OverlayReport.page([try run(), SampleRuns.digits(), try run()])
    case "evaluation": return EvaluationReport.page(try evaluation())
    case "equilibrium": return try HostileText.spoiled(SampleTemperature.equilibrium).page
    case "noise": return try HostileText.spoiled(SampleTemperature.noise).page
    case "linearity": return try HostileText.spoiled(SampleTemperature.linearity).page
    case "rate": return try HostileText.spoiled(RateReportTests.record).page
    case "scale": return try HostileText.spoiled(SampleScale.record).page
    case "sweep": return try HostileText.spoiled(SampleSweeps.batches()).page
    case "studies":
      let page = try HostileText.spoiled(SampleSweeps.batches()).page
      return StudyOverlayReport.page(.sweep, [(HostileText.whole, page), ("x" + HostileText.whole, page)])
    default: return blocks
    }
  }

  static func run() throws -> RunRecord {
    var record = SampleRuns.digits()
    record.name = HostileText.whole
    record.configuration = HostileText.whole
    record.folder = URL(fileURLWithPath: "/nowhere/" + HostileText.all[0].replacing("/", with: ""))
    record.summary = try record.summary.map { try HostileText.spoiled($0) }
    return record
  }

  private static func evaluation() throws -> EvaluationRecord {
    var record = EvaluationRecord(
      model: HostileText.whole, input: HostileText.whole, testLoss: 1, testSamples: 4)
    let counts = try #require(ClassCounts(matrix: [[1, 1], [0, 2]]))
    record.add(counts, classNames: [HostileText.whole, "x" + HostileText.whole])
    return record
  }

  /// Every block that a page may have.
  private static var blocks: ReportPage {
    let text = HostileText.whole
    let table = TextTable(
      caption: text, columns: [.text(text), .init(text, unit: text)], rows: HostileText.all.map { [$0, $0] },
      footer: [text, text])
    return ReportPage(
      title: text, kicker: text, headline: text, notes: HostileText.all, figures: [KeyFigure(text, text, note: text)],
      sections: [
        .init(
          text,
          [
            .paragraph(text), .table(table), .foldedTable(text, table), .foldedText(text, text: text),
            .facts(HostileText.all.map { ($0, $0) }), .files(HostileText.all.map { ($0, $0) }),
          ])
      ], footer: text)
  }
}
