import Isotherm

/// Tells two spirals apart with a layer, a source and an observer of its own.
@main
struct Spirals {
  static func main() async throws {
    // A config can now name the layer: { "type": "swish", "steepness": 2 }.
    LayerKinds.register(SwishLayer.self)
    let swish = LayerConfiguration(SwishLayer(steepness: 2))

    var configuration = RunConfiguration(
      name: "spirals", data: DataConfiguration(source: .program),
      model: .layers([.dense(units: 32), swish, .dense(units: 32), swish, .dense(units: 2)]))
    configuration.batch.size = 64
    configuration.optimizer.method = .adam()
    configuration.learningRate.reference = 0.01
    configuration.learningRate.scaling = .none
    configuration.length = .steps(600)
    configuration.evaluate.every = .steps(200)
    try configuration.validate()

    let data = DataSplits(
      train: SpiralSamples(name: "spirals", count: 1024),
      test: SpiralSamples(name: "spirals", count: 255, offset: 0.25))
    let training = try Training(configuration, data: data)
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
