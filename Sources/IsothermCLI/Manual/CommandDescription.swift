import ArgumentParser
import Foundation

/// A command as the argument parser describes it: the tree that `--experimental-dump-help` prints.
package struct CommandDescription: Decodable {
  /// A positional argument, an option or a flag.
  package struct Parameter: Decodable {
    package enum Kind: String, Decodable { case positional, option, flag }

    struct Name: Decodable {
      enum Kind: String, Decodable { case long, short, longWithSingleDash }
      var kind: Kind
      var name: String

      var text: String { (kind == .long ? "--" : "-") + name }
    }

    var kind: Kind
    var shouldDisplay: Bool
    var isOptional: Bool
    var isRepeating: Bool
    var names: [Name]?
    var valueName: String?
    var defaultValue: String?
    var allValues: [String]?
    var abstract: String?
    var discussion: String?
  }

  var superCommands: [String]?
  var shouldDisplay: Bool?
  var commandName: String
  var abstract: String?
  var discussion: String?
  var subcommands: [CommandDescription]?
  var arguments: [Parameter]?

  /// The words that call it, such as `isotherm data fetch`.
  package var words: [String] { (superCommands ?? []) + [commandName] }

  /// Of a command with all that are below it.
  package init(_ command: any ParsableCommand.Type) throws {
    struct Dump: Decodable { var command: CommandDescription }
    self = try JSONDecoder().decode(Dump.self, from: Data(command._dumpHelp().utf8)).command
  }

  /// Itself and all commands below it that users are shown, parents first.
  package var all: [CommandDescription] {
    [self] + children.flatMap(\.all)
  }

  /// The commands right below it that users are shown.
  package var children: [CommandDescription] {
    (subcommands ?? []).filter { $0.commandName != "help" && $0.shouldDisplay != false }
  }

  /// What users are shown of its arguments, `--help` and `--version` left out.
  var parameters: [Parameter] {
    (arguments ?? []).filter { parameter in
      parameter.shouldDisplay && !(parameter.names ?? []).contains { ["help", "version"].contains($0.name) }
    }
  }
}
