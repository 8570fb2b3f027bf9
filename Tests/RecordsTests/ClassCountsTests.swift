import Foundation
import JSON
import Records
import TestSupport
import Testing

@Suite("Class counts")
struct ClassCountsTests {
  private func samples(classes: Int, count: Int) -> (labels: [Int32], predictions: [Int32]) {
    var generator = SeededGenerator(seed: UInt64(classes))
    let labels = (0..<count).map { _ in Int32.random(in: 0..<Int32(classes), using: &generator) }
    // Half of them right, and some that are no class.
    let predictions = labels.map { label -> Int32 in
      switch Int.random(in: 0..<10, using: &generator) {
      case 0..<5: label
      case 9: -1
      default: Int32.random(in: 0..<Int32(classes), using: &generator)
      }
    }
    return (labels, predictions)
  }

  @Test("counts are those of the naive matrix", arguments: [2, 3, 10, 57])
  func naive(classes: Int) {
    let (labels, predictions) = samples(classes: classes, count: 700)
    var matrix = Array(repeating: Array(repeating: 0, count: classes), count: classes)
    var none = Array(repeating: 0, count: classes)
    for (label, prediction) in zip(labels, predictions) {
      if prediction < 0 { none[Int(label)] += 1 } else { matrix[Int(label)][Int(prediction)] += 1 }
    }
    let counts = ClassCounts(classes: classes, labels: labels, predictions: predictions)
    #expect(counts.matrix == matrix)
    #expect(counts.total == 700 && counts.correct == zip(labels, predictions).count { $0 == $1 })
    for row in 0..<classes {
      let all = matrix[row].reduce(0, +) + none[row]
      #expect(counts.samples[row] == all)
      #expect(counts.accuracy(of: row) == (all == 0 ? nil : Double(matrix[row][row]) / Double(all)))
    }
    for (earlier, later) in zip(counts.mistakes, counts.mistakes.dropFirst()) {
      #expect(
        (later.count, earlier.trueClass, earlier.predictedClass) < (
          earlier.count, later.trueClass, later.predictedClass
        ))
    }
  }

  @Test("counts from a matrix are the matrix again; one that is not square is none")
  func matrices() throws {
    let matrix = [[5, 0, 2], [1, 4, 0], [0, 0, 0]]
    let counts = try #require(ClassCounts(matrix: matrix))
    #expect(counts.matrix == matrix && counts.perClassAccuracy == [5.0 / 7, 0.8, nil])
    #expect(ClassCounts(matrix: [[1, 2]]) == nil && ClassCounts(matrix: []) == nil)
    #expect(ClassCounts(samples: [1, 2], right: [1], mistakes: []) == nil)
    #expect(ClassCounts(samples: [1], right: [1], mistakes: [.init(trueClass: 0, predictedClass: 1, count: 1)]) == nil)
  }

  @Test("a record holds the matrix up to a hundred classes, then the most frequent mistakes, and stays small")
  func record() throws {
    for classes in [2, 100, 101, 4000, 10_000, 10_001, 1_000_000] {
      // Records are made of evaluations in which every sample has a class.
      let (labels, raw) = samples(classes: classes, count: 3000)
      let predictions = raw.map { max($0, 0) }
      let counts = ClassCounts(classes: classes, labels: labels, predictions: predictions)
      let record = ClassRecord(counts, classNames: (0..<classes).map(String.init))
      let text = JSONText.pretty(record)
      #expect(text.utf8.count < 700_000, "\(classes) classes: \(text.utf8.count) bytes")
      if classes == 4000 { #expect(text.utf8.count < 300_000) }
      let read = try JSONDecoder().decode(ClassRecord.self, from: Data(text.utf8))
      #expect(read == record)
      #expect((read.confusionMatrix != nil) == (classes <= 100))
      #expect((read.samplesPerClass != nil) == (classes > 100 && classes <= 10_000))
      guard classes <= 10_000 else {
        #expect(read.counts == nil && read.mistakes == Array(counts.mistakes.prefix(200)))
        continue
      }
      let again = try #require(read.counts)
      #expect(again.perClassAccuracy == counts.perClassAccuracy && again.right == counts.right)
      #expect(again.samples == counts.samples)
      #expect(again.mistakes == (classes <= 100 ? counts.mistakes : Array(counts.mistakes.prefix(200))))
    }
  }

  @Test("a summary of before, with a matrix of any number of classes, is still read")
  func oldSummary() throws {
    let classes = 120
    var summary = RunSummary(
      outcome: .completed, steps: 1, epochs: 1, samples: 1, trainLoss: 1, testLoss: 1, testAccuracy: 1, wallSeconds: 1,
      samplesPerSecond: 1, peakMemoryBytes: 1, threads: 1, weightsSHA256: "")
    summary.confusionMatrix = (0..<classes).map { row in (0..<classes).map { $0 == row ? 3 : 0 } }
    let read = try JSONDecoder().decode(RunSummary.self, from: Data(JSONText.pretty(summary).utf8))
    #expect(read.classes.counts?.correct == 3 * classes)
  }
}
