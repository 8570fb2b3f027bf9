import Calendars
import Optimizers
import Testing

@Suite("Patterns of tensor names")
struct TensorPatternTests {
  private static let names = [
    "conv1.weight", "bn1.weight", "bn1.bias", "layer1.0.conv1.weight", "layer1.0.bn1.bias", "layer10.0.conv1.weight",
    "fc.weight", "fc.bias",
  ]

  private func frozen(_ patterns: [String]) throws -> [String] {
    let configuration = OptimizerConfiguration(method: .sgd(momentum: 0, nesterov: false), freeze: patterns)
    return zip(Self.names, try configuration.terms(of: Self.names)).filter { $1.isFrozen }.map(\.0)
  }

  @Test(
    "stars stand for any characters, question marks for one, and the last match counts",
    arguments: [
      (["layer1.*"], ["layer1.0.conv1.weight", "layer1.0.bn1.bias"]), (["conv1.weight"], ["conv1.weight"]),
      (["conv1"], []), (["*conv1*"], ["conv1.weight", "layer1.0.conv1.weight", "layer10.0.conv1.weight"]),
      (["*.bias"], ["bn1.bias", "layer1.0.bn1.bias", "fc.bias"]), (["fc.????"], ["fc.bias"]),
      (["layer?.*"], ["layer1.0.conv1.weight", "layer1.0.bn1.bias"]),
      (["*", "!fc.*"], Array(names.dropLast(2))),
      (["*", "!layer*", "layer1.*", "!*1.bias", "!f*"], ["conv1.weight", "bn1.weight", "layer1.0.conv1.weight"]),
      (["l*r*0*1*t"], ["layer1.0.conv1.weight", "layer10.0.conv1.weight"]),
    ])
  func matching(patterns: [String], expected: [String]) throws {
    if expected.isEmpty {
      #expect(throws: TensorPatternError.self) { try frozen(patterns) }
    } else {
      #expect(try frozen(patterns) == expected)
    }
  }

  @Test("mistakes are named with the pattern's place and the nearest name")
  func mistakes() throws {
    let missing = #expect(throws: TensorPatternError.self) { try frozen(["fc.*", "layr1.*"]) }
    #expect(missing?.path == "optimizer.freeze.1")
    #expect(
      missing?.message.contains("\"layr1.*\", which matches no tensor of the model; nearest: \"layer1.*\"") == true)
    let exception = #expect(throws: TensorPatternError.self) { try frozen(["!fc.*"]) }
    #expect(exception?.path == "optimizer.freeze.0" && exception?.message.contains("an exception from nothing") == true)
    let all = #expect(throws: TensorPatternError.self) { try frozen(["*"]) }
    #expect(all?.path == "optimizer.freeze" && all?.message.contains("nothing is left to train") == true)
    let twice = OptimizerConfiguration(
      method: .sgd(momentum: 0, nesterov: false),
      groups: [TensorGroup(tensors: ["fc.*"]), TensorGroup(tensors: ["*.bias"], rate: 2)])
    let double = #expect(throws: TensorPatternError.self) { try twice.terms(of: Self.names) }
    #expect(
      double?.path == "optimizer.groups.1.tensors" && double?.message.contains("fc.bias, which is in group 0") == true)
  }

  @Test("a group may have biases decay, and be trained for its first epochs alone; a layer may fix a tensor itself")
  func groupsOfBiases() throws {
    let configuration = OptimizerConfiguration(
      method: .sgd(momentum: 0, nesterov: false),
      groups: [TensorGroup(tensors: ["*.bias"], rate: 64, weightDecay: 0.1, decayBiases: true, trainEpochs: 1.5)])
    let isFixed = Self.names.map { $0 == "conv1.weight" || $0 == "fc.bias" }
    let terms = Dictionary(
      uniqueKeysWithValues: zip(
        Self.names,
        try configuration.terms(
          of: Self.names, isFixed: isFixed, calendar: StepCalendar(batch: 8, stepsPerEpoch: 4))))
    let bias = try #require(terms["bn1.bias"])
    #expect(bias.decaysAlways && bias.trainedSteps == 6 && !bias.isFrozen)
    #expect((0..<9).map { bias.isTrained(at: $0) } == Array(repeating: true, count: 6) + [false, false, false])
    #expect(terms["bn1.weight"] == TensorTerms())
    for name in ["conv1.weight", "fc.bias"] {
      #expect(terms[name]?.isFrozen == true && terms[name]?.isTrained(at: 0) == false, "\(name)")
    }
    #expect(terms["conv1.weight"]?.isTrained(at: 0) == false && TensorTerms().isTrained(at: 1_000_000))
  }

  @Test("a tensor of a group has its rate and decay, any other the run's")
  func groups() throws {
    let configuration = OptimizerConfiguration(
      method: .sgd(momentum: 0, nesterov: false), weightDecay: 0.1, freeze: ["conv1.*"],
      groups: [TensorGroup(tensors: ["fc.*"], rate: 10, weightDecay: 0), TensorGroup(tensors: ["bn*"], rate: 0.5)])
    let terms = Dictionary(uniqueKeysWithValues: zip(Self.names, try configuration.terms(of: Self.names)))
    #expect(terms["fc.weight"]?.rate == 10 && terms["fc.weight"]?.weightDecay == 0)
    #expect(terms["bn1.bias"]?.rate == 0.5 && terms["bn1.bias"]?.weightDecay == nil)
    #expect(terms["layer1.0.bn1.bias"] == TensorTerms())
    #expect(terms["conv1.weight"]?.isFrozen == true)
  }
}
