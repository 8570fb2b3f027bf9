/// What a network computes in predictions, in functions that other programs know (``GraphFunction``): the form from which
/// models are written for them.
///
/// It is a chain of steps; where branches run side by side, a step holds them and adds what they give. Each layer appends
/// its own steps (``Layer/describe(in:at:)``), a ReLU included, which a network computes together with what is before it.
public struct NetworkGraph: Sendable {
  /// What goes in.
  public let input: GraphValue
  /// What the steps so far give.
  public private(set) var output: GraphValue
  /// In order.
  public private(set) var steps: [GraphStep] = []
  private let places: LayerPlaces

  init(input: GraphValue, places: LayerPlaces) {
    self.input = input
    output = input
    self.places = places
  }

  /// Appends a function of what the steps so far give.
  ///
  /// Where the function takes a vector and has an image before it, the image is flattened; where it takes an image, a
  /// vector becomes one of one pixel.
  ///
  /// - Parameter name: what its tensors' names begin with: `context.name` by custom. A function without tensors may have
  ///   any.
  public mutating func append(_ function: GraphFunction, named name: String) {
    if let takesImage = function.takesImage, takesImage != output.isImage {
      if function == .flatten { return }
      append(takesImage ? .pixel : .flatten, named: name)
    }
    let next = function.output(of: output)
    steps.append(GraphStep(work: .function(function), name: name, input: output, output: next))
    output = next
  }

  /// Appends the layers of a list.
  mutating func append(_ list: LayerList) throws(ModelError) {
    for (layer, context) in places.contexts(of: list, fusesActivations: false) {
      try layer.describe(in: &self, at: context)
    }
  }

  /// Appends branches, each of which takes what the steps so far give, and the sum of what they give: images where all
  /// give images, else vectors.
  ///
  /// - Parameter branches: lists of layers whose outputs have one shape; an empty list gives its input.
  mutating func appendSum(of branches: [LayerList], named name: String) throws(ModelError) {
    var graphs: [NetworkGraph] = []
    for branch in branches {
      var graph = NetworkGraph(input: output, places: places)
      try graph.append(branch)
      graphs.append(graph)
    }
    if !graphs.allSatisfy(\.output.isImage) {
      for index in graphs.indices { graphs[index].append(.flatten, named: name) }
    }
    let next = graphs[0].output
    precondition(graphs.allSatisfy { $0.output == next }, "a sum of branches of \(graphs.map(\.output.shape))")
    steps.append(GraphStep(work: .sum(graphs.map(\.steps)), name: name, input: output, output: next))
    output = next
  }

  /// Every step's tensors, those of branches too, in order.
  package var tensors: [GraphTensor] { steps.flatMap(\.tensors) }
}

/// One step of a ``NetworkGraph``.
public struct GraphStep: Sendable {
  /// What a step does.
  public indirect enum Work: Sendable {
    /// Computes a function of its input.
    case function(GraphFunction)
    /// Adds what some chains of steps make of its input; an empty chain gives the input.
    case sum([[GraphStep]])
  }

  public let work: Work
  /// What the tensors' names begin with, such as "3" or "layer1.0.conv1"; for a step without tensors its layer's place.
  public let name: String
  public let input: GraphValue
  public let output: GraphValue

  /// Its tensors, in the order in which the function names them; those of all branches of a sum.
  public var tensors: [GraphTensor] {
    switch work {
    case .function(let function):
      function.tensors(of: input).map { GraphTensor(name: name + $0.suffix, shape: $0.shape) }
    case .sum(let branches): branches.flatMap { $0.flatMap(\.tensors) }
    }
  }
}

/// A tensor that a step of a ``NetworkGraph`` uses.
public struct GraphTensor: Sendable, Equatable {
  /// As files have it, such as "layer1.0.conv1.weight".
  public let name: String
  /// As files have it.
  public let shape: [Int]
}

extension ModelConfiguration {
  /// What the model computes of one sample, for a model that fits its data (``Network`` compiles it).
  ///
  /// - Parameters:
  ///   - input: shape of a sample, an image or a vector.
  ///   - outputs: classes, or numbers to predict: a vector of them comes out.
  /// - Throws: ``ModelError`` naming a layer whose kind does not say how it is written for other programs.
  package func graph(input: GraphValue, outputs: Int) throws(ModelError) -> NetworkGraph {
    let named = namedLayers(outputs: outputs)
    var graph = NetworkGraph(
      input: input, places: LayerPlaces(names: named.names, zeroInitResidual: zeroInitResidual))
    try graph.append(.network(named.layers, outputs: outputs))
    graph.append(.flatten, named: "outputs")
    return graph
  }
}
