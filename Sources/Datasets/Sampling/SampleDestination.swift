import Kernels

/// Where gathered samples go: most often into a worker's arena.
package struct SampleDestination: Sendable {
  /// What is wanted of the samples beside their inputs.
  enum Answers: Sendable {
    case none
    case labels(Labels)
    case targets(Floats)
  }

  /// [samples, height, width, channels].
  let inputs: Floats
  let answers: Answers
  /// What a gatherer that mixes samples needs beside.
  private(set) var mixture: Mixture?

  /// Where a gatherer leaves what it has mixed, and does it.
  package struct Mixture: Sendable {
    /// The samples' second classes, where the first are wanted.
    let labels: MixedLabels?
    /// Room for one sample.
    let partner: Floats

    package init(labels: MixedLabels?, partner: Floats) {
      self.labels = labels
      self.partner = partner
    }
  }

  private init(_ inputs: Floats, _ answers: Answers) {
    self.inputs = inputs
    self.answers = answers
  }

  /// The same, for a gatherer that mixes samples.
  package func mixing(_ mixture: Mixture?) -> SampleDestination {
    var destination = self
    destination.mixture = mixture
    return destination
  }

  /// Inputs alone: [samples, …shape].
  package static func inputs(_ inputs: Floats) -> SampleDestination { SampleDestination(inputs, .none) }

  /// Inputs, and the class of each sample: [samples].
  package static func inputs(_ inputs: Floats, labels: Labels) -> SampleDestination {
    SampleDestination(inputs, .labels(labels))
  }

  /// Inputs, and target values: [samples, outputs]; classes become one-hot rows.
  package static func inputs(_ inputs: Floats, targets: Floats) -> SampleDestination {
    SampleDestination(inputs, .targets(targets))
  }
}
