import ArgumentParser

/// A line of a command's help that a user could type.
package struct CommandExample: Equatable {
  /// As it stands there, its comment included.
  package let line: String
  /// The words that the command gets, its name first.
  package let words: [String]

  /// Columns of an example in a terminal of 80, besides those by which it stands in.
  private static let mostColumns = 78

  /// The examples of a discussion: lines that stand in by at least two blanks and call the command.
  package static func all(in discussion: String, of root: String) -> [CommandExample] {
    discussion.split(separator: "\n").compactMap { line in
      guard line.hasPrefix("  ") else { return nil }
      return pipeline(String(line)).first { $0.first == root }.map {
        CommandExample(line: line.drop { $0 == " " }.description, words: $0)
      }
    }
  }

  /// What is wrong with the examples of a command and of those below it: none, or one that the command would refuse.
  ///
  /// - Parameter isSpecial: arguments that the command takes although its parser does not.
  package static func faults(
    of root: any ParsableCommand.Type, isSpecial: ([String]) -> Bool = { _ in false }
  ) throws -> [String] {
    let description = try CommandDescription(root)
    var faults: [String] = []
    for command in description.all {
      let name = command.words.joined(separator: " ")
      if (command.abstract ?? "").isEmpty { faults.append("\(name): no abstract") }
      let examples = all(in: command.discussion ?? "", of: description.commandName)
      if !examples.contains(where: { Array($0.words.prefix(command.words.count)) == command.words }) {
        faults.append("\(name): no example, a line of its discussion that begins with two blanks and \(name)")
      }
      for example in examples where example.line.count > mostColumns {
        faults.append("\(name): \(example.line): longer than \(mostColumns) columns, so that a terminal would break it")
      }
      for example in examples where !isSpecial(Array(example.words.dropFirst())) {
        do {
          _ = try root.parseAsRoot(Array(example.words.dropFirst()))
        } catch {
          guard !root.exitCode(for: error).isSuccess else { continue }
          faults.append("\(name): \(example.line): \(root.message(for: error))")
        }
      }
    }
    return faults
  }

  /// The commands of a line, as a shell would divide it: words between blanks or in quotes, up to a comment; `|` parts
  /// commands, and what is behind `>` is no word of one.
  private static func pipeline(_ line: String) -> [[String]] {
    var commands: [[String]] = [[]]
    var word: String?
    var quote: Character?
    var isRedirected = false
    func end() {
      if let done = word, !isRedirected { commands[commands.count - 1].append(done) }
      word = nil
    }
    for character in line {
      if let open = quote {
        if character == open { quote = nil } else { word = (word ?? "") + String(character) }
        continue
      }
      switch character {
      case "'", "\"":
        quote = character
        word = word ?? ""
      case "#" where word == nil:
        return commands
      case " ":
        end()
      case "|":
        end()
        commands.append([])
        isRedirected = false
      case ">":
        end()
        isRedirected = true
      default: word = (word ?? "") + String(character)
      }
    }
    end()
    return commands
  }
}
