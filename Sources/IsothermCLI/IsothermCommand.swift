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
      Start with a config: `isotherm plan CONFIG` shows what a run will do, `isotherm train CONFIG` runs it.
      Exit codes: 0 done, 1 run-time failure, 2 usage or config, 3 data, 4 diverged, 5 target not reached, \
      75 interrupted with a checkpoint saved (go on with --resume).
      `isotherm --version --json` says what this build is made of: kernels, libraries, optional parts.
      """,
    version: IsothermVersion.current,
    subcommands: [
      TrainCommand.self, PlanCommand.self, EvaluateCommand.self, PredictCommand.self, ExportCommand.self,
      VerifyCommand.self, ScaleCommand.self, SweepCommand.self, NoiseCommand.self, EquilibriumCommand.self,
      LinearityCommand.self, RateCommand.self, ReportCommand.self, DataCommand.self, SchemaCommand.self,
      DoctorCommand.self,
    ])

  /// Parses, runs, and turns errors into the exit codes of the contract.
  static func main() {
    // A reader of the output that has left (`| head`) fails a write, which does not matter, in place of the program.
    signal(SIGPIPE, SIG_IGN)
    // A file that reaches the limit on file sizes (`ulimit -f`) fails a write, which says so, in place of the program.
    signal(SIGXFSZ, SIG_IGN)
    if VersionOption.isAsked(Array(CommandLine.arguments.dropFirst())) { return VersionOption.run() }
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      Failure.exit(error)
    }
  }
}
