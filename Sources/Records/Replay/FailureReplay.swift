/// `isotherm replay BUNDLE --json`: a failure, computed again from its bundle.
package struct FailureReplay: Codable, Sendable, Equatable {
  /// The bundle.
  package var bundle: String
  /// What the run found.
  package var failure: FailureRecord
  /// What was found now; `nil` where every number was finite.
  package var place: FailurePlace?
  /// Every layer, now.
  package var layers: [LayerRange] = []
  /// Whether the first number that is not finite is the same.
  package var isReproduced: Bool
  /// Layers whose values, forward and backward, are the same bits; `nil` where no microbatch was computed.
  package var sameLayers: Int?
  /// Where this machine rounds otherwise, in words.
  package var differences: [String]
  /// What is odd about the samples.
  package var oddities: [SampleOddity] = []
  /// What it comes from, in a sentence or two.
  package var explanation: String = ""

  package init(bundle: String, failure: FailureRecord, isReproduced: Bool, differences: [String]) {
    self.bundle = bundle
    self.failure = failure
    self.isReproduced = isReproduced
    self.differences = differences
  }
}

/// A sample whose input is not like the others'.
package struct SampleOddity: Codable, Sendable, Equatable {
  /// In the microbatch, and in the data set, from 0.
  package var row: Int
  package var sample: Int
  package var label: Int?
  package var className: String?
  /// How many of its numbers are NaN, infinite, or far from those of the other samples.
  package var notANumber: Int
  package var infinite: Int
  package var far: Int
  /// The first of them: its element, and its value in words.
  package var element: Int
  package var value: String
  /// How many standard deviations of the other samples' numbers the farthest is from their mean.
  package var deviations: Double?

  package init(row: Int, sample: Int, notANumber: Int, infinite: Int, far: Int, element: Int, value: String) {
    self.row = row
    self.sample = sample
    self.notANumber = notANumber
    self.infinite = infinite
    self.far = far
    self.element = element
    self.value = value
  }
}
