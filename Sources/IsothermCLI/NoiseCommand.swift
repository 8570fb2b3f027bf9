import Datasets
import Configuration
import Studies
import ArgumentParser

struct NoiseCommand: ConfiguredStudyCommand, RecordedStudyCommand {
  typealias Work = NoiseStudy

  static let configuration = CommandConfiguration(
    commandName: NoiseStudy.name,
    abstract: "Measures the gradient's noise scale at given weights, and recommends a batch and a learning rate.",
    discussion: """
      The noise scale is the batch at which the noise of a gradient is as large as the gradient: far larger batches pay \
      little. It grows as training goes on, so that it is worth measuring at trained weights, too.

        isotherm noise digits.json
        isotherm noise digits.json --weights model.safetensors --per-layer
      """)

  @OptionGroup var config: ConfigurationOptions
  @Option(
    help: ArgumentHelp("A safetensors file: weights or a checkpoint. Default: initial weights.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var weights: String?
  @Option(help: ArgumentHelp("Samples to draw, with replacement.", valueName: "count")) var samples = 8192
  @Flag(help: "Also lists the noise of every tensor.") var perLayer = false
  @Flag(help: "Estimates |G|² from the draws, too, in place of a pass over the training set.") var estimate = false
  @OptionGroup var threadOptions: ThreadOptions
  @OptionGroup var study: StudyOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try OptionRange.require("--samples", samples, in: 64...1_000_000_000)
  }

  func makeStudy(_ configuration: RunConfiguration, _ splits: DataSplits) -> NoiseStudy {
    var noise = NoiseStudy(samples: samples, weights: weights)
    noise.perLayer = perLayer
    noise.threads = threadOptions.count(configuration)
    if estimate { noise.usesExactGradient = false }
    return noise
  }
}
