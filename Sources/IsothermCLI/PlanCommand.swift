import Records
import Reports
import Charts
import JSON
import Coordinator
import ArgumentParser

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Shows what a run will do, without training: layers, memory, steps, learning rates.",
    discussion: """
      The data are loaded, since steps and shapes follow from them.

        isotherm plan digits.json
        isotherm plan digits.json --set batch.size=256 --json
        isotherm plan digits.json --ranks 4       # what each rank would do
        isotherm plan digits.json --linearity studies/digits-linearity-20260131-120000
      """)

  @OptionGroup var config: ConfigurationOptions
  @Option(
    help: ArgumentHelp("Takes the warmup from the directory of a linearity study.", valueName: "dir"),
    completion: .directory)
  var linearity: String?
  @Option(
    help: ArgumentHelp(
      "Shows what each of so many ranks would compute, update and send in a step.", valueName: "count"))
  var ranks: Int?
  @OptionGroup var threadOptions: ThreadOptions
  @OptionGroup var output: OutputOptions

  func validate() throws { try OptionRange.require("--ranks", ranks, in: OptionRange.ranks) }

  func run() throws {
    var configuration = try config.load()
    let advice = try linearity.map { try WarmupAdvice.apply($0, to: &configuration) }
    let splits = try loadData(configuration, quiet: output.quiet)
    let plan = try RunPlan(configuration, splits: splits, threads: threadOptions.threads)
    var record = plan.record
    record.ranks = ranks.map { plan.rankRecords($0) }
    if let ranks { record.notes = (record.notes ?? []) + plan.rankNotes(ranks) }
    if let advice { record.notes = (record.notes ?? []) + [advice] }
    printResult(
      output.json
        ? JSONText.pretty(record) : record.text(schedule: plan.rateSamples, style: .detect(descriptor: 1)))
  }
}
