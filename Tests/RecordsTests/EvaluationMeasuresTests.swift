import Foundation
import JSON
import Records
import Testing

/// What scikit-learn says of predictions; made by Golden/make_measures.py.
private struct Golden: Decodable {
  struct Regression: Decodable {
    let targets: [[Double]]
    let predictions: [[Double]]
    let rSquared: [Double]
    let meanSquaredError: [Double]
    let meanAbsoluteError: [Double]
    let meanRSquared: Double
  }

  struct Classes: Decodable {
    let classes: Int
    let truth: [Int32]
    let predicted: [Int32]
    let precision: [Double]
    let recall: [Double]
    let f1: [Double]
    let samples: [Int]
    let macro: [Double]
  }

  let regressions: [String: Regression]
  let classes: [String: Classes]

  static func load() throws -> Golden {
    let url = try #require(Bundle.module.url(forResource: "Golden/measures", withExtension: "json"))
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
  }
}

@Suite("Errors of predicted numbers")
struct RegressionErrorsTests {
  private func errors(_ targets: [[Double]], _ predictions: [[Double]]) -> RegressionErrors {
    var errors = RegressionErrors(outputs: targets.first?.count ?? 1)
    for (target, prediction) in zip(targets, predictions) {
      for index in target.indices { errors.add(predicted: prediction[index], target: target[index], output: index) }
    }
    return errors
  }

  private func isClose(_ found: Double?, _ expected: Double) -> Bool {
    guard let found else { return false }
    return abs(found - expected) <= 1e-12 * max(1, abs(expected))
  }

  @Test("are scikit-learn's R², root of the mean squared error and mean absolute error, of one number and of several")
  func golden() throws {
    let golden = try Golden.load()
    #expect(golden.regressions.count == 5)
    for (name, expected) in golden.regressions {
      let width = expected.targets[0].count
      let names = (0..<width).map { "number \($0)" }
      let record = try #require(errors(expected.targets, expected.predictions).record(names: names))
      #expect(record.outputs.map(\.name) == names)
      for (index, output) in record.outputs.enumerated() {
        #expect(isClose(output.rSquared, expected.rSquared[index]), "\(name)")
        #expect(isClose(output.rootMeanSquaredError, expected.meanSquaredError[index].squareRoot()), "\(name)")
        #expect(isClose(output.meanAbsoluteError, expected.meanAbsoluteError[index]), "\(name)")
      }
      #expect(isClose(record.rSquared, expected.meanRSquared), "\(name)")
      let roots = expected.meanSquaredError.map { $0.squareRoot() }
      #expect(isClose(record.rootMeanSquaredError, roots.reduce(0, +) / Double(width)), "\(name)")
      #expect(isClose(record.meanAbsoluteError, expected.meanAbsoluteError.reduce(0, +) / Double(width)), "\(name)")
      #expect(record.isNoBetterThanMean == (expected.meanRSquared <= 0.01), "\(name)")
    }
    #expect(golden.regressions["the mean"]?.meanRSquared == 0)
  }

  @Test("have no R² where all targets are equal, which leaves the other numbers' mean alone")
  func constants() throws {
    let targets = [[7e8, 1], [7e8, 2], [7e8, 3.0]]
    let record = try #require(
      errors(targets, [[7e8 + 1, 1], [7e8 - 1, 2], [7e8 + 1, 4]]).record(names: ["constant", "x"]))
    #expect(record.outputs[0].rSquared == nil && record.outputs[0].rootMeanSquaredError == 1)
    #expect(record.outputs[1].rSquared == 0.5 && record.rSquared == 0.5)
    let alone = try #require(errors([[2], [2]], [[2], [3]]).record(names: ["constant"]))
    #expect(alone.rSquared == nil && !alone.isNoBetterThanMean)
    #expect(try JSONDecoder().decode(RegressionRecord.self, from: Data(JSONText.line(alone).utf8)) == alone)
  }

  @Test("are none without samples, and where a prediction is no finite number")
  func none() {
    #expect(RegressionErrors(outputs: 2).record(names: ["a", "b"]) == nil)
    #expect(errors([[1], [2]], [[1], [.infinity]]).record(names: ["a"]) == nil)
    #expect(errors([[1], [2]], [[.nan], [2]]).record(names: ["a"]) == nil)
  }

  @Test("of very many numbers are listed up to a hundred, and the means are those of all")
  func many() throws {
    let targets = (0..<3).map { row in (0..<130).map { Double(row * $0) } }
    let record = try #require(
      errors(targets, targets.map { $0.enumerated().map { $1 + Double($0) } }).record(names: []))
    #expect(record.outputs.count == 100 && record.outputs[99].name == "99")
    #expect(record.meanAbsoluteError == 129.0 / 2)
  }
}

@Suite("Measures of classes")
struct ClassMeasuresTests {
  @Test("are scikit-learn's precision, recall and F1, of classes that are never predicted or have no samples too")
  func golden() throws {
    let golden = try Golden.load()
    #expect(golden.classes.count == 4)
    for (name, expected) in golden.classes {
      let counts = ClassCounts(classes: expected.classes, labels: expected.truth, predictions: expected.predicted)
      var record = EvaluationRecord(model: "m", input: "i", testLoss: 0, testSamples: expected.truth.count)
      let names = (0..<expected.classes).map { "class \($0)" }
      record.add(counts, classNames: names)
      let measures = try #require(record.perClass)
      #expect(measures.map(\.name) == names && measures.map(\.samples) == expected.samples)
      for (index, row) in measures.enumerated() {
        // scikit-learn is told to give 0 where there is nothing to divide by.
        #expect(abs((row.precision ?? 0) - expected.precision[index]) < 1e-15, "\(name) \(index)")
        #expect(abs((row.recall ?? 0) - expected.recall[index]) < 1e-15, "\(name) \(index)")
        #expect(abs((row.f1 ?? 0) - expected.f1[index]) < 1e-15, "\(name) \(index)")
        #expect((row.precision == nil) == !expected.predicted.contains(Int32(index)), "\(name) \(index)")
        #expect((row.recall == nil) == !expected.truth.contains(Int32(index)), "\(name) \(index)")
      }
      let macro = [record.macroPrecision, record.macroRecall, record.macroF1]
      for (found, mean) in zip(macro, expected.macro) {
        #expect(abs((found ?? -1) - mean) < 1e-15, "\(name)")
      }
      let most = expected.samples.max() ?? 0
      #expect(record.majorityShare == Double(most) / Double(expected.truth.count))
      let right = zip(expected.truth, expected.predicted).count { $0 == $1 }
      #expect(record.testAccuracy == Double(right) / Double(expected.truth.count))
    }
    let gaps = try #require(golden.classes["gaps"])
    // Otherwise the case does not have what it is there for.
    #expect(!gaps.predicted.contains(2) && gaps.samples[5] == 0 && gaps.predicted.contains(5) && gaps.samples[7] == 0)
  }

  @Test("of more classes than anybody reads are left out, and their means are there")
  func many() throws {
    let classes = ClassRecord.mostClassesNamed + 1
    let labels = (0..<Int32(classes)).map { $0 }
    var record = EvaluationRecord(model: "m", input: "i", testLoss: 0, testSamples: classes)
    record.add(
      ClassCounts(classes: classes, labels: labels, predictions: labels), classNames: labels.map(String.init))
    #expect(record.perClass == nil && record.macroF1 == 1 && record.testAccuracy == 1)
  }
}
