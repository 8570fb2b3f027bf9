import Calendars
import Datasets
import Kernels
import TestSupport
import Testing

/// What a program's own source of samples gets for the few things that it says.
@Suite("A program's own source") struct SampleSourceTests {
  /// Images of a formula: pixel values tell sample, row, column and channel apart.
  private struct Formula: SampleSource {
    var name = "formula"
    var shape = SampleShape.image(height: 5, width: 7, channels: 3)
    var count = 11
    var task = PredictionTask.classification(classNames: ["even", "odd", "never"])
    /// Added to one number of one sample.
    var change: (sample: Int, by: Float) = (0, 0)
    /// Whether the classes change places.
    var swapsClasses = false

    func write(_ sample: Int, into input: Floats) {
      for index in input.indices { input[index] = Float(1 + 1000 * sample + index) }
      if sample == change.sample { input[4] += change.by }
    }

    func label(of sample: Int) -> Int { (sample + (swapsClasses ? 1 : 0)) % 2 }
  }

  /// Numbers to predict, from one number.
  private struct Line: SampleSource {
    let name = "line"
    let shape = SampleShape.features(1)
    let count = 9
    let task = PredictionTask.regression(width: 2)
    var slope: Float = 2
    func write(_ sample: Int, into input: Floats) { input[0] = Float(sample) }
    func writeTarget(of sample: Int, into values: Floats) {
      values[0] = slope * Float(sample)
      values[1] = -1
    }
  }

  @Test("gathers the same as a set in memory of the same numbers, augmented or not, in every order")
  func likeMemory() {
    let source = Formula()
    let all = Buffer<Float>(count: source.count * source.shape.count)
    SampleGatherer(source).gather(.samples(0..<source.count), into: .inputs(all.view))
    #expect(all.array().last == Float(1 + 1000 * 10 + 104))
    let stored = Dataset(
      name: "stored", shape: source.shape, samples: .floats(Buffer(all.array())),
      targets: .classes(Buffer((0..<11).map { Int32($0 % 2) }), count: 3))
    for augmentations in [[], [.flip], [.padCrop(padding: 2), .flip, .padCrop(padding: 3)]] as [[Augmentation]] {
      for kind in SampleOrder.allCases {
        let order = TrainingOrder(count: 11, batch: 4, order: kind, lastBatch: .keep, seed: 3)
        for step in 0..<40 {
          let position = order.position(ofStep: step)
          order.prepare(position)
          let found = [source as any SampleSource, stored].map { source in
            let gatherer = SampleGatherer(source, augmentations: augmentations, seed: 8)
            let inputs = Buffer<Float>(count: position.count * source.shape.count)
            let labels = Buffer<Int32>(count: position.count)
            gatherer.gather(
              .batch(position, positions: 0..<position.count, order: order),
              into: .inputs(inputs.view, labels: labels.view))
            return inputs.array() + labels.array().map(Float.init)
          }
          #expect(found[0] == found[1], "\(augmentations), \(kind), step \(step)")
        }
      }
    }
  }

  @Test("moving an image in place gives what the placement shows of it, however far it moves")
  func inPlace() {
    let (height, width, channels) = (4, 5, 2)
    let shape = SampleShape.image(height: height, width: width, channels: channels)
    let image = (0..<shape.count).map { Float($0 + 1) }
    var generator = SeededGenerator(seed: 31)
    for _ in 0..<3000 {
      var placement = Placement(shape: shape)
      for _ in 0..<Int.random(in: 0...4, using: &generator) {
        if Bool.random(using: &generator) {
          placement.flip()
        } else {
          placement.shift(
            down: Int.random(in: -3...3, using: &generator), right: Int.random(in: -3...3, using: &generator))
        }
      }
      let pixels = Buffer(image)
      placement.apply(to: pixels.view)
      var expected: [Float] = []
      for y in 0..<height {
        for x in 0..<width {
          let (row, column) = (y + placement.top, (placement.isFlipped ? width - 1 - x : x) + placement.left)
          for channel in 0..<channels {
            let isShown = placement.rows.contains(row) && placement.columns.contains(column)
            expected.append(isShown ? image[(row * width + column) * channels + channel] : 0)
          }
        }
      }
      let found = pixels.array()
      #expect(found == expected, "\(placement)")
    }
  }

  @Test("one-hot rows and target values are what the source says of each sample")
  func targets() {
    let oneHot = Buffer<Float>(count: 3 * 3)
    let images = Buffer<Float>(count: 3 * 105)
    SampleGatherer(Formula()).gather(.samples(4..<7), into: .inputs(images.view, targets: oneHot.view))
    #expect(oneHot.array() == [1, 0, 0, 0, 1, 0, 1, 0, 0])
    let values = Buffer<Float>(count: 2 * 2)
    let inputs = Buffer<Float>(count: 2)
    SampleGatherer(Line()).gather(.samples(3..<5), into: .inputs(inputs.view, targets: values.view))
    #expect(inputs.array() == [3, 4])
    #expect(values.array() == [6, -1, 8, -1])
  }

  @Test("the content that a checkpoint remembers changes with any number, label or target, and with nothing else")
  func content() {
    func content(_ source: any SampleSource) -> [UInt8] {
      var bytes: [UInt8] = []
      source.readContent { bytes += $0 }
      return bytes
    }
    var changed = Formula()
    changed.change = (10, 1)
    var swapped = Formula()
    swapped.swapsClasses = true
    var fewer = Formula()
    fewer.count = 10
    var renamed = Formula()
    renamed.name = "another"
    let whole = content(Formula())
    for other in [changed, swapped, fewer] { #expect(content(other) != whole) }
    #expect(content(renamed) == whole)
    var steeper = Line()
    steeper.slope = 3
    #expect(content(Line()) != content(steeper))
  }

  @Test("a label outside the classes, or none where there must be one, stops the program with its name")
  func wrongLabels() async {
    await #expect(processExitsWith: .failure) {
      struct Wrong: SampleSource {
        let name = "wrong"
        let shape = SampleShape.features(1)
        let count = 2
        let task = PredictionTask.classification(classNames: ["a", "b"])
        func write(_ sample: Int, into input: Floats) { input[0] = 0 }
        func label(of sample: Int) -> Int { 2 }
      }
      let (inputs, labels) = (Buffer<Float>(count: 1), Buffer<Int32>(count: 1))
      SampleGatherer(Wrong()).gather(.samples(0..<1), into: .inputs(inputs.view, labels: labels.view))
      #expect(inputs.array() + labels.array().map(Float.init) == [0, 2])
    }
    await #expect(processExitsWith: .failure) { _ = Line().label(of: 0) }
    await #expect(processExitsWith: .failure) {
      let values = Buffer<Float>(count: 3)
      Formula().writeTarget(of: 0, into: values.view)
      #expect(values.array() == [0, 0, 0])
    }
    await #expect(processExitsWith: .failure) { _ = DataSplits(train: Formula(), test: Line()) }
  }
}
