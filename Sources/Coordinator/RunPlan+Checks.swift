import Models
import Configuration
import Datasets
import Kernels

extension RunPlan {
  /// What a config must not ask of its data.
  static func check(_ configuration: RunConfiguration, _ splits: DataSplits) throws(RunError) {
    let batch = configuration.batch.size
    let samples = splits.train.count
    guard batch <= samples else {
      throw RunError(
        path: "batch.size",
        message: "found \(batch), but the training set has \(samples) samples; use at most \(samples)")
    }
    guard configuration.evaluate.views == nil || splits.train.shape.isImage else {
      throw RunError(
        path: "evaluate.views",
        message: "the data are not images, and only images have mirror images and shifts; leave the key out")
    }
    guard configuration.arithmetic != .portable || KernelPath.active.hasPortableArithmetic else {
      throw RunError(
        path: "arithmetic",
        message:
          "found \"portable\", but the \(KernelPath.active.rawValue) kernels, for CPUs without fused multiply-adds, round as "
          + "no others do; set \(KernelPath.environmentVariable)=\(KernelPath.fused.rawValue) to compute these in software, "
          + "about twenty times slower, or use \"machine\"")
    }
    let isClassification = splits.task.isClassification
    if !isClassification, configuration.loss != .meanSquaredError {
      throw RunError(
        path: "loss.kind", message: "the data holds numbers to predict, not classes; use \"meanSquaredError\"")
    }
    try checkMixup(configuration)
    if case .testAccuracy = configuration.target {
      guard isClassification else {
        throw RunError(path: "target.testAccuracy", message: "a regression has no accuracy; use target.testLoss")
      }
      guard configuration.loss != .meanSquaredError else {
        throw RunError(
          path: "target.testAccuracy",
          message:
            "loss \"meanSquaredError\" takes the classes for numbers and counts none right, so no accuracy could "
            + "be reached; use target.testLoss, or loss \"crossEntropy\"")
      }
    }
    for change in configuration.temperature.batches where change.size > samples {
      throw RunError(
        path: "temperature.batches",
        message: "found \(change.size), but the training set has \(samples) samples; use at most \(samples)")
    }
  }

  /// Mixup needs classes, a loss of classes, and somebody to mix with.
  private static func checkMixup(_ configuration: RunConfiguration) throws(RunError) {
    guard configuration.data.augmentations.mixup != nil else { return }
    if case .meanSquaredError = configuration.loss {
      throw RunError(
        path: "data.augment",
        message:
          "found \"mixup\", but the loss \"meanSquaredError\" has no classes to mix; allowed: the loss \"crossEntropy\" "
          + "of data with classes, or leave mixup out")
    }
    guard configuration.batch.size > 1 else {
      throw RunError(
        path: "data.augment",
        message: "found \"mixup\", but with batch.size 1 a sample has no other to be mixed with; use a larger batch, "
          + "or leave mixup out")
    }
  }
}
