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

  private init(_ inputs: Floats, _ answers: Answers) {
    self.inputs = inputs
    self.answers = answers
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
