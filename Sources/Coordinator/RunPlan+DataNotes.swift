import Datasets
import Foundation
import Kernels

/// What a user should know of the two sets of samples before the run.
extension RunPlan {
  static func dataNotes(_ splits: DataSplits) -> [String] { sameSetNotes(splits) + classNotes(splits) }

  /// Samples that are compared, evenly over the set.
  private static let comparedSamples = 64

  /// The test set is the training set: a file given twice.
  private static func sameSetNotes(_ splits: DataSplits) -> [String] {
    let (train, test) = (splits.train, splits.test)
    guard train.count == test.count, splits.task.isClassification else { return [] }
    let (first, second) = (Buffer<Float>(count: train.shape.count), Buffer<Float>(count: train.shape.count))
    for number in 0..<min(comparedSamples, train.count) {
      let sample = number * train.count / min(comparedSamples, train.count)
      train.write(sample, into: first.view)
      test.write(sample, into: second.view)
      guard train.label(of: sample) == test.label(of: sample), first.view.byteArray() == second.view.byteArray() else {
        return []
      }
    }
    return [
      "the test set seems to be the training set (as many samples, the same ones where they were compared), so that the test "
        + "says nothing about new samples; data.testShare sets some apart"
    ]
  }

  /// Classes that no training sample has.
  private static func classNotes(_ splits: DataSplits) -> [String] {
    let train = splits.train
    let classes = train.outputs
    guard train.task.isClassification, classes > 1 else { return [] }
    var counts = [Int](repeating: 0, count: classes)
    var missing = classes
    for sample in 0..<train.count where missing > 0 {
      let label = train.label(of: sample)
      if counts[label] == 0 { missing -= 1 }
      counts[label] += 1
    }
    guard missing > 0 else { return [] }
    let absent = counts.indices.filter { counts[$0] == 0 }
    if absent == [0] {
      return [
        "class 0 (\"\(train.classNames[0])\") has no training sample: where labels are counted from 1, one output of the "
          + "network is never used"
      ]
    }
    let shown = absent.prefix(5).map { "\"\(train.classNames[$0])\"" }.joined(separator: ", ")
    return [
      "\(missing) of \(classes) classes \(missing == 1 ? "has" : "have") no training sample: \(shown)"
        + (missing > 5 ? ", …" : "")
    ]
  }
}
