import Configuration
import Coordinator
import Datasets
import JSON
import Models
import Records

/// What other programs have to know of a model beside its network: which numbers go in, and what comes out.
struct ModelDescription {
  /// What comes out.
  enum Answers {
    /// Logits, which softmax makes probabilities of classes; names where the model knows them.
    case classes(names: [String]?)
    /// Numbers, which the scale gives back in the data's units; `nil` where they are in them already.
    case values(names: [String]?, TargetScale?)
  }

  /// The run's name.
  let name: String
  /// What the network computes.
  let graph: NetworkGraph
  /// What is done to numbers as files have them; `nil` where they are inputs already.
  let scale: InputScale?
  /// Names of a table's inputs, in order.
  let inputNames: [String]?
  /// How a table's cells become those inputs.
  let table: TableForm?
  let answers: Answers
  /// Classes or numbers.
  let outputs: Int
  /// What the file of weights says too: the config, the preprocessing, the version.
  let metadata: [String: String]

  init(_ model: Model) throws(ModelError) {
    let preprocessing = model.preprocessing
    name = model.configuration.name
    graph = try model.graph()
    outputs = model.network.outputs
    scale = preprocessing.flatMap { $0.scale.isIdentity ? nil : $0.scale }
    if case .table(let form)? = preprocessing?.input {
      table = form
      inputNames = form.inputNames
    } else {
      table = nil
      inputNames = nil
    }
    let isOfClasses = model.network.loss != .meanSquaredError
    switch preprocessing?.answers {
    case .classes(let names)?: answers = isOfClasses ? .classes(names: names) : .values(names: names, nil)
    case .values(let scale)?: answers = .values(names: scale.names, scale.isIdentity ? nil : scale)
    case nil: answers = isOfClasses ? .classes(names: nil) : .values(names: nil, nil)
    }
    var metadata = model.metadata.entries
    metadata["format"] = nil
    self.metadata = metadata
  }

  /// Whether numbers need double precision on their way in: timestamps and the like, of which floats see too little.
  var needsDoubleInput: Bool { scale?.stored != nil }

  /// What goes in, in words: numbers and their order.
  var inputInWords: String {
    let dimensions = graph.input.dimensions.map(String.init).joined(separator: ", ")
    if graph.input.isImage {
      return "[samples, \(dimensions)]: images as [channels, height, width], "
        + (scale == nil ? "as the network takes them" : "their values as the data's files have them")
    }
    if table != nil { return "[samples, \(dimensions)]: a table's columns as numbers, before normalisation" }
    return "[samples, \(dimensions)]: "
      + (scale == nil ? "numbers as the network takes them" : "numbers as the data's files have them")
  }

  /// Lists of names as JSON: of classes, values and inputs, where there are any.
  var namesAsJSON: [String: String] {
    var names: [String: String] = [:]
    switch answers {
    case .classes(let classes?): names["classes"] = JSONText.line(classes)
    case .values(let values?, _): names["values"] = JSONText.line(values)
    default: break
    }
    if let inputNames { names["inputs"] = JSONText.line(inputNames) }
    return names
  }
}

extension InputScale {
  /// Whether numbers pass unchanged.
  var isIdentity: Bool {
    stored == nil && scale.allSatisfy { $0 == 1 } && shift.allSatisfy { $0 == 0 }
  }
}
