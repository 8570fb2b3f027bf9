import Calendars
import Datasets
import Foundation
import Kernels
import Keys
import TestSupport
import Testing

@Suite("Mixup") struct MixupTests {
  // MARK: Shares

  /// P(X ≤ x) of Beta(α, α): ∫ (t (1 − t))^(α − 1) dt ÷ B(α, α). Below 1 with t = u^(1/α), dt = u^(1/α − 1) ÷ α du, which
  /// leaves nothing infinite at 0.
  private func distribution(_ x: Double, _ alpha: Double) -> Double {
    guard x <= 0.5 else { return 1 - distribution(1 - x, alpha) }
    let (end, parts) = (alpha < 1 ? pow(x, alpha) : x, 400)
    func density(_ u: Double) -> Double {
      alpha < 1 ? pow(1 - pow(u, 1 / alpha), alpha - 1) / alpha : pow(u * (1 - u), alpha - 1)
    }
    // Simpson's rule.
    let sum = (0...parts).reduce(0.0) { sum, index in
      let weight: Double = index == 0 || index == parts ? 1 : index.isMultiple(of: 2) ? 2 : 4
      return sum + weight * density(end * Double(index) / Double(parts))
    }
    let whole = exp(2 * lgamma(alpha) - lgamma(2 * alpha))
    return sum * end / Double(3 * parts) / whole
  }

  @Test("the test's own distribution is right where it has a closed form")
  func distributions() {
    for x in [0.0, 0.1, 0.37, 0.5, 0.81, 1] {
      #expect(abs(distribution(x, 1) - x) < 1e-9)
      #expect(abs(distribution(x, 2) - x * x * (3 - 2 * x)) < 1e-6)
      #expect(abs(distribution(x, 0.5) - 2 / Double.pi * asin(x.squareRoot())) < 1e-6)
    }
  }

  @Test(
    "shares have the distribution Beta(α, α), by Kolmogorov and Smirnov's test",
    arguments: [0.2, 0.3, 0.49, 0.5, 0.51, 1, 1.5, 4, 100])
  func shares(alpha: Double) {
    let philox = Philox(seed: 3, purpose: .augmentation)
    let count = 4000
    let shares = (0..<count).map { sample in
      SymmetricBeta.draw(alpha) { philox.block(7, UInt32(sample), 2, $0) }
    }.sorted()
    #expect(shares.allSatisfy { 0...1 ~= $0 })
    let distance = shares.enumerated().reduce(0.0) { greatest, item in
      let expected = distribution(item.element, alpha)
      let above = Double(item.offset + 1) / Double(count) - expected
      return max(greatest, above, 1 / Double(count) - above)
    }
    // Exceeded by one in a thousand samples of the distribution.
    #expect(distance < 1.95 / Double(count).squareRoot(), "\(distance)")
  }

  @Test("the least α that is allowed leaves no pair without a share")
  func leastAlpha() {
    let philox = Philox(seed: 4, purpose: .augmentation)
    let shares = (0..<2000).map { sample in SymmetricBeta.draw(0.001) { philox.block(0, UInt32(sample), 0, $0) } }
    #expect(shares.allSatisfy { $0.isFinite })
    #expect((800...1200).contains(shares.count { $0 < 0.5 }))
  }

  // MARK: Mixtures

  /// Images of random numbers, and classes in turn.
  private let source = {
    var generator = SeededGenerator(seed: 12)
    return Dataset(
      name: "random", shape: .image(height: 4, width: 5, channels: 2),
      samples: .floats(Buffer(generator.floats(23 * 40))),
      targets: .classes(Buffer((0..<23).map { Int32($0 % 4) }), count: 4))
  }()

  private func plain(_ sample: Int) -> [Float] { Array(source.numbers[sample * 40..<(sample + 1) * 40]) }

  private struct Gathered {
    var inputs: [[Float]]
    var labels: [Int32]
    var second: [Int32]
    var shares: [Float]
  }

  private func gather(
    _ gatherer: SampleGatherer, _ position: BatchPosition, _ range: Range<Int>, _ order: TrainingOrder
  ) -> Gathered {
    let size = gatherer.source.shape.count
    let inputs = Buffer<Float>(count: range.count * size)
    let (labels, second) = (Buffer<Int32>(count: range.count), Buffer<Int32>(count: range.count))
    let (shares, partner) = (Buffer<Float>(count: range.count), Buffer<Float>(count: size))
    let mixed = MixedLabels(labels: second.view, shares: shares.view)
    gatherer.gather(
      .batch(position, positions: range, order: order),
      into: .inputs(inputs.view, labels: labels.view).mixing(.init(labels: mixed, partner: partner.view)))
    let rows = (0..<range.count).map { Array(inputs.array()[$0 * size..<($0 + 1) * size]) }
    return Gathered(inputs: rows, labels: labels.array(), second: second.array(), shares: shares.array())
  }

  @Test(
    "a sample is λ of itself and the rest of the one before it, each as augmented without mixup, in any part of a batch",
    arguments: SampleOrder.allCases)
  func mixtures(kind: SampleOrder) {
    let alone: [Augmentation] = [.padCrop(padding: 1), .flip]
    let (plain, mixing) = (
      SampleGatherer(source, augmentations: alone, seed: 9),
      SampleGatherer(source, augmentations: alone + [.mixup(alpha: 0.7)], seed: 9)
    )
    #expect(mixing.isMixing && !plain.isMixing)
    let order = TrainingOrder(count: 23, batch: 9, order: kind, lastBatch: .keep, seed: 6)
    var seen: Set<Float> = []
    for step in 0..<2 * order.stepsPerEpoch {
      let position = order.position(ofStep: step)
      order.prepare(position)
      let whole = 0..<position.count
      let parts = gather(plain, position, whole, order)
      for range in [whole, 0..<1, 2..<position.count, position.count - 1..<position.count] {
        let found = gather(mixing, position, range, order)
        for (row, index) in range.enumerated() {
          let before = (index + position.count - 1) % position.count
          let partner = mixing.partner(of: index, in: position, order: order)
          #expect(partner?.index == before)
          let share = partner?.share ?? .nan
          seen.insert(share)
          let expected = zip(parts.inputs[index], parts.inputs[before]).map { share * $0 + (1 - share) * $1 }
          #expect(found.inputs[row] == expected, "step \(step), sample \(index) of \(range)")
          // The larger part has the label.
          let labels = [order.sample(position, index), order.sample(position, before)].map {
            Int32(source.label(of: $0))
          }
          #expect([found.labels[row], found.second[row]] == (share < 0.5 ? labels.reversed() : labels))
          #expect(found.shares[row] == min(share, 1 - share))
        }
      }
    }
    // Every sample has a share of its own, and another one in the next epoch.
    #expect(seen.count > 2 * 9 * order.stepsPerEpoch - 20)
  }

  @Test("a batch of a single sample is not mixed, nor is what is evaluated")
  func unmixed() {
    let gatherer = SampleGatherer(source, augmentations: [.mixup(alpha: 1)], seed: 9)
    let order = TrainingOrder(count: 23, batch: 11, order: .sequential, lastBatch: .keep, seed: 6)
    let position = order.position(ofStep: 2)
    #expect(position.count == 1)
    let found = gather(gatherer, position, 0..<1, order)
    #expect(found.inputs == [plain(22)] && found.shares == [0])
    let inputs = Buffer<Float>(count: 3 * source.shape.count)
    let labels = Buffer<Int32>(count: 3)
    gatherer.gather(.samples(4..<7), into: .inputs(inputs.view, labels: labels.view))
    #expect(inputs.array() == (4..<7).flatMap { plain($0) })
    #expect(labels.array() == (4..<7).map { Int32(source.label(of: $0)) })
  }

  @Test("samples that are no images can be mixed, but not augmented otherwise")
  func features() throws {
    func mistakes(_ augment: JSONValue) -> [String] {
      let findings = Findings(file: "test", overrides: [], issues: [], keyPaths: { [] })
      _ = Section.read(
        ["dataset": "synthetic", "shape": [7], "augment": augment], at: Place(path: "data", findings: findings),
        DataConfiguration.keys)
      return findings.issues.map(\.description)
    }
    #expect(mistakes([["type": "mixup"]]) == [])
    #expect(mistakes([["type": "flip"], ["type": "mixup"]]).count == 1)
    for alpha in [0, -1, 100.5, 1e-4] as [Double] {
      let found = mistakes([["type": "mixup", "alpha": .number(alpha)]])
      #expect(found.first?.contains("data.augment.0.alpha: found") == true, "\(alpha): \(found)")
      #expect(found.first?.contains("allowed: a number from 0.001 to 100") == true, "\(alpha): \(found)")
    }
    let data = DataConfiguration(
      source: .synthetic(shape: [7], classes: 3, samples: 20, testSamples: 5), augmentations: [.mixup(alpha: 2)])
    #expect(try DatasetLoader.load(data, seed: 1).train.shape == .features(7))
  }
}
