import Configuration
import Datasets
import Foundation
import Gradients
import Kernels
import Models

/// Times the kernels of the networks in Configs/bench, one thread, each layer shape once, and the update of a step.
///
/// Every pass is first compared with another algorithm; a difference beyond 1 ‰ ends the program with exit code 1.
@main
struct KernelBenchmarks {
  private static let usage = """
    usage: KernelBenchmarks [--json] [--algorithms] [--density D …] [--seconds S] [--configs FOLDER] [MODEL …]

      --json            prints one JSON object on standard output, the table on standard error
      --algorithms      times every algorithm of a convolution, not only the one that a network chooses
      --density D       times dense layers on numbers of which the share D, 0 to 1, is not zero, by lists as well; again
      --seconds S       time for each pass of each layer shape; default 0.3
      --configs FOLDER  where MODEL.json are; default Configs/bench
      MODEL …           default: mlp lenet resnet20 resnet50 airbench94
    """
  private static let tolerance = 1e-3

  static func main() throws {
    var options = Options()
    guard options.parse(CommandLine.arguments.dropFirst()) else {
      FileHandle.standardError.write(Data((usage + "\n").utf8))
      exit(2)
    }
    try BLASBuild.requireUsable()
    let peak = MachinePeak.measure(seconds: max(0.2, options.seconds))
    var results: [KernelResult] = []
    for model in options.models {
      let path = options.configs + "/\(model).json"
      results += try measure(model, RunConfiguration.decode(contentsOf: path), peak: peak, options)
    }
    let report = BenchmarkReport(
      date: ISO8601DateFormatter().string(from: Date()), processor: processor,
      kernels: KernelPath.active.rawValue, blas: BLASBuild.current.configuration, peakGFLOPs: peak.flopsPerSecond / 1e9,
      results: results, updates: [2, 8, 16].map { UpdateBenchmark(shards: $0, seconds: options.seconds) })
    let output = options.isJSON ? FileHandle.standardError : FileHandle.standardOutput
    output.write(Data(report.table.utf8))
    if options.isJSON {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      FileHandle.standardOutput.write(try encoder.encode(report) + Data("\n".utf8))
    }
    let wrong = results.filter { !($0.relativeError <= tolerance) }
    for result in wrong {
      FileHandle.standardError.write(
        Data("wrong: \(result.model) \(result.layer) \(result.pass): error \(result.relativeError)\n".utf8))
    }
    if !wrong.isEmpty { exit(1) }
  }

  /// All passes of a network's layer shapes, convolutions first.
  private static func measure(
    _ model: String, _ configuration: RunConfiguration, peak: MachinePeak, _ options: Options
  ) throws -> [KernelResult] {
    guard let synthetic = configuration.data.source.kind as? SyntheticSource else {
      fatalError("\(model): a benchmark's config has data.dataset \"synthetic\"")
    }
    let (shape, classes) = (synthetic.shape, synthetic.classes)
    let input =
      shape.count == 3
      ? FeatureShape(height: shape[0], width: shape[1], channels: shape[2]) : FeatureShape(features: shape[0])
    let batch = configuration.batch
    let division = try BatchDivision(
      batch: batch.size, shards: batch.shards, microbatch: batch.microbatch,
      isConvolutional: configuration.model.isConvolutional)
    let network = try Network(
      configuration.model, loss: configuration.loss, input: input, outputs: classes, microbatch: division.microbatch,
      convolution: configuration.convolution)
    var results: [KernelResult] = []
    func add(
      _ layer: String, _ count: Int, _ pass: ConvolutionPass, _ algorithm: String, isChosen: Bool = true,
      flops: Double, error: Double, seconds: Double
    ) {
      results.append(
        KernelResult(
          model: model, layer: layer, layers: count, microbatch: division.microbatch, pass: pass.rawValue,
          algorithm: algorithm, isChosen: isChosen, relativeError: error, seconds: seconds,
          effectiveGFLOPs: flops / seconds / 1e9,
          shareOfPeak: flops / seconds / peak.flopsPerSecond))
    }
    for (index, (plan, count)) in counted(network.convolutionPlans).enumerated() {
      // The network's input wants no gradient.
      for pass in ConvolutionPass.allCases where index > 0 || pass != .inputGradient {
        let choice = plan.algorithm(of: pass)
        for algorithm in options.timesAllAlgorithms ? ConvolutionAlgorithm.allCases : [choice] {
          let forced = ConvolutionPlan(plan.shape, forced: algorithm)
          guard forced.algorithm(of: pass) == algorithm else { continue }
          let benchmark = ConvolutionBenchmark(forced)
          let (error, time) = benchmark.measure(pass, seconds: options.seconds)
          add(
            benchmark.name, count, pass, algorithm.rawValue, isChosen: algorithm == choice, flops: benchmark.flops,
            error: error, seconds: time)
        }
      }
    }
    for (index, (shape, count)) in counted(network.denseShapes).enumerated() {
      let benchmark = DenseBenchmark(shape, rows: division.microbatch)
      let isFirst = index == 0 && network.convolutionPlans.isEmpty
      for pass in ConvolutionPass.allCases where !isFirst || pass != .inputGradient {
        let (error, time) = benchmark.measure(pass, seconds: options.seconds)
        add(benchmark.name, count, pass, "dense", flops: benchmark.flops, error: error, seconds: time)
        for density in options.densities where shape.hasFactors {
          let thinned = DenseBenchmark(shape, rows: division.microbatch, density: density)
          let listed = ListedDenseBenchmark(thinned)
          let (error, time) = listed.measure(pass, seconds: options.seconds)
          add(
            benchmark.name, count, pass, "lists of \(density)", isChosen: listed.isChosen(pass),
            flops: benchmark.flops, error: error, seconds: time)
        }
      }
    }
    return results
  }

  /// Each value once, in order, with its number.
  private static func counted<Value: Equatable>(_ values: [Value]) -> [(Value, Int)] {
    var counts: [(Value, Int)] = []
    for value in values {
      if let index = counts.firstIndex(where: { $0.0 == value }) {
        counts[index].1 += 1
      } else {
        counts.append((value, 1))
      }
    }
    return counts
  }

  /// The processor's name, where the system tells it.
  private static var processor: String {
    let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
    let line = lines.first { $0.hasPrefix("model name") }
    return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
  }
}

/// What the command line asks for.
private struct Options {
  var isJSON = false
  var timesAllAlgorithms = false
  /// Shares of numbers that are not zero, for which dense layers are timed.
  var densities: [Double] = []
  var seconds = 0.3
  var configs = "Configs/bench"
  var models = ["mlp", "lenet", "resnet20", "resnet50", "airbench94"]

  /// False where it asks for what does not exist.
  mutating func parse(_ arguments: some Sequence<String>) -> Bool {
    var named: [String] = []
    var rest = arguments.makeIterator()
    while let argument = rest.next() {
      switch argument {
      case "--json": isJSON = true
      case "--algorithms": timesAllAlgorithms = true
      case "--density":
        guard let value = rest.next().flatMap(Double.init), value >= 0, value <= 1 else { return false }
        densities.append(value)
      case "--seconds":
        guard let value = rest.next().flatMap(Double.init), value > 0, value <= 60 else { return false }
        seconds = value
      case "--configs":
        guard let value = rest.next() else { return false }
        configs = value
      default:
        if argument.hasPrefix("-") { return false }
        named.append(argument)
      }
    }
    if !named.isEmpty { models = named }
    return true
  }
}
