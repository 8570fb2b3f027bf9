import Records
import ArgumentParser
import Foundation

/// The command `isotherm`.
@main
struct IsothermCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "isotherm",
    abstract: "Trains neural networks with large minibatches on many CPU threads, and measures what they gain.",
    discussion: """
      Exit codes: 0 done, 1 run-time failure, 2 usage or config, 3 data, 4 diverged, 5 target not reached, \
      75 interrupted with a checkpoint saved (continue with --resume).

        isotherm init                     # writes a first config, digits.json
        isotherm init --data wine.csv     # writes one for your data
        isotherm plan digits.json         # what a run will do
        isotherm train digits.json        # trains, and leaves a folder in runs
        isotherm evaluate latest          # how good the newest run's model is
        isotherm train --help             # a command's options, with examples
        isotherm --version --json         # what this build is made of
      """,
    version: IsothermVersion.current,
    subcommands: [ManualCommand.self],
    groupedSubcommands: [
      CommandGroup(
        name: "Train", subcommands: [InitCommand.self, PlanCommand.self, TrainCommand.self, LaunchCommand.self]),
      CommandGroup(
        name: "Use a model", subcommands: [EvaluateCommand.self, PredictCommand.self, ExportCommand.self]),
      CommandGroup(
        name: "Find threads, batch and learning rate",
        subcommands: [
          ScaleCommand.self, SweepCommand.self, CompareCommand.self, NoiseCommand.self, RateCommand.self,
          LinearityCommand.self, EquilibriumCommand.self,
        ]),
      CommandGroup(
        name: "Look into a run",
        subcommands: [
          ReportCommand.self, VerifyCommand.self, ReplayCommand.self, BisectCommand.self, AuditCommand.self,
        ]),
      CommandGroup(
        name: "Data, keys and machine", subcommands: [DataCommand.self, SchemaCommand.self, DoctorCommand.self]),
    ])

  /// Parses, runs, and turns errors into the exit codes of the contract.
  static func main() {
    occupyStandardDescriptors()
    // A reader of the output that has left (`| head`) fails a write, which does not matter, in place of the program.
    signal(SIGPIPE, SIG_IGN)
    // A file that reaches the limit on file sizes (`ulimit -f`) fails a write, which says so, in place of the program.
    signal(SIGXFSZ, SIG_IGN)
    SignalHandling.install()
    if VersionOption.isAsked(Array(CommandLine.arguments.dropFirst())) { return VersionOption.run() }
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      Failure.exit(error)
    }
  }

  /// Occupies standard input, output and error where they were closed: the next file that is opened would take their place, and
  /// a remark would be written into it. Reading and writing there fail as before.
  private static func occupyStandardDescriptors() {
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) < 0 {
      let taken = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
      if taken > descriptor { close(taken) }
    }
  }
}
