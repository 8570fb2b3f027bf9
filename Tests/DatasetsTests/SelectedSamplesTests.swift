import Datasets
import Foundation
import Kernels
import TestSupport
import Testing

/// Parts of sets in memory against sets into which the same samples were copied.
@Suite("A part of a data set")
struct SelectedSamplesTests {
  private static let rows = [17, 3, 3, 0, 40, 22, 8, 39, 1, 12, 5]
  private let shape = SampleShape.image(height: 5, width: 4, channels: 3)

  /// The set and, copied, the samples of some of its rows.
  private func sets(bytes: Bool, regression: Bool = false) -> (part: Dataset, copy: Dataset) {
    var generator = SeededGenerator(seed: bytes ? 1 : 2)
    let numbers = (0..<41 * shape.count).map { _ in
      Float(UInt8.random(in: 0...255, using: &generator)) * (bytes ? 1 : 0.37)
    }
    let labels = (0..<41).map { _ in Int32.random(in: 0..<4, using: &generator) }
    let values = generator.floats(41 * 2)
    func set(_ rows: [Int]) -> Dataset {
      let numbers = rows.flatMap { numbers[$0 * shape.count..<($0 + 1) * shape.count] }
      return Dataset(
        name: "set", shape: shape,
        samples: bytes ? .bytes(Buffer(numbers.map { UInt8($0) })) : .floats(Buffer(numbers)),
        targets: regression
          ? .values(Buffer(rows.flatMap { values[$0 * 2..<$0 * 2 + 2] }), width: 2)
          : .classes(Buffer(rows.map { labels[$0] }), count: 4))
    }
    return (set(Array(0..<41)).selecting(Self.rows), set(Self.rows))
  }

  private func written(_ count: Int, _ write: (Floats) -> Void) -> [UInt32] {
    let buffer = Buffer<Float>(count: count)
    write(buffer.view)
    return buffer.array().map(\.bitPattern)
  }

  @Test("writes the rows that were chosen, one by one, in runs and augmented", arguments: [true, false])
  func inputs(bytes: Bool) {
    let normalizer = Normalizer(scale: [0.1, 2, 0.7], shift: [-3, 0.2, 0])
    var (part, copy) = sets(bytes: bytes)
    part = part.normalized(by: normalizer)
    copy = copy.normalized(by: normalizer)
    #expect(part.count == 11 && part.shape == shape && part.name == copy.name)
    let placements = [(0, 0, false), (1, -2, true), (-3, 1, false), (9, 0, true)].map { down, right, isFlipped in
      var placement = Placement(shape: shape)
      if isFlipped { placement.flip() }
      placement.shift(down: down, right: right)
      return placement
    }
    for sample in 0..<part.count {
      #expect(written(60) { part.write(sample, into: $0) } == written(60) { copy.write(sample, into: $0) })
      for placement in placements {
        let found = written(60) { part.write(sample, at: placement, into: $0) }
        #expect(found == written(60) { copy.write(sample, at: placement, into: $0) })
      }
      #expect(part.label(of: sample) == copy.label(of: sample))
    }
    for run in [0..<11, 2..<3, 4..<10, 5..<5] {
      let found = written(run.count * 60) { part.write(run, into: $0) }
      #expect(found == written(run.count * 60) { copy.write(run, into: $0) }, "\(run)")
    }
  }

  @Test("has the targets of its rows")
  func targets() {
    let (part, copy) = sets(bytes: false, regression: true)
    for sample in 0..<part.count {
      #expect(
        written(2) { part.writeTarget(of: sample, into: $0) } == written(2) { copy.writeTarget(of: sample, into: $0) })
    }
  }

  @Test("of a part is a part of the whole")
  func parts() {
    let (part, copy) = sets(bytes: true)
    let (again, copied) = (part.selecting([10, 0, 4]), copy.selecting([10, 0, 4]))
    #expect(again.count == 3)
    for sample in 0..<3 {
      #expect(written(60) { again.write(sample, into: $0) } == written(60) { copied.write(sample, into: $0) })
      #expect(again.label(of: sample) == copy.label(of: [10, 0, 4][sample]))
    }
  }

  @Test("has means and deviations of its own samples, to the bit", arguments: [true, false])
  func statistics(bytes: Bool) {
    let (part, copy) = sets(bytes: bytes)
    let (found, expected) = (ChannelStatistics(part), ChannelStatistics(copy))
    #expect(found.means == expected.means && found.deviations == expected.deviations)
    let single = Dataset(
      name: "gray", shape: .features(1), samples: .bytes(Buffer((0..<200).map { UInt8($0) })),
      targets: .values(Buffer((0..<200).map(Float.init)), width: 1))
    let some = ChannelStatistics(single.selecting(Array(50..<54)))
    let deviation = (1.25 as Double).squareRoot()
    #expect(some.means == [51.5] && some.deviations == [deviation])
  }

  @Test("has other content where other samples are chosen, or the same in another order")
  func content() {
    func content(_ set: Dataset) -> [UInt8] {
      var bytes: [UInt8] = []
      set.readContent { bytes += $0 }
      return bytes
    }
    let (part, _) = sets(bytes: true)
    let whole = content(part)
    #expect(content(part.selecting(Array(0..<11))) == whole)
    #expect(content(part.selecting(Array((0..<11).reversed()))) != whole)
    #expect(content(part.selecting(Array(0..<10))) != whole)
  }
}

@Suite("Targets that are standardised")
struct TargetScaleTests {
  @Test(
    "have mean 0 and deviation 1 in training, and come back in their units, far from 0 too", arguments: [0, 1e9, -3e12])
  func roundTrip(offset: Double) {
    var generator = SeededGenerator(seed: 9)
    let numbers = (0..<301).flatMap { _ in
      [offset + Double.random(in: -1...1, using: &generator), Double.random(in: 1...1.001, using: &generator)]
    }
    let scale = TargetScale(of: numbers, names: ["far", "near"])
    #expect(scale.width == 2 && !scale.isIdentity)
    let standardized = scale.standardized(numbers).array()
    for column in 0..<2 {
      let values = stride(from: column, to: 602, by: 2).map { Double(standardized[$0]) }
      let mean = values.reduce(0, +) / 301
      let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 301
      #expect(abs(mean) < 2e-3 && abs(square - 1) < 2e-3, "column \(column): \(mean), \(square)")
      if offset == 0 { #expect(abs(mean) < 1e-6 && abs(square - 1) < 1e-6) }
    }
    for (index, number) in numbers.enumerated() {
      let found = scale.number(standardized[index], index: index % 2)
      // Half a unit in a float's last place of at most 2 deviations, and of the number as a double.
      let allowed = scale.deviations[index % 2] * 1.2e-7 + abs(number) * 2.3e-16
      #expect(abs(found - number) <= allowed, "\(found) of \(number)")
    }
  }

  @Test("that never change stay finite: 0 in training, and themselves in their units")
  func constants() {
    let numbers = [1e9 + 0.1, 3, 1e9 + 0.1, 3, 1e9 + 0.1, 3]
    let scale = TargetScale(of: numbers, names: ["a", "b"])
    #expect(scale.deviations == [1, 1] && scale.means == [1e9 + 0.1, 3])
    #expect(scale.standardized(numbers).array() == [0, 0, 0, 0, 0, 0])
    #expect(scale.number(0, index: 0) == 1e9 + 0.1)
    let single = TargetScale(of: [-7], names: ["x"])
    #expect(single.means == [-7] && single.deviations == [1])
  }

  @Test("that shall stay as they are have the identity")
  func identity() {
    let scale = TargetScale.identity(names: ["a", "b", "c"])
    #expect(
      scale.isIdentity && scale.width == 3
        && scale == TargetScale(names: ["a", "b", "c"], means: [0, 0, 0], deviations: [1, 1, 1]))
    #expect(scale.standardized([1, -2.5, 1e9]).array() == [1, -2.5, 1e9])
    #expect(TargetScale.identity(width: 2).names == ["0", "1"])
  }
}
