import Foundation
import Statistics
import TestSupport
import Testing

/// What scikit-learn says of scores, and NumPy of confidences; made by Golden/make_classifiers.py.
private struct Golden: Decodable {
  struct Curve: Decodable {
    let scores: [Double]
    let isPositive: [Bool]
    let area: Double
    let falsePositives: [Double]
    let truePositives: [Double]
  }

  struct Calibration: Decodable {
    let confidences: [Double]
    let isRight: [Bool]
    let bins: Int
    let expected: Double
  }

  let curves: [String: Curve]
  let calibrations: [String: Calibration]

  static func load() throws -> Golden {
    let url = try #require(Bundle.module.url(forResource: "Golden/classifiers", withExtension: "json"))
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
  }
}

@Suite("The ROC curve")
struct ReceiverOperatingCharacteristicTests {
  @Test("has scikit-learn's points and area, ties included")
  func golden() throws {
    let golden = try Golden.load()
    #expect(golden.curves.count == 8)
    for (name, curve) in golden.curves {
      let found = try #require(
        ReceiverOperatingCharacteristic(scores: curve.scores, isPositive: curve.isPositive), "\(name)")
      #expect(abs(found.area - curve.area) < 1e-14, "\(name)")
      try #require(found.points.count == curve.truePositives.count, "\(name)")
      for (point, expected) in zip(found.points, zip(curve.falsePositives, curve.truePositives)) {
        #expect(abs(point.falsePositives - expected.0) + abs(point.truePositives - expected.1) < 1e-14, "\(name)")
      }
    }
  }

  @Test(
    "has as area the share of pairs in which the positive sample has the higher score, equal ones counting half",
    arguments: [1, 3, 50])
  func pairs(levels: Int) throws {
    var generator = SeededGenerator(seed: UInt64(levels))
    for count in [2, 3, 17, 200] {
      let scores = (0..<count).map { _ in Double(Int.random(in: 0...levels, using: &generator)) / 7 }
      let isPositive = (0..<count).map { $0 == 0 || $0 > 1 && Bool.random(using: &generator) }
      var wins = 0.0
      var all = 0.0
      for positive in 0..<count where isPositive[positive] {
        for negative in 0..<count where !isPositive[negative] {
          all += 1
          wins += scores[positive] > scores[negative] ? 1 : scores[positive] == scores[negative] ? 0.5 : 0
        }
      }
      let curve = try #require(ReceiverOperatingCharacteristic(scores: scores, isPositive: isPositive))
      #expect(abs(curve.area - wins / all) < 1e-12)
    }
  }

  @Test("does not depend on the order of the samples, and turns round with the scores")
  func symmetries() throws {
    var generator = SeededGenerator(seed: 8)
    let samples = (0..<60).map { _ in (Double(Int.random(in: 0..<9, using: &generator)), Bool.random(using: &generator))
    }
    func curve(_ samples: [(Double, Bool)]) throws -> ReceiverOperatingCharacteristic {
      try #require(ReceiverOperatingCharacteristic(scores: samples.map(\.0), isPositive: samples.map(\.1)))
    }
    let expected = try curve(samples)
    let shuffled = try curve(samples.shuffled(using: &generator))
    #expect(shuffled == expected)
    let reversed = try curve(samples.map { (-$0.0, $0.1) })
    #expect(abs(reversed.area - (1 - expected.area)) < 1e-14)
    #expect(reversed != expected)
  }

  @Test("is none without samples, or where all are of one class")
  func none() {
    #expect(ReceiverOperatingCharacteristic(scores: [], isPositive: []) == nil)
    #expect(ReceiverOperatingCharacteristic(scores: [0.1, 0.9], isPositive: [true, true]) == nil)
    #expect(ReceiverOperatingCharacteristic(scores: [0.1], isPositive: [false]) == nil)
  }
}

@Suite("The calibration error")
struct CalibrationErrorTests {
  @Test("is that of the formula, interval by interval")
  func golden() throws {
    let golden = try Golden.load()
    #expect(golden.calibrations.count == 4)
    for (name, expected) in golden.calibrations {
      let found = CalibrationError(
        confidences: expected.confidences, isRight: expected.isRight, bins: expected.bins)
      #expect(abs(found.expected - expected.expected) < 1e-14, "\(name)")
      let total = found.bins.map(\.samples).reduce(0, +)
      #expect(total == expected.confidences.count && found.bins.count == expected.bins, "\(name)")
      for bin in found.bins {
        let members = expected.confidences.indices.filter {
          expected.confidences[$0] > bin.low && expected.confidences[$0] <= bin.high
        }
        #expect(bin.samples == members.count, "\(name) \(bin)")
        let count = Double(max(1, members.count))
        let confidence = members.reduce(0) { $0 + expected.confidences[$1] } / count
        let right = members.count { expected.isRight[$0] }
        #expect(abs(bin.confidence - confidence) < 1e-14 && abs(bin.accuracy - Double(right) / count) < 1e-14)
      }
    }
  }

  @Test("is 0 where shares are as the confidences say, and without samples; 1 for certain errors")
  func extremes() {
    #expect(CalibrationError(confidences: [], isRight: []).expected == 0)
    let exact = CalibrationError(confidences: [0.5, 0.5, 1, 1], isRight: [true, false, true, true])
    #expect(exact.expected == 0)
    let wrong = CalibrationError(confidences: [1, 1, 1], isRight: [false, false, false])
    #expect(wrong.expected == 1)
    // Beyond what a probability can be, the outermost interval counts.
    let beyond = CalibrationError(confidences: [0, 1.0000000000000002], isRight: [true, true])
    #expect(beyond.bins[0].samples == 1 && beyond.bins[14].samples == 1)
  }
}
