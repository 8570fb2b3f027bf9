/// The last steps' ``GradientNoise``, and the noise scale that they give: Σ trΣ ÷ Σ |G|² over the window.
///
/// The gradient falls by orders of magnitude in training, so an average that fades would be ruled for long by steps that
/// are long gone. A window forgets them for good. A value of fixed size from its creation on: adding allocates nothing.
package struct NoiseWindow: Sendable {
  /// Steps that a run looks back over.
  package static let runSteps = 100

  /// The most steps that are kept.
  package let capacity: Int
  /// Steps that are kept: all, until the window is full.
  package private(set) var count = 0
  /// A ring, whose oldest entry is at `oldest`.
  private var values: [GradientNoise]
  private var oldest = 0

  /// An empty window.
  package init(capacity: Int = NoiseWindow.runSteps) {
    precondition(capacity >= 1, "a window of \(capacity) steps")
    self.capacity = capacity
    values = Array(repeating: GradientNoise(gradientSquaredNorm: 0, covarianceTrace: 0), count: capacity)
  }

  /// Adds a step, in place of the oldest where the window is full; values that are not finite are left out.
  package mutating func add(_ noise: GradientNoise) {
    guard noise.covarianceTrace.isFinite, noise.gradientSquaredNorm.isFinite else { return }
    if count < capacity {
      values[(oldest + count) % capacity] = noise
      count += 1
    } else {
      values[oldest] = noise
      oldest = (oldest + 1) % capacity
    }
  }

  /// The noise scale of the window; `nil` before two steps.
  ///
  /// The interval takes the steps for independent; where trΣ or |G|² drifts within the window it is wider than that.
  /// Everything is summed anew, from the oldest step to the newest: a resumed run says the same, and no rounding of
  /// large, old steps stays behind.
  package var noiseScale: NoiseScale? {
    guard count >= 2 else { return nil }
    let number = Double(count)
    var (trace, norm) = (0.0, 0.0)
    for index in 0..<count {
      let noise = self[index]
      trace += noise.covarianceTrace / number
      norm += noise.gradientSquaredNorm / number
    }
    var (traceSquares, products, normSquares) = (0.0, 0.0, 0.0)
    for index in 0..<count {
      let noise = self[index]
      let (s, g) = (noise.covarianceTrace - trace, noise.gradientSquaredNorm - norm)
      traceSquares += s * s
      products += s * g
      normSquares += g * g
    }
    // Variances of the means of independent values.
    let divisor = number * (number - 1)
    return NoiseScale(
      covarianceTrace: trace, gradientSquaredNorm: norm, traceVariance: traceSquares / divisor,
      covariance: products / divisor, normVariance: normSquares / divisor, degreesOfFreedom: count - 1)
  }

  /// The step at a place, 0 for the oldest.
  private subscript(index: Int) -> GradientNoise { values[(oldest + index) % capacity] }
}

extension NoiseWindow: Equatable {
  /// Whether both keep the same steps, wherever their rings begin.
  package static func == (one: NoiseWindow, other: NoiseWindow) -> Bool {
    one.capacity == other.capacity && one.count == other.count && (0..<one.count).allSatisfy { one[$0] == other[$0] }
  }
}

extension NoiseWindow: Codable {
  private enum CodingKeys: String, CodingKey {
    case capacity, gradientSquaredNorms, covarianceTraces
  }

  /// From the oldest step to the newest.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(capacity, forKey: .capacity)
    try container.encode((0..<count).map { self[$0].gradientSquaredNorm }, forKey: .gradientSquaredNorms)
    try container.encode((0..<count).map { self[$0].covarianceTrace }, forKey: .covarianceTraces)
  }

  /// What an earlier version saved at this place, a fading average, gives an empty window: the measurement begins anew.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let capacity = try container.decodeIfPresent(Int.self, forKey: .capacity) ?? Self.runSteps
    let norms = try container.decodeIfPresent([Double].self, forKey: .gradientSquaredNorms) ?? []
    let traces = try container.decodeIfPresent([Double].self, forKey: .covarianceTraces) ?? []
    guard (1...1_000_000).contains(capacity), norms.count == traces.count, norms.count <= capacity else {
      throw DecodingError.dataCorruptedError(
        forKey: .gradientSquaredNorms, in: container,
        debugDescription: "\(norms.count) and \(traces.count) numbers in a window of \(capacity) steps")
    }
    self.init(capacity: capacity)
    for (norm, trace) in zip(norms, traces) {
      add(GradientNoise(gradientSquaredNorm: norm, covarianceTrace: trace))
    }
  }
}
