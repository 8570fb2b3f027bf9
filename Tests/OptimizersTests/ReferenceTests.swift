import Calendars
import Kernels
import Optimizers
import TestSupport
import Testing

/// The rules written down once more, in double precision and one element at a time.
private struct Reference {
  var weights: [Double]
  private var first: [Double]
  private var second: [Double]

  init(_ start: [Float]) {
    weights = start.map { Double($0) }
    first = weights.map { _ in 0 }
    second = first
  }

  mutating func step(
    _ step: Int, _ gradients: [Float], rate: Double, _ configuration: OptimizerConfiguration, decays: Bool
  ) {
    var gradient = gradients.map { Double($0) }
    if let clip = configuration.clipNorm, length(gradient) > clip {
      let scale = clip / length(gradient)
      gradient = gradient.map { $0 * scale }
    }
    let decay = decays ? configuration.weightDecay : 0
    let rule = configuration.method.rule
    if let sgd = rule as? SGD { stepSGD(gradient, decay: decay, rate: rate, sgd) }
    if let lars = rule as? LARS { stepLARS(gradient, decay: decay, rate: rate, lars, decays: decays) }
    if let adam = rule as? Adam {
      for i in weights.indices { gradient[i] += decay * weights[i] }
      stepAdam(step, gradient, rate: rate, adam.constants)
    }
    if let adam = rule as? AdamW {
      for i in weights.indices { weights[i] -= rate * decay * weights[i] }
      stepAdam(step, gradient, rate: rate, adam.constants)
    }
    if let lamb = rule as? LAMB { stepLAMB(step, gradient, decay: decay, rate: rate, lamb.constants, decays: decays) }
  }

  private mutating func stepSGD(_ gradient: [Double], decay: Double, rate: Double, _ keys: SGD) {
    for i in weights.indices {
      let direction = gradient[i] + decay * weights[i]
      first[i] = keys.momentum * first[i] + direction
      weights[i] -= rate * (keys.nesterov ? direction + keys.momentum * first[i] : first[i])
    }
  }

  private mutating func stepLARS(_ gradient: [Double], decay: Double, rate: Double, _ keys: LARS, decays: Bool) {
    var local = 1.0
    if decays, length(weights) > 0, length(gradient) > 0 {
      local = keys.trust * length(weights) / (length(gradient) + decay * length(weights))
    }
    for i in weights.indices {
      first[i] = keys.momentum * first[i] + local * (gradient[i] + decay * weights[i])
      weights[i] -= rate * first[i]
    }
  }

  private mutating func stepAdam(_ step: Int, _ gradient: [Double], rate: Double, _ keys: AdamConfiguration) {
    let direction = adamDirection(step, gradient, keys)
    for i in weights.indices { weights[i] -= rate * direction[i] }
  }

  private mutating func stepLAMB(
    _ step: Int, _ gradient: [Double], decay: Double, rate: Double, _ keys: AdamConfiguration, decays: Bool
  ) {
    var direction = adamDirection(step, gradient, keys)
    for i in weights.indices { direction[i] += decay * weights[i] }
    let hasRatio = decays && length(weights) > 0 && length(direction) > 0
    let ratio = hasRatio ? length(weights) / length(direction) : 1
    for i in weights.indices { weights[i] -= rate * ratio * direction[i] }
  }

  /// m̂ ÷ (√v̂ + ε), and the moments of the step.
  private mutating func adamDirection(_ step: Int, _ gradient: [Double], _ keys: AdamConfiguration) -> [Double] {
    var power1 = 1.0
    var power2 = 1.0
    for _ in 0...step {
      power1 *= keys.beta1
      power2 *= keys.beta2
    }
    return gradient.indices.map { i in
      first[i] = keys.beta1 * first[i] + (1 - keys.beta1) * gradient[i]
      second[i] = keys.beta2 * second[i] + (1 - keys.beta2) * gradient[i] * gradient[i]
      return first[i] / (1 - power1) / ((second[i] / (1 - power2)).squareRoot() + keys.epsilon)
    }
  }
}

private func length(_ vector: [Double]) -> Double { vector.reduce(0) { $0 + $1 * $1 }.squareRoot() }

@Suite("Update rules against naive references")
struct ReferenceTests {
  static let configurations: [OptimizerConfiguration] = [
    .init(method: .sgd(momentum: 0, nesterov: false), weightDecay: 1e-3),
    .init(method: .sgd(momentum: 0.9, nesterov: false), weightDecay: 1e-2),
    .init(method: .sgd(momentum: 0.9, nesterov: true), weightDecay: 1e-2, clipNorm: 0.7),
    .init(method: .lars(momentum: 0.9, trust: 0.001), weightDecay: 1e-2),
    .init(method: .lars(momentum: 0, trust: 0.02), weightDecay: 1e-4, clipNorm: 0.7),
    .init(method: .adam(.init(beta1: 0.8, beta2: 0.95, epsilon: 1e-6)), weightDecay: 1e-2),
    .init(method: .adamW(.init(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)), weightDecay: 1e-1, clipNorm: 0.7),
    .init(method: .lamb(.init(beta1: 0.8, beta2: 0.95, epsilon: 1e-4)), weightDecay: 1e-2),
    .init(method: .lamb(), weightDecay: 1e-1, clipNorm: 0.7),
  ]

  @Test("twelve steps on odd sizes follow the formulas", arguments: configurations.indices, [1, 3, 17, 65, 1031])
  func formulas(index: Int, count: Int) {
    let configuration = Self.configurations[index]
    for decays in [true, false] {
      var generator = SeededGenerator(seed: UInt64(count))
      let start = generator.floats(count)
      let run = UpdateRun(ParameterUpdate(configuration, batch: 256, referenceBatch: 256), start: start, decays: decays)
      var reference = Reference(start)
      for step in 0..<12 {
        let gradient = generator.floats(count)
        let rate = 0.01 * Double(step + 1)
        run.step(step, gradient: gradient, learningRate: rate)
        reference.step(step, gradient, rate: rate, configuration, decays: decays)
      }
      expectClose(
        run.result(), reference.weights.map { Float($0) }, relative: 5e-6, absolute: 1e-6,
        "\(configuration.method), decays \(decays)")
    }
  }

  @Test("a tensor in chunks of any length gets the same bits", arguments: configurations.indices)
  func chunks(index: Int) {
    let update = ParameterUpdate(Self.configurations[index], batch: 256, referenceBatch: 256)
    let results = [Int.max, 1, 7, 64, 100].map { chunk in
      var generator = SeededGenerator(seed: 3)
      let run = UpdateRun(update, start: generator.floats(333), chunk: chunk)
      for step in 0..<10 { run.step(step, gradient: generator.floats(333), learningRate: 0.1) }
      return run.result().map(\.bitPattern)
    }
    for result in results.dropFirst() { #expect(result == results[0]) }
  }

  @Test("LARS moves a tensor by η·trust of its norm, however long its gradient")
  func larsScale() {
    let update = ParameterUpdate(.init(method: .lars(momentum: 0.9, trust: 0.001)), batch: 256, referenceBatch: 256)
    for length in [Float(1e-3), 1, 1e4] {
      let run = UpdateRun(update, start: [3, 4])
      run.step(0, gradient: [0, length], learningRate: 2)
      expectClose(run.result(), [3, 4 - 2 * 0.001 * 5], relative: 1e-6)
    }
  }

  @Test("LARS is plain SGD where a norm is 0 and where the tensor does not decay")
  func larsWithoutNorms() {
    let lars = ParameterUpdate(
      .init(method: .lars(momentum: 0.9, trust: 0.001), weightDecay: 0.1), batch: 256, referenceBatch: 256)
    let zero = UpdateRun(lars, start: [0, 0])
    zero.step(0, gradient: [1, -2], learningRate: 0.5)
    #expect(zero.result() == [-0.5, 1])
    let bias = UpdateRun(lars, start: [3, 4], decays: false)
    bias.step(0, gradient: [1, -2], learningRate: 0.5)
    #expect(bias.result() == [2.5, 5])
    let still = UpdateRun(lars, start: [3, 4])
    still.step(0, gradient: [0, 0], learningRate: 1)
    expectClose(still.result(), [2.7, 3.6], relative: 1e-6)
  }

  @Test("LAMB moves a tensor by η of its norm, however long its gradient, with weight decay or without")
  func lambScale() {
    for (decay, length) in [(0.0, Float(1e-3)), (0.1, 1), (10, 1e4)] {
      let update = ParameterUpdate(.init(method: .lamb(), weightDecay: decay), batch: 256, referenceBatch: 256)
      #expect(update.prepares && update.needsTensorNorms && !update.needsGradientNorms && update.passes == 2)
      let run = UpdateRun(update, start: [3, 4])
      run.step(0, gradient: [length, -length], learningRate: 0.01)
      let moved = zip(run.result(), [Float(3), 4]).map { $0 - $1 }
      #expect(abs(norm(moved) / 0.05 - 1) < 1e-4, "decay \(decay)")
    }
  }

  @Test("LAMB is Adam without decay where a tensor does not decay, and where its norm is 0")
  func lambWithoutNorms() {
    let constants = AdamConfiguration(epsilon: 1e-6)
    let lamb = ParameterUpdate(.init(method: .lamb(constants), weightDecay: 0.1), batch: 256, referenceBatch: 256)
    let adam = ParameterUpdate(.init(method: .adam(constants)), batch: 256, referenceBatch: 256)
    let (bias, other) = (UpdateRun(lamb, start: [3, 4], decays: false), UpdateRun(adam, start: [3, 4]))
    for step in 0..<5 {
      for run in [bias, other] { run.step(step, gradient: [1, Float(step) - 2], learningRate: 0.5) }
    }
    expectClose(bias.result(), other.result(), relative: 1e-6)
    let zero = UpdateRun(lamb, start: [0, 0])
    zero.step(0, gradient: [1, -2], learningRate: 0.5)
    expectClose(zero.result(), [-0.5, 0.5], relative: 1e-5)
    let still = UpdateRun(
      ParameterUpdate(.init(method: .lamb()), batch: 256, referenceBatch: 256), start: [3, 4])
    still.step(0, gradient: [0, 0], learningRate: 1)
    #expect(still.result() == [3, 4])
  }

  @Test("clipping bounds the gradient's norm and keeps its direction; a short gradient stays as it is")
  func clipping() {
    let update = ParameterUpdate(
      .init(method: .sgd(momentum: 0, nesterov: false), clipNorm: 2), batch: 256, referenceBatch: 256)
    #expect(update.clipScale(globalGradientNorm: 8) == 0.25)
    #expect(update.clipScale(globalGradientNorm: 2) == 1)
    #expect(update.clipScale(globalGradientNorm: 0) == 1)
    let run = UpdateRun(update, start: [0, 0])
    run.step(0, gradient: [6, -8], learningRate: 1)
    expectClose(run.result(), [-1.2, 1.6], relative: 1e-6)
  }

  @Test("the state's names and the norms that a rule wants follow from the method")
  func needs() {
    func update(_ method: OptimizerMethod, clip: Double? = nil) -> ParameterUpdate {
      ParameterUpdate(.init(method: method, clipNorm: clip), batch: 1, referenceBatch: 1)
    }
    #expect(update(.sgd(momentum: 0, nesterov: false)).stateNames == [])
    #expect(update(.sgd(momentum: 0.9, nesterov: true)).stateNames == ["momentum"])
    #expect(update(.lars(momentum: 0.9, trust: 0.001)).stateNames == ["momentum"])
    #expect(update(.adam(.init())).stateNames == ["adam.firstMoment", "adam.secondMoment"])
    #expect(update(.adamW(.init())).stateNames == ["adam.firstMoment", "adam.secondMoment"])
    #expect(!update(.sgd(momentum: 0.9, nesterov: true)).needsNorms)
    #expect(update(.lamb()).stateNames == ["adam.firstMoment", "adam.secondMoment"])
    #expect(update(.adam(.init()), clip: 1).needsGlobalNorm)
    #expect(!update(.adam(.init()), clip: 1).needsTensorNorms)
    #expect(update(.lars(momentum: 0.9, trust: 0.001)).needsTensorNorms)
    let passes = [OptimizerMethod.adam(.init()), .lars(momentum: 0.9, trust: 0.001), .lamb()].map { method in
      [nil, 1].map { update(method, clip: $0).passes }
    }
    #expect(passes == [[1, 2], [2, 2], [2, 3]])
  }

  @Test(
    "an update allocates nothing", .enabled(if: AllocationCounter.works, "no allocation counter here"))
  func allocations() async {
    // In a process of its own, where no other test allocates.
    await #expect(processExitsWith: .success) {
      let chunk = Buffer<Float>(count: 100)
      let gradient = Buffer<Float>(count: 100)
      let first = Buffer<Float>(count: 100)
      let second = Buffer<Float>(count: 100)
      defer { withExtendedLifetime([chunk, gradient, first, second]) {} }
      let schedule = Schedule(
        .init(
          reference: 0.1, referenceBatch: 256, scaling: .linear, warmup: .gradual(.steps(5)),
          decay: .step(at: [.steps(10), .steps(20)], factor: 0.1)), batch: 1024, steps: 50, stepsPerEpoch: 10)
      for configuration in ReferenceTests.configurations {
        let update = ParameterUpdate(configuration, batch: 1024, referenceBatch: 256)
        let state = OptimizerState(first: first.view, second: second.view)
        let norms = TensorNorms(weight: 1, direction: 1)
        func apply(_ steps: Range<Int>) {
          for step in steps {
            if update.prepares {
              _ = update.prepare(
                weights: chunk.view, gradient: gradient.view, state: state, step: step, decays: true,
                globalGradientNorm: 1)
            }
            update.apply(
              to: chunk.view, gradient: gradient.view, state: state, step: step,
              learningRate: schedule.learningRate(at: step), decays: true, norms: norms, globalGradientNorm: 1)
          }
        }
        apply(0..<1)
        let allocations = AllocationCounter.count { apply(1..<30) }
        try #require(allocations == 0, "\(allocations) allocations: \(configuration.method)")
      }
    }
  }
}
