import Keys

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

  private enum CodingKeys: String, CodingKey { case shape, input, scale, answers }

  /// Reads the four parts, which may come from a damaged file: parts that do not fit each other are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    shape = try values.decode(SampleShape.self, forKey: .shape)
    input = try values.decode(InputForm.self, forKey: .input)
    scale = try values.decode(InputScale.self, forKey: .scale)
    answers = try values.decode(AnswerForm.self, forKey: .answers)
    if let problem = shape.problem ?? scale.problem(channels: shape.channels) ?? answers.problem
      ?? input.problem(shape, answers)
    {
      throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: problem))
    }
  }
}

// MARK: What a file may say wrongly

extension SampleShape {
  /// What is wrong with a shape that was read.
  fileprivate var problem: String? {
    var count = 1
    for size in [height, width, channels] {
      guard (1...Limit.sample).contains(size), count <= Limit.sample / size else {
        return "samples of \(height) × \(width) × \(channels) values"
      }
      count *= size
    }
    return nil
  }
}

extension InputScale {
  fileprivate func problem(channels: Int) -> String? {
    guard scale.count == channels, shift.count == channels else {
      return "\(scale.count) factors and \(shift.count) summands for \(channels) channels"
    }
    if let stored, !stored.fits(channels) { return "stored numbers with a scale of other than \(channels) channels" }
    return (scale + shift).allSatisfy(\.isFinite) ? nil : "factors or summands that are not finite"
  }
}

extension AnswerForm {
  fileprivate var problem: String? {
    switch self {
    case .classes(let names): return names.isEmpty ? "no class" : nil
    case .values(let scale):
      guard !scale.means.isEmpty, scale.names.count == scale.width, scale.deviations.count == scale.width else {
        return
          "\(scale.names.count) names, \(scale.means.count) means and \(scale.deviations.count) deviations of targets"
      }
      let isUsable = scale.means.allSatisfy(\.isFinite) && scale.deviations.allSatisfy { $0.isFinite && $0 != 0 }
      return isUsable ? nil : "means or deviations of targets that are no numbers"
    }
  }
}

extension InputForm {
  fileprivate func problem(_ shape: SampleShape, _ answers: AnswerForm) -> String? {
    guard case .table(let form) = self else { return nil }
    guard form.width == shape.count, !shape.isImage else { return "\(form.width) columns of a table for \(shape)" }
    let labels = if case .values(let scale) = answers { scale.width } else { 1 }
    guard form.labels.count == labels, form.labelPositions.count == labels else {
      return "\(form.labels.count) label columns for \(labels)"
    }
    let places = form.columns.map(\.position) + form.labelPositions
    guard places.allSatisfy({ (0..<form.columnCount).contains($0) }), form.columns.allSatisfy(\.fill.isFinite) else {
      return "columns of a table that it does not have"
    }
    return nil
  }
}
