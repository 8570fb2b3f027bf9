import Calendars
import Datasets
import Kernels
import TestSupport
import Testing

@Suite(.serialized) struct GatherTests {
  private let height = 5
  private let width = 7
  private let channels = 3
  private var pixels: Int { height * width * channels }

  /// Images of random bytes or floats.
  private func images(_ count: Int, bytes: Bool = true) -> Dataset {
    var generator = SeededGenerator(seed: 21)
    let samples: Dataset.Samples =
      bytes
      ? .bytes(Buffer((0..<count * pixels).map { _ in UInt8.random(in: 1...255, using: &generator) }))
      : .floats(Buffer(generator.floats(count * pixels, in: 1...2)))
    return Dataset(
      name: "random", shape: .image(height: height, width: width, channels: channels), samples: samples,
      targets: .classes(Buffer((0..<count).map { Int32($0 % 4) }), count: 4)
    ).normalized(by: normalizer)
  }

  private let normalizer = Normalizer(scale: [0.5, 0.25, 2], shift: [1, -1, 3])

  /// Sample `index` normalised, pixel by pixel.
  private func naive(_ dataset: Dataset, _ index: Int) -> [Float] {
    let numbers = dataset.numbers
    return (0..<pixels).map {
      numbers[index * pixels + $0] * normalizer.scale[$0 % channels] + normalizer.shift[$0 % channels]
    }
  }

  @Test("gathering equals the naive loop, for bytes and floats and every order", arguments: SampleOrder.allCases)
  func naive(order kind: SampleOrder) {
    for bytes in [true, false] {
      let dataset = images(23, bytes: bytes)
      let gatherer = SampleGatherer(dataset)
      let order = TrainingOrder(count: 23, batch: 9, order: kind, lastBatch: .keep, seed: 6)
      for step in 0..<order.stepsPerEpoch {
        let position = order.position(ofStep: step)
        order.prepare(position)
        let range = 1..<position.count
        let inputs = Buffer<Float>(count: range.count * pixels)
        let labels = Buffer<Int32>(count: range.count)
        let oneHot = Buffer<Float>(count: range.count * 4)
        gatherer.gather(
          .batch(position, positions: range, order: order), into: .inputs(inputs.view, labels: labels.view))
        gatherer.gather(
          .batch(position, positions: range, order: order), into: .inputs(inputs.view, targets: oneHot.view))
        let expected = range.map { order.sample(position, $0) }
        expectClose(inputs.view.array(), expected.flatMap { naive(dataset, $0) }, relative: 1e-6)
        #expect(labels.view.array().map(Int.init) == expected.map { $0 % 4 })
        #expect(oneHot.view.array() == expected.flatMap { sample in (0..<4).map { sample % 4 == $0 ? 1 : 0 } })
      }
    }
  }

  @Test("evaluation gathers in file order and ignores augmentations")
  func evaluation() {
    let dataset = images(6)
    let gatherer = SampleGatherer(dataset, augmentations: [.flip, .padCrop(padding: 2)])
    let inputs = Buffer<Float>(count: 3 * pixels)
    let labels = Buffer<Int32>(count: 3)
    gatherer.gather(.samples(2..<5), into: .inputs(inputs.view, labels: labels.view))
    expectClose(inputs.view.array(), (2..<5).flatMap { naive(dataset, $0) }, relative: 1e-6)
    #expect(labels.view.array() == [2, 3, 0])
    let targets = Buffer<Float>(count: 3 * 4)
    gatherer.gather(.samples(2..<5), into: .inputs(inputs.view, targets: targets.view))
    #expect(targets.view.array() == [0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0])
  }

  /// An image moved by (down, right) with zeros outside, then maybe mirrored.
  private func moved(_ image: [Float], down: Int, right: Int, flipped: Bool) -> [Float] {
    var result = Array(repeating: Float(0), count: pixels)
    for y in 0..<height {
      for x in 0..<width {
        let (storedY, storedX) = (y + down, (flipped ? width - 1 - x : x) + right)
        guard (0..<height).contains(storedY), (0..<width).contains(storedX) else { continue }
        for c in 0..<channels {
          result[(y * width + x) * channels + c] = image[(storedY * width + storedX) * channels + c]
        }
      }
    }
    return result
  }

  /// Gathers sample 0 over many epochs with one sample an epoch.
  private func epochs(_ count: Int, _ augmentations: [Augmentation]) -> (dataset: Dataset, images: [[Float]]) {
    let dataset = images(1)
    let gatherer = SampleGatherer(dataset, augmentations: augmentations, seed: 17)
    let order = TrainingOrder(count: 1, batch: 1, order: .reshuffle, lastBatch: .drop, seed: 17)
    let inputs = Buffer<Float>(count: pixels)
    let labels = Buffer<Int32>(count: 1)
    let images = (0..<count).map { step in
      order.prepare(order.position(ofStep: step))
      gatherer.gather(
        .batch(order.position(ofStep: step), positions: 0..<1, order: order),
        into: .inputs(inputs.view, labels: labels.view))
      return inputs.view.array()
    }
    return (dataset, images)
  }

  @Test("padCrop and flip give each of their images equally often, and no others", arguments: [false, true])
  func statistics(flips: Bool) {
    let padding = 2
    let count = 10_000
    let (dataset, images) = epochs(count, [.padCrop(padding: padding)] + (flips ? [.flip] : []))
    let image = naive(dataset, 0)
    var expected: [[Float]] = []
    for down in -padding...padding {
      for right in -padding...padding {
        for flipped in flips ? [false, true] : [false] {
          expected.append(moved(image, down: down, right: right, flipped: flipped))
        }
      }
    }
    var counts = Array(repeating: 0, count: expected.count)
    for image in images {
      guard let match = expected.firstIndex(where: { isClose($0, image) }) else {
        Issue.record("an image that no crop gives")
        return
      }
      counts[match] += 1
    }
    // Chi-square with 24 or 49 degrees of freedom: beyond 62 or 99 once in 10,000 seeds; this seed is fixed.
    let mean = Double(count) / Double(counts.count)
    let chiSquare = counts.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) / mean }
    #expect(chiSquare < (flips ? 99 : 62))
  }

  @Test("a flip comes in half of the epochs")
  func flipHalf() {
    let (dataset, images) = epochs(10_000, [.flip])
    let mirror = moved(naive(dataset, 0), down: 0, right: 0, flipped: true)
    let flips = images.filter { isClose($0, mirror) }.count
    // Four deviations of 50.
    #expect(abs(flips - 5000) < 200)
  }

  @Test("a crop that shows nothing is all zeros")
  func farCrop() {
    let (_, images) = epochs(200, [.padCrop(padding: 40)])
    #expect(images.contains { $0.allSatisfy { $0 == 0 } })
  }

  private func isClose(_ first: [Float], _ second: [Float]) -> Bool {
    zip(first, second).allSatisfy { abs($0 - $1) <= 1e-3 }
  }

  @Test("what is gathered does not depend on how a batch is divided", arguments: SampleOrder.allCases)
  func division(kind: SampleOrder) {
    let dataset = images(40)
    let gatherer = SampleGatherer(
      dataset, augmentations: [.padCrop(padding: 1), .flip], seed: 2)
    let order = TrainingOrder(count: 40, batch: 30, order: kind, lastBatch: .drop, seed: 2)
    let position = order.position(ofStep: 3)
    order.prepare(position)
    func gathered(_ cuts: [Int]) -> [Float] {
      zip(cuts, cuts.dropFirst()).flatMap { first, last in
        let inputs = Buffer<Float>(count: (last - first) * pixels)
        let labels = Buffer<Int32>(count: last - first)
        gatherer.gather(
          .batch(position, positions: first..<last, order: order), into: .inputs(inputs.view, labels: labels.view))
        return inputs.view.array()
      }
    }
    let whole = gathered([0, 30])
    #expect(whole == gathered([0, 1, 8, 9, 23, 30]))
    #expect(whole == gathered(Array(0...30)))
  }

  @Test("the augmentation belongs to epoch and sample, under iid to step and position", arguments: SampleOrder.allCases)
  func keys(kind: SampleOrder) {
    // 30 copies of one image: what differs is the augmentation.
    let copies = Dataset(
      name: "copies", shape: .image(height: height, width: width, channels: channels),
      samples: .floats(Buffer((0..<30).flatMap { _ in (0..<pixels).map { Float($0 + 1) } })),
      targets: .classes(Buffer<Int32>(count: 30), count: 2)
    ).normalized(by: normalizer)
    func images(seed: UInt64, step: Int, batch: Int) -> (samples: [Int], images: [[Float]]) {
      let gatherer = SampleGatherer(copies, augmentations: [.padCrop(padding: 3)], seed: seed)
      let order = TrainingOrder(count: 30, batch: batch, order: kind, lastBatch: .drop, seed: seed)
      let position = order.position(ofStep: step)
      order.prepare(position)
      let inputs = Buffer<Float>(count: batch * pixels)
      let labels = Buffer<Int32>(count: batch)
      gatherer.gather(
        .batch(position, positions: 0..<batch, order: order), into: .inputs(inputs.view, labels: labels.view))
      let all = inputs.view.array()
      return (
        (0..<batch).map { order.sample(position, $0) },
        (0..<batch).map { Array(all[$0 * pixels..<($0 + 1) * pixels]) }
      )
    }
    let first = images(seed: 1, step: 0, batch: 30)
    // 49 crops: 30 draws of them give about 22 different ones.
    #expect(Set(first.images).count > 14)
    #expect(first.images == images(seed: 1, step: 0, batch: 30).images)
    #expect(first.images != images(seed: 1, step: 1, batch: 30).images)
    #expect(first.images != images(seed: 2, step: 0, batch: 30).images)
    if kind == .iid {
      // Draws of the same sample in one batch are augmented apart.
      let groups = Dictionary(grouping: 0..<30) { first.samples[$0] }.values.filter { $0.count > 1 }
      #expect(groups.contains { group in Set(group.map { first.images[$0] }).count > 1 })
    } else {
      // Another batch size puts a sample into another step, and changes nothing.
      let halves = [images(seed: 1, step: 0, batch: 15), images(seed: 1, step: 1, batch: 15)]
      #expect(first.images == halves.flatMap(\.images))
    }
  }

  @Test("gathering and shuffling allocate nothing", .enabled(if: AllocationCounter.works, "cannot count here"))
  func allocations() async {
    // In a process of its own, where no other test allocates.
    await #expect(processExitsWith: .success) {
      let (dataset, pixels) = (GatherTests().images(60), GatherTests().pixels)
      let inputs = Buffer<Float>(count: 20 * pixels)
      let labels = Buffer<Int32>(count: 20)
      let targets = Buffer<Float>(count: 20 * 4)
      for kind in SampleOrder.allCases {
        for augmentations in [[], [.padCrop(padding: 1), .flip]] as [[Augmentation]] {
          let gatherer = SampleGatherer(dataset, augmentations: augmentations, seed: 2)
          let order = TrainingOrder(count: 60, batch: 20, order: kind, lastBatch: .drop, seed: 2)
          func run(_ steps: Range<Int>) {
            for step in steps {
              let position = order.position(ofStep: step)
              order.prepare(position)
              gatherer.gather(
                .batch(position, positions: 0..<20, order: order), into: .inputs(inputs.view, labels: labels.view))
              gatherer.gather(
                .batch(position, positions: 0..<20, order: order), into: .inputs(inputs.view, targets: targets.view))
              gatherer.gather(.samples(5..<25), into: .inputs(inputs.view, labels: labels.view))
            }
          }
          run(0..<2)
          // Several epochs of three steps, shuffles included.
          let allocations = AllocationCounter.count { run(2..<12) }
          try #require(allocations == 0, "\(allocations) allocations: \(kind), \(augmentations)")
        }
      }
    }
  }
}
