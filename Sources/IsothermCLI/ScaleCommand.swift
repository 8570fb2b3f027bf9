import Keys
import Configuration
import Records
import Machine
import Studies
import Kernels
import Datasets
import ArgumentParser

struct ScaleCommand: ConfiguredStudyCommand, RecordedStudyCommand {
  static let configuration = CommandConfiguration(
    commandName: ScaleStudy.name,
    abstract: "Measures training speed against threads and batch, and predicts what more threads would bring.",
    discussion: """
      Every cell of the grid takes real training steps; times are medians over the timed ones. Cells with more \
      threads than cores are measured and marked, but say nothing about larger machines. With --ranks, processes that \
      mpirun starts here share the steps; under mpirun, the ranks that it has started are measured, on any hosts.

        isotherm scale digits.json
        isotherm scale digits.json --threads 1,2,4 --batches 64,256,1024 --seconds 2
        isotherm scale digits.json --threads 1,2 --ranks 1,2,4
        mpirun -n 4 --host a,b,c,d isotherm scale digits.json
      """)

  @OptionGroup var config: ConfigurationOptions
  @Option(
    help: ArgumentHelp("Thread counts, separated by commas. Default: 1, 2, 4 … up to the cores.", valueName: "counts"))
  var threads: NumberList<Int>?
  @Option(
    help: ArgumentHelp(
      "Batches, separated by commas. Default: 64, 256, 1024 … as far as the training set goes.", valueName: "sizes"))
  var batches: NumberList<Int>?
  @Option(
    help: ArgumentHelp("Seconds of timed steps for each cell; at least three steps are timed.", valueName: "seconds"))
  var seconds = 6.0
  @Option(help: ArgumentHelp("Visits to each cell, in an order that changes.", valueName: "count")) var rounds = 5
  @Option(
    help: ArgumentHelp(
      "Numbers of processes that share each step, separated by commas; 1 is this one alone.", valueName: "counts"))
  var ranks: NumberList<Int>?
  @Option(help: ArgumentHelp("The launcher of MPI, for --ranks.", valueName: "program"), completion: .file())
  var mpirun = "mpirun"
  @OptionGroup var study: StudyOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try threads?.validate("--threads", in: OptionRange.threads)
    try batches?.validate("--batches", in: OptionRange.batches)
    try ranks?.validate("--ranks", in: OptionRange.ranks)
    try OptionRange.require("--seconds", seconds, in: .leastNormalMagnitude...1e6)
    try OptionRange.require("--rounds", rounds, in: 1...1_000_000)
  }

  func makeStudy(_ configuration: RunConfiguration, _ splits: DataSplits) throws -> ScaleStudy {
    var study = ScaleStudy(
      threads: RankedRun.agreed(threads?.values ?? Self.defaultThreads),
      batches: RankedRun.agreed(batches?.values ?? Self.defaultBatches(samples: splits.train.count)), seconds: seconds,
      rounds: rounds)
    try addRanks(to: &study)
    return study
  }

  func conclude(_ record: ScaleRecord, _ task: StudyTask<ScaleStudy>) -> Int32? {
    record.outcome == .interrupted ? Failure.interrupted : nil
  }

  /// 1, 2, 4 … and the cores, or the part of them that a rank has.
  private static var defaultThreads: [Int] {
    let cores = max(1, ThreadCountRule.current.threads / RankedRun.share.ranks)
    var counts = Array(sequence(first: 1) { $0 * 2 }.prefix { $0 <= cores && $0 <= BLASBuild.maximumCallers })
    if let last = counts.last, last < cores, cores <= BLASBuild.maximumCallers { counts.append(cores) }
    return counts
  }

  /// 64, 256, 1024 … within the training set; the whole of a set smaller than that.
  private static func defaultBatches(samples: Int) -> [Int] {
    let batches = Array(sequence(first: 64) { $0 * 4 }.prefix { $0 <= min(samples, 16_384) })
    return batches.isEmpty ? [samples] : batches
  }
}
