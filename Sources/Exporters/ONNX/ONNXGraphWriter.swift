import Coordinator
import Datasets
import Foundation
import Kernels
import Models
import Protobufs

/// Writes the nodes of an ONNX graph one after the other, each with a value of its own.
struct ONNXGraphWriter {
  private var nodes: [ONNXNode] = []
  private var initializers: [ONNXTensor] = []
  private let model: Model
  private let tensors: [String: StoredTensor]
  /// The value that the next node takes.
  private var value = ""
  private var values = 0

  init(_ model: Model) {
    self.model = model
    tensors = Dictionary(uniqueKeysWithValues: model.network.storedTensors.map { ($0.name, $0) })
  }

  // MARK: Pieces

  /// A new node, and the value that it gives.
  mutating func node(
    _ type: String, _ inputs: [String], named name: String? = nil, _ attributes: [ONNXAttribute] = []
  ) -> String {
    var node = ONNXNode()
    node.opType = type
    node.input = inputs
    node.attribute = attributes
    values += 1
    let output = "\(name ?? type)#\(values)"
    node.name = output
    node.output = [output]
    nodes.append(node)
    return output
  }

  /// Numbers that the file carries, under a name of their own.
  mutating func constant(_ name: String, _ shape: [Int], floats: [Float]) -> String {
    add(name, shape, .float, Buffer(floats).view.byteArray())
  }

  mutating func constant(_ name: String, _ shape: [Int], doubles: [Double]) -> String {
    add(name, shape, .double, Buffer(doubles).view.byteArray())
  }

  mutating func constant(_ name: String, integers: [Int]) -> String {
    add(name, [integers.count], .int64, Buffer(integers.map { Int64($0) }).view.byteArray())
  }

  private mutating func add(
    _ wanted: String, _ shape: [Int], _ type: ONNXTensor.ElementType, _ bytes: [UInt8]
  ) -> String {
    var tensor = ONNXTensor()
    // A constant that is no tensor of the model may be there several times.
    let isOwn = tensors[wanted] != nil
    values += isOwn ? 0 : 1
    tensor.name = isOwn ? wanted : "\(wanted)#\(values)"
    tensor.dims = shape.map { Int64($0) }
    tensor.dataType = type
    tensor.rawData = .init(bytes)
    initializers.append(tensor)
    return tensor.name
  }

  /// A tensor of the model, as files have it, or in another shape.
  mutating func tensor(_ name: String, _ shape: [Int]? = nil) -> String {
    guard let stored = tensors[name] else { preconditionFailure("no tensor \(name) in the network") }
    return constant(name, shape ?? stored.fileShape, floats: model.state.fileElements(of: stored))
  }

  // MARK: The network

  /// Appends steps behind a value.
  mutating func append(_ steps: [GraphStep], to input: String) {
    value = input
    for step in steps {
      switch step.work {
      case .function(let function): value = append(function, step, value)
      case .sum(let branches):
        let input = value
        var outputs: [String] = []
        for branch in branches {
          append(branch, to: input)
          outputs.append(value)
        }
        value = outputs.dropFirst().reduce(outputs[0]) { node("Add", [$0, $1], named: step.name + ".add") }
      }
    }
  }

  // MARK: What comes before and behind

  /// Appends what makes inputs of numbers as files have them: ((x − origin) ÷ unit) · scale + shift.
  mutating func normalized(_ input: String, _ description: ModelDescription) -> String {
    guard let scale = description.scale else { return input }
    let shape = description.graph.input.isImage ? [scale.channels, 1, 1] : [scale.channels]
    var value = input
    if let stored = scale.stored {
      value = node("Sub", [value, constant("origin", shape, doubles: stored.origins)])
      if stored.noise.contains(where: { $0 > 0 }) {
        // What differs from a constant column by no more than double precision's own noise is that constant.
        let isNoise = node(
          "LessOrEqual", [node("Abs", [value]), constant("noise", shape, doubles: stored.noise)])
        value = node("Where", [isNoise, constant("zero", [], doubles: [0]), value])
      }
      value = node("Div", [value, constant("unit", shape, doubles: stored.units)])
      value = node("Cast", [value], [.integer("to", ONNXTensor.ElementType.float.rawValue)])
    }
    value = node("Mul", [value, constant("scale", shape, floats: scale.scale)])
    return node("Add", [value, constant("shift", shape, floats: scale.shift)], named: "normalized")
  }

  /// Appends what makes answers of the network's outputs.
  mutating func appendAnswers(_ description: ModelDescription) {
    switch description.answers {
    case .classes:
      name(value, "logits")
      name(node("Softmax", ["logits"], [.integer("axis", -1)]), "probabilities")
    case .values(_, let scale):
      if let scale {
        let shape = [scale.width]
        value = node("Cast", [value], [.integer("to", ONNXTensor.ElementType.double.rawValue)])
        value = node("Mul", [value, constant("deviations", shape, doubles: scale.deviations)])
        value = node("Add", [value, constant("means", shape, doubles: scale.means)])
      }
      name(value, "values")
    }
  }

  /// Gives the value of the last node another name.
  private mutating func name(_ value: String, _ name: String) {
    let last = nodes.indices.last.flatMap { nodes[$0].output == [value] ? $0 : nil }
    if let last {
      nodes[last].output = [name]
    } else {
      _ = node("Identity", [value])
      nodes[nodes.count - 1].output = [name]
    }
  }

  /// The graph with its input and outputs.
  func graph(_ description: ModelDescription) -> ONNXGraph {
    var graph = ONNXGraph()
    graph.name = description.name
    graph.node = nodes
    graph.initializer = initializers
    graph.input = [
      .samples(
        "input", description.graph.input.dimensions, description.needsDoubleInput ? .double : .float,
        description.inputInWords)
    ]
    switch description.answers {
    case .classes:
      graph.output = [
        .samples("probabilities", [description.outputs], .float, "a number in 0…1 for each class"),
        .samples("logits", [description.outputs], .float, "what softmax makes probabilities of"),
      ]
    case .values(_, let scale):
      graph.output = [
        .samples(
          "values", [description.outputs], scale == nil ? .float : .double, "numbers in the units of the data")
      ]
    }
    return graph
  }
}
