import ArgumentParser

/// `isotherm data …`: everything about data before a run. `isotherm data CONFIG` inspects.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Lists, fetches and inspects data.",
    discussion: "`isotherm data CONFIG` is short for `isotherm data inspect CONFIG`.",
    subcommands: [DataListCommand.self, DataFetchCommand.self, DataInspectCommand.self],
    defaultSubcommand: DataInspectCommand.self)
}
