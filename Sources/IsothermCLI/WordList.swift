import ArgumentParser
import Foundation

/// Words of an option, separated by commas: `--warmup gradual,none`.
struct WordList: ExpressibleByArgument, Sendable {
  var values: [String]

  init?(argument: String) {
    values = argument.split(separator: ",", omittingEmptySubsequences: false)
      .map { $0.trimmingCharacters(in: .whitespaces) }
  }

  /// Throws unless every word is allowed, and none stands twice.
  func validate(_ option: String, allowed: [String]) throws {
    for (index, value) in values.enumerated() {
      guard allowed.contains(value) else {
        throw ValidationError("\(option): found \(value), allowed are \(allowed.joined(separator: ", "))")
      }
      if values[..<index].contains(value) { throw ValidationError("\(option): \(value) is given twice") }
    }
  }
}
