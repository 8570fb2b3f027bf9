import Foundation
import Testing

@Suite("docs/reliability.md")
struct ReliabilityPageTests {
  private let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  @Test("names tests and targets that are there, in every row")
  func everyRow() throws {
    let page = try String(contentsOf: package.appendingPathComponent("docs/reliability.md"), encoding: .utf8)
    let makefile = try String(contentsOf: package.appendingPathComponent("Makefile"), encoding: .utf8)
    let rows = page.split(separator: "\n").filter { $0.hasPrefix("| ") && $0.split(separator: "|").count == 4 }
      .filter { !$0.hasPrefix("| what ") }
    #expect(rows.count >= 20)
    let tests = try sources()
    for row in rows {
      let names = row.split(separator: "|").last?.matches(of: /`([^`]+)`/).map { String($0.1) } ?? []
      #expect(!names.isEmpty, "\(row)")
      for name in names where !name.hasPrefix("--") {
        let target = name.hasPrefix("make ") ? name.dropFirst(5) + ":" : nil
        let isThere =
          target.map { makefile.contains("\n" + $0) }
          ?? (tests.contains("struct \(name)") || FileManager.default.fileExists(atPath: path("Tests/" + name)))
        #expect(isThere, "\(name) is not there")
      }
    }
  }

  private func path(_ relative: String) -> String { package.appendingPathComponent(relative).path }

  private func sources() throws -> String {
    let files = FileManager.default.enumerator(atPath: path("Tests"))?.compactMap { $0 as? String } ?? []
    return try files.filter { $0.hasSuffix("Tests.swift") }
      .map { try String(contentsOfFile: path("Tests/" + $0), encoding: .utf8) }.joined()
  }
}
