import Records
import Replays
import Starter
import Checkpoints
import Models
import Keys
import Launching
import Kernels
import Datasets
import Coordinator
import ArgumentParser
import Foundation

#if LiveView
  import LiveView
#endif

/// Exit codes of the contract, and the way from an error to one of them.
enum Failure {
  static let runTime: Int32 = 1
  static let usage: Int32 = 2
  static let data: Int32 = 3
  static let diverged: Int32 = 4
  static let targetNotReached: Int32 = 5
  static let interrupted: Int32 = 75

  /// Prints an error as `isotherm: …` on standard error and ends the program with its code.
  static func exit(_ error: any Error) -> Never {
    if let code = error as? ExitCode {
      // Of a run that came to its end together with its ranks, or of a command that has none.
      Foundation.exit(code.rawValue)
    }
    guard let status = status(error) else {
      // The argument parser's own: help and version end well, a usage error has code 2 here.
      let code = IsothermCommand.exitCode(for: error)
      if code.isSuccess { IsothermCommand.exit(withError: error) }
      printRemark(UsageMessage.text(for: error, arguments: Array(CommandLine.arguments.dropFirst())))
      Foundation.exit(usage)
    }
    if error is RankMismatchError {
      // All ranks have found the same, and leave together.
      if RankedRun.isFirst { printRemark("isotherm: \(error)") }
      RankedRun.leave()
      Foundation.exit(status)
    }
    printRemark("isotherm: \(RankedRun.prefix)\(error)")
    RankedRun.abort(status)
    Foundation.exit(status)
  }

  private static func status(_ error: any Error) -> Int32? {
    switch error {
    case is ConfigurationError, is RunError, is ModelError, is KernelPathError, is LiveServerError,
      is ReportTargetError, is StarterError, is ReplayError, is RankMismatchError:
      usage
    case is DataError: data
    case is DivergedWeightsError: diverged
    case let error as RunFolderError: error.isUsage ? usage : runTime
    case let error as LaunchError: error.code
    case is CheckpointError, is RecordError, is BLASError: runTime
    case is ValidationError, is CleanExit: nil
    default: String(reflecting: type(of: error)).hasPrefix("ArgumentParser.") ? nil : runTime
    }
  }
}
