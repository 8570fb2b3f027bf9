/// What a model's inputs are read from: one case for each form of data that people have in files.
///
/// Each form is a file of its own, says how one sample is read, and opens inputs to predict from.
public enum InputForm: Sendable, Equatable {
  /// Arrays of numbers: `.npy`, `.npz`, IDX, and what a program hands over.
  case numbers(NumberForm)
  /// Rows of a table of text.
  case table(TableForm)
  /// Picture files.
  case pictures(PictureForm)
}

extension InputForm {
  /// Opens samples of this form.
  ///
  /// - Throws: ``DataError`` where the file cannot be read or holds samples of another shape.
  package func reader(
    of location: InputLocation, _ preprocessing: Preprocessing
  ) throws(DataError) -> any InputReader {
    switch self {
    case .numbers(let form): try form.reader(of: location, preprocessing)
    case .table(let form): try form.reader(of: location, preprocessing)
    case .pictures(let form): try form.reader(of: location, preprocessing)
    }
  }
}

// MARK: As JSON: an object whose `form` names the case, with the case's own keys beside it

extension InputForm: Codable {
  private enum Keys: String, CodingKey { case form }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    let form = try values.decode(String.self, forKey: .form)
    switch form {
    case NumberForm.name: self = .numbers(try NumberForm(from: decoder))
    case TableForm.name: self = .table(try TableForm(from: decoder))
    case PictureForm.name: self = .pictures(try PictureForm(from: decoder))
    default:
      throw DecodingError.dataCorruptedError(
        forKey: .form, in: values, debugDescription: "inputs of the form \"\(form)\", which this version does not know")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Keys.self)
    switch self {
    case .numbers(let form):
      try values.encode(NumberForm.name, forKey: .form)
      try form.encode(to: encoder)
    case .table(let form):
      try values.encode(TableForm.name, forKey: .form)
      try form.encode(to: encoder)
    case .pictures(let form):
      try values.encode(PictureForm.name, forKey: .form)
      try form.encode(to: encoder)
    }
  }
}
