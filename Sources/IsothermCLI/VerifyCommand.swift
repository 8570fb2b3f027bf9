import Keys
import Charts
import Configuration
import Reports
import Studies
import JSON
import Datasets
import ArgumentParser

#if LiveView
  import LiveView
#endif

struct VerifyCommand: ConfiguredStudyCommand {
  static let configuration = CommandConfiguration(
    commandName: VerifyStudy.name, abstract: "Trains with several thread counts and compares every bit of the weights.",
    discussion: """
      The exit code is 1 where they differ. Nothing is left on the disk.

        isotherm verify digits.json
        isotherm verify digits.json --threads 1,2,16 --steps 100
      """)

  @OptionGroup var config: ConfigurationOptions
  @Option(help: ArgumentHelp("Thread counts, separated by commas; they may exceed the cores.", valueName: "counts"))
  var threads = "1,2,8"
  @Option(help: ArgumentHelp("Steps to compare.", valueName: "count")) var steps = 20
  @OptionGroup var output: OutputOptions

  func validate() throws {
    let counts = threads.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard !counts.isEmpty, counts.allSatisfy({ OptionRange.threads.contains($0 ?? 0) }) else {
      throw ValidationError(
        "--threads: found \(threads), allowed are numbers \(OptionRange.words(OptionRange.threads)), separated by commas"
      )
    }
    try OptionRange.require("--steps", steps, in: 1...OptionRange.mostSteps)
  }

  func makeStudy(_ configuration: RunConfiguration, _ splits: DataSplits) -> VerifyStudy {
    VerifyStudy(threads: threads.split(separator: ",").compactMap { Int($0) }, steps: steps)
  }

  func carryOut(
    _ task: inout StudyTask<VerifyStudy>, _ monitor: StudyMonitor, _ server: LiveServer?
  ) throws -> Verification {
    defer { monitor.finish() }
    return try task.study.run(task.configuration, splits: task.splits, progress: monitor.show)
  }

  func conclude(_ result: Verification, _ task: StudyTask<VerifyStudy>) -> Int32? {
    if output.json {
      printResult(JSONText.pretty(result))
    } else {
      var table = TextTable(columns: [.init("threads"), .text("weights, SHA-256")])
      for run in result.runs { table.append(["\(run.threads)", run.weightsSHA256]) }
      printResult(table.render(.detect(descriptor: 1)))
      printResult(Self.headline(result))
    }
    return result.identical ? nil : Failure.runTime
  }

  private static func headline(_ result: Verification) -> String {
    if let difference = result.difference {
      return "DIFFERENT after step \(difference.step): \(difference.tensor)[\(difference.element)] is "
        + "\(difference.values[0]) with \(difference.threads[0]) threads and \(difference.values[1]) with "
        + "\(difference.threads[1])"
    }
    let diverged = result.divergedAtStep.map { "; the loss was not finite at step \($0)" } ?? ""
    return "identical: the same bits after each of \(result.steps) steps\(diverged)"
  }
}
