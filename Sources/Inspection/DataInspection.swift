/// What a look at data found: plain numbers and words, in the order in which a report tells them.
package struct DataInspection: Encodable, Sendable {
  /// One set of samples.
  package struct Split: Encodable, Sendable, Equatable {
    package var samples: Int
    /// By class number; empty where nothing has classes.
    package var samplesPerClass: [Int]
  }

  /// Samples that are there more than once, in the numbers that a network sees before they are normalised.
  package struct Duplicates: Encodable, Sendable, Equatable {
    /// Training samples that equal an earlier one.
    package var withinTraining: Int
    /// Of those, the ones with another answer.
    package var contradicting: Int
    /// Test samples that are in the training set, too.
    package var betweenTrainingAndTest: Int
    /// The same for a validation set.
    package var betweenTrainingAndValidation: Int?
  }

  package var name: String
  /// [height, width, channels], or [features].
  package var shape: [Int]
  /// `classification`, `regression`, or `none` where the data have no answers.
  package var task: String
  /// Classes, or numbers to predict.
  package var outputs: Int
  package var classNames: [String]
  package var train: Split
  package var validation: Split?
  package var test: Split?
  /// Of the training set: columns of a table, or channels of images.
  package var columns: [ColumnStatistics]
  /// Of the training set: the numbers to predict.
  package var targets: [ColumnStatistics]
  /// Training samples that statistics and duplicates are of: fewer than all of very large sets.
  package var inspectedSamples: Int
  package var duplicates: Duplicates
  package var memoryBytes: Int
  /// How the data were read, in words.
  package var notes: [String] = []
  /// What a user should look at.
  package var warnings: [String]
  /// Where the contact sheet was written.
  package var sheet: String?
}

extension DataInspection {
  /// The numbers that a picture shows as black and as white: 0 and 255 where all are in between and some are large, as
  /// bytes are, else the least and the greatest.
  package var shownRange: ClosedRange<Double> {
    let least = columns.map(\.minimum).min() ?? 0
    let greatest = columns.map(\.maximum).max() ?? 1
    guard least.isFinite, greatest.isFinite, least < greatest else { return 0...1 }
    return least >= 0 && greatest <= 255 && greatest > 32 ? 0...255 : least...greatest
  }
}
