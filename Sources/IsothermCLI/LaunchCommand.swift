import ArgumentParser
import Configuration
import Coordinator
import Foundation
import Launching

struct LaunchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "launch",
    abstract: "Trains on several hosts, and continues from the last checkpoint when some are lost.",
    discussion: """
      Starts the ranks of a run by mpirun (Open MPI or MPICH). When a rank dies or a host is lost, the others continue \
      from the last checkpoint, to the bits of an undisturbed run; a host that is back is taken in at the next \
      checkpoint. The run directory has to be on a disk that all hosts see; config and weights are read by the first \
      rank alone, data by each.

        isotherm launch --hosts a,b,c train mnist.json
        isotherm launch --hosts a,b --ranks-per-host 2 --restarts 5 train mnist.json
        isotherm launch --ranks-per-host 2 train digits.json   # two ranks here
        isotherm launch --hosts a,b train --resume runs/mnist
      """)

  @Option(help: ArgumentHelp("Names of the hosts; left out, this machine alone.", valueName: "names"))
  var hosts: String?

  @Option(help: ArgumentHelp("Ranks on each host.", valueName: "count"))
  var ranksPerHost = 1

  @Option(help: ArgumentHelp("How often the run is started again after a failure.", valueName: "count"))
  var restarts = 3

  @Option(help: ArgumentHelp("Seconds after which a silent rank is lost.", valueName: "seconds"))
  var silence = Int(RankedRun.defaultTimeout)

  @Option(help: ArgumentHelp("Seconds between two looks for hosts that were lost.", valueName: "seconds"))
  var lookEvery = 30

  @Option(help: ArgumentHelp("The launcher of MPI.", valueName: "program"), completion: .file())
  var mpirun = "mpirun"

  @Option(
    help: ArgumentHelp(
      "Starts a program on another host, in place of ssh: gets its name and a command.", valueName: "program"))
  var agent: String?

  @Option(
    // Options begin with a dash.
    parsing: .unconditional,
    help: ArgumentHelp(
      "Further options of the launcher, such as \"--mca btl_tcp_if_include 10.0.0.0/24\".", valueName: "text"))
  var launcherOptions: String?

  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp("train and its options, as for one process.", valueName: "train …"))
  var command: [String] = []

  func validate() throws {
    guard command.first == "train" else {
      throw ValidationError("found \(command.first ?? "nothing") to launch; allowed: train, followed by its options")
    }
    try OptionRange.require("--ranks-per-host", ranksPerHost, in: OptionRange.ranks)
    try OptionRange.require("--restarts", restarts, in: 0...1_000_000)
    try OptionRange.require("--silence", silence, in: 1...1_000_000)
    try OptionRange.require("--look-every", lookEvery, in: 1...1_000_000)
    if let hosts, names.isEmpty || names.contains(where: { $0.contains(":") || $0.contains(" ") }) {
      throw ValidationError("--hosts: found \"\(hosts)\"; allowed: names with commas between them, such as a,b,c")
    }
    if Set(names).count < names.count { throw ValidationError("--hosts: a host is given twice; give each once") }
    guard OptionRange.ranks.contains(max(1, names.count) * ranksPerHost) else {
      throw ValidationError("\(names.count * ranksPerHost) ranks; allowed: at most \(OptionRange.ranks.upperBound)")
    }
  }

  private var names: [String] { (hosts ?? "").split(separator: ",").map(String.init) }

  func run() throws {
    let train = try TrainCommand.parse(Array(command.dropFirst()))
    if train.dryRun { throw ValidationError("--dry-run cannot be used with launch: use train CONFIG --dry-run") }
    var launcher = try MPIRun(path: mpirun)
    launcher.agent = agent
    launcher.options = (launcherOptions ?? "").split(separator: " ").map(String.init)
    let folder: String
    if let resume = train.resume {
      folder = try LatestRun.use(resume, .checkpoint)
    } else {
      let configuration = try ConfigurationOptions.load(train.config ?? "", overrides: train.overrides)
      if let out = train.out { try NewFolder.requireFree(out) }
      folder = try train.out ?? NewFolder.make(stem: "runs/\(configuration.name)")
    }
    let program = Self.program
    var order = Launch.Order(
      mpirun: launcher, hosts: names, ranksPerHost: ranksPerHost, restarts: restarts, variables: Self.variables,
      folder: folder, first: [program] + (train.resume == nil ? train.arguments(out: folder) : command),
      resuming: [program] + train.arguments(resuming: folder), isResumed: train.resume != nil)
    order.probeSeconds = Double(lookEvery)
    setenv(RankedRun.timeoutVariable, "\(silence)", 1)
    SignalHandling.begin(.working)
    let outcome = try Launch(order, stop: SignalHandling.stop) { printRemark("launch: \($0)") }.run()
    if outcome.attempts > 1 {
      printRemark(
        "launch: \(outcome.attempts) starts, \(outcome.failures) after a failure; "
          + String(format: "%.1f of %.1f s were lost", outcome.lostSeconds, outcome.seconds) + " (\(folder))")
    }
    if outcome.code != 0 { throw ExitCode(outcome.code) }
  }

  /// This program, where other hosts have it too: by the path that it was started by.
  static var program: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
  }

  /// Names of variables that ranks on other hosts have to have as this process does.
  private static var variables: [String] {
    let own = ProcessInfo.processInfo.environment.keys.filter { $0.hasPrefix("ISOTHERM_") || $0.hasPrefix("OPENBLAS_") }
    return Set(own + [RankedRun.timeoutVariable]).sorted()
  }
}

extension TrainCommand {
  /// The arguments of a run that begins, in a directory.
  func arguments(out folder: String) -> [String] {
    var arguments = ["train", config ?? ""] + overrides.flatMap { ["--set", $0] } + ["--out", folder]
    if let initialWeights { arguments += ["--init", initialWeights] }
    if initPartial { arguments.append("--init-partial") }
    return arguments + commonArguments
  }

  /// The arguments of the same run that goes on.
  func arguments(resuming folder: String) -> [String] {
    ["train", "--resume", folder] + (acceptChanges ? ["--accept-changes"] : []) + commonArguments
  }

  private var commonArguments: [String] {
    var arguments = output.quiet ? ["--quiet"] : []
    if output.json { arguments.append("--json") }
    if trapNan { arguments.append("--trap-nan") }
    if let threads = threadOptions.threads { arguments += ["--threads", "\(threads)"] }
    return arguments + live.arguments
  }
}
