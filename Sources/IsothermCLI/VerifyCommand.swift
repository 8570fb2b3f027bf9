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
    commandName: VerifyStudy.name,
    abstract: "Trains with several thread counts and ranks and compares every bit of the weights.",
    discussion: """
      The exit code is 1 where they differ. Nothing is left on the disk.

        isotherm verify digits.json
        isotherm verify digits.json --threads 1,2,16 --steps 100
        isotherm verify digits.json --ranks 1,2,3
      """)

  @OptionGroup var config: ConfigurationOptions
  @Option(help: ArgumentHelp("Thread counts, separated by commas; they may exceed the cores.", valueName: "counts"))
  var threads = "1,2,8"
  @Option(
    help: ArgumentHelp(
      "Numbers of ranks, separated by commas, which are threads of this process here.", valueName: "counts"))
  var ranks: String?
  @Option(help: ArgumentHelp("Steps to compare.", valueName: "count")) var steps = 20
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try Self.require("--threads", threads, in: OptionRange.threads)
    if let ranks { try Self.require("--ranks", ranks, in: 1...Self.mostRanks) }
    try OptionRange.require("--steps", steps, in: 1...OptionRange.mostSteps)
  }

  /// Each is a trainer of its own in this process's memory.
  private static let mostRanks = 64

  private static func require(_ option: String, _ found: String, in range: ClosedRange<Int>) throws {
    let counts = found.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard !counts.isEmpty, counts.allSatisfy({ range.contains($0 ?? 0) }) else {
      throw ValidationError(
        "\(option): found \(found), allowed are numbers \(OptionRange.words(range)), separated by commas")
    }
  }

  func makeStudy(_ configuration: RunConfiguration, _ splits: DataSplits) -> VerifyStudy {
    func numbers(_ text: String) -> [Int] { text.split(separator: ",").compactMap { Int($0) } }
    return VerifyStudy(threads: numbers(threads), ranks: ranks.map(numbers) ?? [], steps: steps)
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
      let columns: [TextTable.Column] = [.init("threads")] + (ranks == nil ? [] : [.init("ranks")])
      var table = TextTable(columns: columns + [.text("weights, SHA-256")])
      for run in result.runs {
        table.append(["\(run.threads)"] + (ranks == nil ? [] : ["\(run.ranks)"]) + [run.weightsSHA256])
      }
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
    if !result.identical, let odd = result.firstOdd {
      return "DIFFERENT after \(result.steps) steps with \(odd.ranks) ranks"
        + (odd.isRounded ? " and \(odd.threads) threads" : "")
    }
    let diverged = result.divergedAtStep.map { "; the loss was not finite at step \($0)" } ?? ""
    let rounded =
      result.runs.contains { $0.isRounded }
      ? "; \"wire\": \"bf16\" rounds what ranks send, so each number of ranks was compared with itself" : ""
    return "identical: the same bits after each of \(result.steps) steps\(diverged)\(rounded)"
  }
}
