import Foundation
import Fuzzing

/// Tries the project's readers on altered inputs: `make fuzz`.
///
/// A process of its own reads the inputs, since a trap ends it; its parent keeps the input that it fell over. Inputs
/// are numbered, and a number with the seed makes the same input again.
@main struct FuzzProgram {
  static func main() {
    if GuidedFuzzing.isBuilt { GuidedFuzzing.run() }
    var options = Options(CommandLine.arguments.dropFirst())
    if let input = options.input { return replay(input, options) }
    if options.isWorker { return Worker(options).run() }
    let targets = FuzzTarget.all.filter { options.targets.isEmpty || options.targets.contains($0.name) }
    guard !targets.isEmpty else {
      print("no such target; there are \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
      exit(2)
    }
    var failures = 0
    for target in targets {
      options.targets = [target.name]
      failures += Supervisor(target, options).run()
    }
    exit(failures == 0 ? 0 : 1)
  }

  /// Reads one file as the targets' readers would.
  private static func replay(_ path: String, _ options: Options) {
    guard let input = FileManager.default.contents(atPath: path).map({ Array($0) }) else {
      print("\(path): cannot be read")
      exit(2)
    }
    for target in FuzzTarget.all where options.targets.isEmpty || options.targets.contains(target.name) {
      do {
        try target.read(input)
        print("\(target.name): read")
      } catch {
        print("\(target.name): \(error)")
      }
    }
  }
}

/// The command line: `Fuzz [TARGET …] [--seconds N] [--seed N] [--first N] [--input FILE]`.
struct Options {
  var targets: [String] = []
  var seconds = 10.0
  var seed: UInt64 = 1
  var first = 0
  var input: String?
  var isWorker = false
  var stateFile = ""

  init(_ arguments: ArraySlice<String>) {
    var rest = arguments
    while let argument = rest.popFirst() {
      switch argument {
      case "--seconds": seconds = rest.popFirst().flatMap(Double.init) ?? seconds
      case "--seed": seed = rest.popFirst().flatMap(UInt64.init) ?? seed
      case "--first": first = rest.popFirst().flatMap(Int.init) ?? first
      case "--input": input = rest.popFirst()
      case "--worker":
        isWorker = true
        stateFile = rest.popFirst() ?? ""
      default: targets.append(argument)
      }
    }
  }

  /// The inputs of a target, by number.
  func mutator(_ target: FuzzTarget) -> Mutator {
    Mutator(seeds: target.mutableSeeds, words: target.words, seed: seed)
  }
}
