import ArgumentParser
import Isotherm

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Shows what a run will do, without training: layers, memory, steps, learning rates.")

  @OptionGroup var config: ConfigurationOptions
  @OptionGroup var threadOptions: ThreadOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let configuration = try config.load()
    let splits = try loadData(configuration, quiet: output.quiet)
    let plan = try RunPlan(configuration, splits: splits, threads: threadOptions.threads)
    printResult(
      output.json
        ? JSONText.pretty(plan.record) : plan.record.text(schedule: plan.rateSamples, style: .detect(descriptor: 1)))
  }
}
