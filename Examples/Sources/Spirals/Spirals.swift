import Isotherm
import Logging

/// Tells two spirals apart with a layer, a source and an observer of its own.
@main
struct Spirals {
  static func main() async throws {
    // A config can now name both.
    LayerKinds.register(SoftsignLayer.self)
    SourceKinds.register(SpiralSource.self)

    let configuration = try RunConfiguration.decode(
      """
      {
        "data": { "dataset": "spirals", "points": 1024 },
        "model": { "layers": [
          { "type": "dense", "units": 32 }, { "type": "softsign", "steepness": 2 },
          { "type": "dense", "units": 32 }, { "type": "softsign", "steepness": 2 },
          { "type": "dense", "units": 2 } ] },
        "batch": { "size": 64 },
        "optimizer": { "method": "adam" },
        "learningRate": { "reference": 0.01, "scaling": "none" },
        "steps": 3000,
        "evaluate": { "everySteps": 1000 },
      }
      """, file: "spirals.json")
    // Where the run's remarks go is the program's affair: here, warnings and worse to swift-log's standard handler.
    var logger = Logger(label: "spirals")
    logger.logLevel = .warning
    let training = try Training(configuration, logger: logger)
    training.add(EvaluationLog())

    async let ended = training.run()
    var steps = 0
    for await event in training.events {
      if case .step = event { steps += 1 }
    }
    let result = try await ended

    // One point of each spiral, as the source writes them.
    let points: [Float] = [0.2, 0.05, -0.2, -0.05]
    let probabilities = try result.model.probabilities(of: points)
    for (point, row) in zip(["inner", "outer"], probabilities) { print("a point of the \(point) spiral: \(row)") }

    let accuracy = result.model.evaluate().accuracy ?? 0
    print("\(steps) steps seen, \(result.outcome), accuracy \(accuracy)")
    guard accuracy > 0.95 else { fatalError("the spirals are not told apart") }
  }
}
