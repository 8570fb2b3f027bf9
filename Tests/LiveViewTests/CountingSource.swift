import Foundation
import Reports
import TestSupport

/// A source that counts what it is asked, and whose page is as large as it is told.
final class CountingSource: LiveSource {
  struct State {
    var number = 0
    var seen = -1
    var pages = 0
    var bytes = 0
    var files = 0
  }

  let state: Locked<State>

  init(_ state: Locked<State>) { self.state = state }

  func renew() -> Bool {
    state.withLock { state in
      defer { state.seen = state.number }
      return state.seen != state.number
    }
  }

  func page(isOver: Bool) -> ReportPage {
    state.withLock { state in
      state.pages += 1
      return ReportPage(
        title: "t", kicker: "k", headline: isOver ? "over" : "number \(state.number)",
        sections: [.init("Text", [.paragraph(String(repeating: "word ", count: state.bytes / 5))])])
    }
  }

  func file(_ name: String) -> Data? {
    state.withLock { $0.files += 1 }
    return name == "metrics.jsonl" ? Data("{}\n".utf8) : nil
  }

  func metrics() -> [Metric] {
    [
      Metric("isotherm_step", "Steps done.", Double(state.withLock { $0.number })),
      Metric("isotherm_samples_total", "Samples.", 8, kind: .counter, labels: [("name", "ü")]),
    ]
  }
}

/// Memory of this process.
enum ResidentMemory {
  /// 0 where the system has no such file.
  static var bytes: Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    return text.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 4096 } ?? 0
  }
}
