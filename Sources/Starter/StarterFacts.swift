import Datasets

/// What the data of a first config are: counts and kinds, as `init --json` prints them.
package struct StarterFacts: Encodable, Sendable, Equatable {
  /// `data.dataset`.
  package var dataset: String
  /// Samples for training, a share for validation included.
  package var samples: Int
  /// Samples of a validation set of the data's own.
  package var validationSamples: Int?
  package var testSamples: Int
  /// [height, width, channels], or [features].
  package var shape: [Int]
  /// `classification` or `regression`.
  package var task: String
  /// Classes, or numbers to predict.
  package var outputs: Int
  /// By class number; empty for numbers to predict.
  package var classNames: [String]
  /// What the loader said, in words.
  package var notes: [String]

  /// Of loaded data.
  init(_ splits: DataSplits, dataset: String) {
    let shape = splits.train.shape
    self.dataset = dataset
    samples = splits.train.count
    validationSamples = splits.validation?.count
    testSamples = splits.test.count
    self.shape = shape.isImage ? [shape.height, shape.width, shape.channels] : [shape.channels]
    task = splits.task.isClassification ? "classification" : "regression"
    outputs = splits.outputs
    classNames = splits.task.classNames
    notes = splits.notes
  }

  var isClassification: Bool { task == "classification" }
  var isImage: Bool { shape.count == 3 }
  /// The shorter side of an image.
  var side: Int { isImage ? min(shape[0], shape[1]) : 1 }
  var channels: Int { shape[shape.count - 1] }
  /// Numbers of a sample.
  var width: Int { shape.reduce(1, *) }

  /// `178 samples for training and 45 for the test, …`.
  package var summary: String {
    let form = isImage ? "images of \(shape[0]) × \(shape[1]) × \(channels)" : plural(width, "input") + " each"
    let names = classNames.prefix(6).joined(separator: ", ") + (classNames.count > 6 ? ", …" : "")
    let answers = isClassification ? "\(outputs) classes (\(names))" : plural(outputs, "number") + " to predict"
    let validation = validationSamples.map { ", \($0) for validation" } ?? ""
    return "\(plural(samples, "sample")) for training\(validation), \(testSamples) for the test, \(form); \(answers)."
  }
}
