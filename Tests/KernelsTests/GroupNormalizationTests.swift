import Kernels
import TestSupport
import Testing

/// Group norm in double precision, by the definition.
private struct NaiveGroups {
  let shape: GroupNormalization.Shape
  let x: [Double]
  let scale: [Double]
  let shift: [Double]

  private var width: Int { shape.channels / shape.groups }

  /// Elements of a sample's group.
  private func elements(_ sample: Int, _ group: Int) -> [Int] {
    (0..<shape.pixels).flatMap { pixel in
      (0..<width).map { (sample * shape.pixels + pixel) * shape.channels + group * width + $0 }
    }
  }

  func moments(_ sample: Int, _ group: Int) -> (mean: Double, inverse: Double) {
    let values = elements(sample, group).map { x[$0] }
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(values.count)
    return (mean, 1 / (variance + 1e-5).squareRoot())
  }

  /// Results, and x̂.
  func forward() -> (y: [Double], normalized: [Double]) {
    var normalized = x
    for sample in 0..<shape.batch {
      for group in 0..<shape.groups {
        let (mean, inverse) = moments(sample, group)
        for index in elements(sample, group) { normalized[index] = (x[index] - mean) * inverse }
      }
    }
    let channels = shape.channels
    return (normalized.indices.map { normalized[$0] * scale[$0 % channels] + shift[$0 % channels] }, normalized)
  }

  func backward(_ dy: [Double]) -> (dx: [Double], scale: [Double], shift: [Double]) {
    let normalized = forward().normalized
    var (dx, scaleGradient, shiftGradient) = (
      x, [Double](repeating: 0, count: shape.channels), [Double](repeating: 0, count: shape.channels)
    )
    for index in x.indices {
      scaleGradient[index % shape.channels] += dy[index] * normalized[index]
      shiftGradient[index % shape.channels] += dy[index]
    }
    for sample in 0..<shape.batch {
      for group in 0..<shape.groups {
        let indices = elements(sample, group)
        let own = indices.map { dy[$0] * scale[$0 % shape.channels] }
        let mean = own.reduce(0, +) / Double(own.count)
        let product = zip(own, indices).reduce(0) { $0 + $1.0 * normalized[$1.1] } / Double(own.count)
        let inverse = moments(sample, group).inverse
        for (place, index) in indices.enumerated() {
          dx[index] = inverse * (own[place] - mean - normalized[index] * product)
        }
      }
    }
    return (dx, scaleGradient, shiftGradient)
  }
}

/// One shape's arrays.
private struct GroupCase {
  let shape: GroupNormalization.Shape
  let x: [Float]
  let dy: [Float]
  let scale: [Float]
  let shift: [Float]

  init(_ shape: GroupNormalization.Shape, offset: Float = 0) {
    var generator = SeededGenerator(seed: UInt64(shape.count * 31 + shape.channels))
    self.shape = shape
    x = generator.floats(shape.count).map { $0 + offset }
    dy = generator.floats(shape.count)
    scale = generator.floats(shape.channels, in: 0.5...2)
    shift = generator.floats(shape.channels)
  }

  var naive: NaiveGroups {
    NaiveGroups(shape: shape, x: x.map(Double.init), scale: scale.map(Double.init), shift: shift.map(Double.init))
  }

  struct Results: Equatable {
    var y: [Float] = []
    var mean: [Float] = []
    var inverse: [Float] = []
    var dx: [Float] = []
  }

  /// Both passes over some samples; the gradients of γ and β go where told.
  func run(_ samples: Range<Int>, scaleGradient: Floats, shiftGradient: Floats, accumulating: Bool) -> Results {
    let part = GroupNormalization.Shape(
      batch: samples.count, pixels: shape.pixels, channels: shape.channels, groups: shape.groups)
    let sample = shape.pixels * shape.channels
    let range = samples.lowerBound * sample..<samples.upperBound * sample
    let (x, scale) = (Memory.floats(Array(x[range])), Memory.floats(scale))
    let (y, dx) = (Memory.output(part.count), Memory.floats(Array(dy[range])))
    let (mean, inverse) = (Memory.output(part.statisticsCount), Memory.output(part.statisticsCount))
    GroupNormalization.forward(
      x, shape: part, scale: scale, shift: Memory.floats(shift), into: y, mean: mean, inverseDeviation: inverse)
    // In place, as a layer does it.
    GroupNormalization.backward(
      input: x, outputGradient: dx, shape: part, scale: scale, mean: mean, inverseDeviation: inverse, into: dx,
      scaleGradient: scaleGradient, shiftGradient: shiftGradient, accumulating: accumulating)
    return Results(y: y.array(), mean: mean.array(), inverse: inverse.array(), dx: dx.array())
  }
}

extension KernelsTests {
  @Suite("Group and layer normalisation") struct GroupNormalizationTests {
    /// Groups of one channel and of more than a panel's 128, across panels, with pixels that no block divides; layers.
    static let shapes = [
      (2, 9, 6, 3), (3, 67, 32, 8), (1, 130, 5, 1), (2, 4, 300, 2), (2, 65, 270, 90), (1, 3, 260, 1), (3, 2, 129, 43),
      (2, 64, 16, 16), (0, 5, 4, 2),
    ].map { GroupNormalization.Shape(batch: $0.0, pixels: $0.1, channels: $0.2, groups: $0.3) }
    static let layers = [
      GroupNormalization.Shape.layer(batch: 5, count: 3), .layer(batch: 3, count: 7), .layer(batch: 2, count: 1037),
      GroupNormalization.Shape(batch: 3, pixels: 1, channels: 60, groups: 12),
    ]

    @Test("both passes are those of double precision", arguments: shapes + layers)
    func definition(shape: GroupNormalization.Shape) {
      let arrays = GroupCase(shape)
      let naive = arrays.naive
      let expected = naive.backward(arrays.dy.map(Double.init))
      let y = naive.forward().y
      forEachPath { path in
        let (scale, shift) = (Memory.output(shape.channels), Memory.output(shape.channels))
        let results = arrays.run(0..<shape.batch, scaleGradient: scale, shiftGradient: shift, accumulating: false)
        expectClose(results.y, y.map { Float($0) }, relative: 2e-6, "\(path), y")
        expectClose(results.dx, expected.dx.map { Float($0) }, relative: 4e-6, "\(path), dx")
        expectClose(scale.array(), expected.scale.map { Float($0) }, relative: 4e-6, "\(path), dγ")
        expectClose(shift.array(), expected.shift.map { Float($0) }, relative: 4e-6, "\(path), dβ")
        for sample in 0..<shape.batch {
          for group in 0..<shape.groups {
            let (mean, inverse) = naive.moments(sample, group)
            let index = sample * shape.groups + group
            #expect(abs(Double(results.mean[index]) - mean) < 1e-6, "\(path)")
            #expect(abs(Double(results.inverse[index]) / inverse - 1) < 1e-6, "\(path)")
          }
        }
      }
    }

    @Test("a large mean costs no digits of the deviation", arguments: [shapes[1], layers[2]])
    func largeMean(shape: GroupNormalization.Shape) {
      // Multiples of 2⁻⁴: the mean takes none of their digits.
      let arrays = GroupCase(shape, offset: 4096)
      forEachPath { path in
        let (scale, shift) = (Memory.output(shape.channels), Memory.output(shape.channels))
        let results = arrays.run(0..<shape.batch, scaleGradient: scale, shiftGradient: shift, accumulating: false)
        for sample in 0..<shape.batch {
          for group in 0..<shape.groups {
            let inverse = arrays.naive.moments(sample, group).inverse
            #expect(abs(Double(results.inverse[sample * shape.groups + group]) / inverse - 1) < 2e-6, "\(path)")
          }
        }
      }
    }

    @Test("no bit depends on how samples are cut into microbatches", arguments: [shapes[1], shapes[6], layers[1]])
    func cuts(shape: GroupNormalization.Shape) {
      let arrays = GroupCase(shape)
      forEachPath { path in
        func run(_ parts: [Range<Int>]) -> (results: [GroupCase.Results], scale: [Float], shift: [Float]) {
          let (scale, shift) = (Memory.output(shape.channels), Memory.output(shape.channels))
          let results = parts.enumerated().map { index, samples in
            arrays.run(samples, scaleGradient: scale, shiftGradient: shift, accumulating: index > 0)
          }
          return (results, scale.array(), shift.array())
        }
        let (whole, parts) = (run([0..<shape.batch]), run([0..<1, 1..<shape.batch]))
        #expect(whole.scale == parts.scale && whole.shift == parts.shift, "\(path)")
        #expect(whole.results[0].y == parts.results.flatMap(\.y), "\(path)")
        #expect(whole.results[0].dx == parts.results.flatMap(\.dx), "\(path)")
      }
    }

    @Test("constant groups have variance 0 and gradients that are finite")
    func constant() {
      let shape = GroupNormalization.Shape(batch: 1, pixels: 3, channels: 4, groups: 2)
      forEachPath { path in
        let ones = Memory.floats([Float](repeating: 0.1, count: shape.count))
        let (scale, zero) = (Memory.floats([1, 1, 1, 1]), Memory.floats([2, 2, 2, 2]))
        let (y, mean, inverse) = (Memory.output(shape.count), Memory.output(2), Memory.output(2))
        GroupNormalization.forward(
          ones, shape: shape, scale: scale, shift: zero, into: y, mean: mean, inverseDeviation: inverse)
        expectClose(y.array(), [Float](repeating: 2, count: shape.count), relative: 1e-5, "\(path)")
        expectClose(inverse.array(), [Float](repeating: 1 / Float(1e-5).squareRoot(), count: 2), relative: 1e-3)
      }
    }

    @Test("groups that do not divide the channels stop the program")
    func indivisible() async {
      await #expect(processExitsWith: .failure) {
        _ = GroupNormalization.Shape(batch: 1, pixels: 2, channels: 5, groups: 2)
      }
    }
  }
}
