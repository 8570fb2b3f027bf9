import ArgumentParser

/// `isotherm data …`: everything about data before a run. `isotherm data CONFIG` inspects.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Lists, fetches, inspects and packs data.",
    discussion: """
      `isotherm data CONFIG` is short for `isotherm data inspect CONFIG`.

        isotherm data list
        isotherm data digits.json
      """,
    subcommands: [DataListCommand.self, DataFetchCommand.self, DataInspectCommand.self, DataPackCommand.self],
    defaultSubcommand: DataInspectCommand.self)
}
