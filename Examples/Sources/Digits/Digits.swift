import Isotherm

/// Trains the config that comes with Isotherm, from the folder that it is in, and predicts.
@main
struct Digits {
  static func main() async throws {
    let configuration = try RunConfiguration.decode(contentsOf: "Configs/digits.json")
    let training = try Training(configuration, threads: 8)
    async let result = training.run()
    for await event in training.events {
      if case .evaluated(let step, _, let evaluation) = event { print(step, evaluation.loss) }
    }
    let model = try await result.model

    // A digit of 8 × 8 pixels from 0 to 16: a one.
    let pixels: [Float] = [
      0, 0, 0, 5, 16, 9, 0, 0, 0, 0, 3, 15, 16, 9, 0, 0, 0, 2, 14, 16, 16, 8, 0, 0, 0, 5, 13, 12, 16, 8, 0, 0,
      0, 0, 0, 6, 16, 8, 0, 0, 0, 0, 0, 6, 16, 8, 0, 0, 0, 0, 0, 7, 16, 9, 0, 0, 0, 0, 0, 5, 16, 10, 0, 0,
    ]
    let probabilities = try model.probabilities(of: pixels)
    print(model.classNames[try model.classes(of: pixels)[0]], probabilities[0])
    guard probabilities[0][1] > 0.5 else { fatalError("a one is not recognised") }
  }
}
