import ArgumentParser
import Configuration
import Keys

/// What a command line that cannot be carried out is answered with.
///
/// The argument parser says what is wrong with one; here it gets the prefix of all errors, the name of what was probably
/// meant, and the usage of the command that was called in place of the program's.
package enum UsageMessage {
  /// - Parameters:
  ///   - error: the argument parser's, or a ``ValidationError`` of a command.
  ///   - arguments: the words behind the program's name.
  package static func text(for error: any Error, arguments: [String]) -> String {
    let called = called(arguments)
    let words = ([IsothermCommand._commandName] + called.names).joined(separator: " ")
    let more = "  See '\(words) --help' for more information."
    if called.names.isEmpty, let word = arguments.first, !word.hasPrefix("-") {
      return "isotherm: \(word): no such command\(nearest(word, below: IsothermCommand.self))\n\(more)"
    }
    if error is ValidationError { return "isotherm: \(IsothermCommand.message(for: error))\n\(more)" }
    // The parser's own error, with the usage of the command that it was parsing.
    let text = IsothermCommand.fullMessage(for: error)
    let lines = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    let prefix = "Error: "
    let first = lines[0].hasPrefix(prefix) ? String(lines[0].dropFirst(prefix.count)) : String(lines[0])
    let hint = keyHint(first, arguments: arguments)
    // Of two options that may be meant, a key is the likelier.
    let found =
      hint.isEmpty ? first : first.firstRange(of: ". Did you mean").map { String(first[..<$0.lowerBound]) } ?? first
    return "isotherm: \(found)\(hint)" + (lines.count > 1 ? "\n\(lines[1])" : "")
  }

  /// The command that the first words call, and its names below the program.
  private static func called(_ arguments: [String]) -> (names: [String], type: any ParsableCommand.Type) {
    var (names, type): ([String], any ParsableCommand.Type) = ([], IsothermCommand.self)
    for word in arguments {
      guard let next = type.configuration.subcommands.first(where: { $0._commandName == word }) else { break }
      names.append(word)
      type = next
    }
    return (names, type)
  }

  private static func nearest(_ word: String, below type: any ParsableCommand.Type) -> String {
    let names = type.configuration.subcommands.filter { $0.configuration.shouldDisplay }.map { $0._commandName }
    return NearestName.among(names, to: word).map { "; nearest: \($0)" }
      ?? "; they are \(names.joined(separator: ", "))"
  }

  /// Where an option that no command has is a key of the config: how it is given.
  private static func keyHint(_ message: String, arguments: [String]) -> String {
    guard message.hasPrefix("Unknown option '--"), let quoted = message.split(separator: "'").dropFirst().first else {
      return ""
    }
    let name = quoted.dropFirst(2).prefix { $0 != "=" }
    guard let path = RunConfiguration.suggestion(for: String(name)) else { return "" }
    let place = arguments.firstIndex { $0 == "--\(name)" || $0.hasPrefix("--\(name)=") }
    let value = place.flatMap { place -> String? in
      if let equals = arguments[place].firstIndex(of: "=") {
        return String(arguments[place][arguments[place].index(after: equals)...])
      }
      let next = place + 1
      return arguments.indices.contains(next) && !arguments[next].hasPrefix("-") ? arguments[next] : nil
    }
    return "; it may be a key of the config: --set \(path)=\(value ?? "VALUE")"
  }
}
