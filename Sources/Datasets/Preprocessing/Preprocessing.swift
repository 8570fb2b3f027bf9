/// How a user's data become a network's inputs, and its outputs answers: all that a model's file carries beside config and
/// weights, so that whoever has the file needs nothing else to use it.
///
/// It is made from the training set and never changes afterwards: other samples pass through the same numbers.
public struct Preprocessing: Codable, Sendable, Equatable {
  /// The shape of a network's input.
  public var shape: SampleShape
  /// What the inputs are read from, and how.
  public var input: InputForm
  /// What is done to the numbers that were read.
  public var scale: InputScale
  /// What the network's outputs say.
  public var answers: AnswerForm

  /// All four parts.
  public init(shape: SampleShape, input: InputForm, scale: InputScale, answers: AnswerForm) {
    self.shape = shape
    self.input = input
    self.scale = scale
    self.answers = answers
  }
}
