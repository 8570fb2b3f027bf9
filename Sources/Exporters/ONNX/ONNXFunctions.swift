import Models
import Protobufs

extension ONNXGraphWriter {
  /// Appends the nodes of a function.
  ///
  /// - Returns: the value that they give.
  mutating func append(_ function: GraphFunction, _ step: GraphStep, _ x: String) -> String {
    let name = step.name
    switch function {
    case .dense(_, let bias):
      let inputs = [x, tensor(name + ".weight")] + (bias ? [tensor(name + ".bias")] : [])
      return node("Gemm", inputs, named: name, [.integer("transB", 1)])
    case .convolution(_, let kernel, let stride, let padding, let bias):
      let inputs = [x, tensor(name + ".weight")] + (bias ? [tensor(name + ".bias")] : [])
      return node("Conv", inputs, named: name, Self.window(kernel, stride, padding))
    case .batchNorm(let epsilon, _):
      let inputs = [".weight", ".bias", ".running_mean", ".running_var"].map { name + $0 }
      return node(
        "BatchNormalization", [x] + inputs.map { tensor($0) }, named: name, [.float("epsilon", epsilon)])
    case .groupNorm(let groups, let epsilon): return groupNorm(groups, epsilon, step, x)
    case .layerNorm(let epsilon):
      let inputs = [x, tensor(name + ".weight"), tensor(name + ".bias")]
      return node("LayerNormalization", inputs, named: name, [.integer("axis", 1), .float("epsilon", epsilon)])
    case .relu: return node("Relu", [x], named: name)
    case .gelu(let form): return gelu(form, name, x)
    case .maxPool(let size, let stride, let padding):
      return node("MaxPool", [x], named: name, Self.window(size, stride, padding))
    case .averagePool(let size, let stride):
      return node("AveragePool", [x], named: name, Self.window(size, stride, 0))
    case .globalAveragePool:
      return node("Flatten", [node("GlobalAveragePool", [x], named: name)], [.integer("axis", 1)])
    case .subsample(let channels, let stride): return subsample(channels, stride, step, x)
    case .flatten: return node("Flatten", [x], named: name, [.integer("axis", 1)])
    case .pixel: return reshaped(x, step.output.dimensions, name)
    // In predictions it does nothing.
    case .dropout: return x
    case .scale(let factor):
      return node("Mul", [x, constant(name + ".factor", [], floats: [Float(factor)])], named: name)
    }
  }

  private static func window(_ size: Int, _ stride: Int, _ padding: Int) -> [ONNXAttribute] {
    [
      .integers("kernel_shape", [size, size]), .integers("strides", [stride, stride]),
      .integers("pads", Array(repeating: padding, count: 4)),
    ]
  }

  /// Each sample in another shape; −1 stands for the size that the others leave.
  private mutating func reshaped(_ x: String, _ dimensions: [Int], _ name: String) -> String {
    // 0: the batch, as it is.
    node("Reshape", [x, constant(name + ".shape", integers: [0] + dimensions)], named: name)
  }

  /// Groups as channels of an instance norm, which is what this version has, then a scale and shift for each channel.
  private mutating func groupNorm(_ groups: Int, _ epsilon: Float, _ step: GraphStep, _ x: String) -> String {
    let name = step.name
    let ones = constant(name + ".ones", [groups], floats: Array(repeating: 1, count: groups))
    let zeros = constant(name + ".zeros", [groups], floats: Array(repeating: 0, count: groups))
    var y = reshaped(x, [groups, -1], name)
    y = node("InstanceNormalization", [y, ones, zeros], named: name, [.float("epsilon", epsilon)])
    y = reshaped(y, step.output.dimensions, name)
    let channels = step.input.shape.channels
    let shape = step.input.isImage ? [channels, 1, 1] : [channels]
    y = node("Mul", [y, tensor(name + ".weight", shape)], named: name)
    return node("Add", [y, tensor(name + ".bias", shape)], named: name)
  }

  /// ½ x (1 + erf(x ÷ √2)), or ½ x (1 + tanh(√(2 ÷ π) (x + 0.044715 x³))).
  private mutating func gelu(_ form: GELULayer.Form, _ name: String, _ x: String) -> String {
    func number(_ value: Double, _ what: String, _ writer: inout ONNXGraphWriter) -> String {
      writer.constant("\(name).\(what)", [], floats: [Float(value)])
    }
    var inner: String
    switch form {
    case .exact: inner = node("Erf", [node("Mul", [x, number(0.5.squareRoot(), "rootOfHalf", &self)])])
    case .tanh:
      let square = node("Mul", [x, x])
      let factor = node("Mul", [square, number(0.044715, "cubic", &self)])
      let cubed = node("Add", [node("Mul", [factor, x]), x])
      inner = node("Tanh", [node("Mul", [cubed, number((2 / Double.pi).squareRoot(), "root", &self)])])
    }
    inner = node("Add", [inner, number(1, "one", &self)])
    let half = node("Mul", [x, number(0.5, "half", &self)])
    return node("Mul", [half, inner], named: name)
  }

  /// Every `stride`-th pixel, then channels of zeros.
  private mutating func subsample(_ channels: Int, _ stride: Int, _ step: GraphStep, _ x: String) -> String {
    let name = step.name
    var y = x
    if stride > 1 {
      let inputs = [
        ("starts", [0, 0]), ("ends", [step.input.shape.height, step.input.shape.width]), ("axes", [2, 3]),
        ("steps", [stride, stride]),
      ].map { constant("\(name).\($0.0)", integers: $0.1) }
      y = node("Slice", [y] + inputs, named: name)
    }
    let added = channels - step.input.shape.channels
    guard added > 0 else { return y }
    let pads = constant(name + ".pads", integers: [0, 0, 0, 0, 0, added, 0, 0])
    return node("Pad", [y, pads], named: name)
  }
}

// MARK: Messages

extension ONNXAttribute {
  static func float(_ name: String, _ value: Float) -> ONNXAttribute {
    var attribute = ONNXAttribute()
    attribute.name = name
    attribute.type = .float
    attribute.f = value
    return attribute
  }

  static func integer(_ name: String, _ value: Int) -> ONNXAttribute {
    var attribute = ONNXAttribute()
    attribute.name = name
    attribute.type = .int
    attribute.i = Int64(value)
    return attribute
  }

  static func integers(_ name: String, _ values: [Int]) -> ONNXAttribute {
    var attribute = ONNXAttribute()
    attribute.name = name
    attribute.type = .ints
    attribute.ints = values.map { Int64($0) }
    return attribute
  }
}

extension ONNXValueInfo {
  /// A value with so many numbers for each of any number of samples.
  static func samples(
    _ name: String, _ dimensions: [Int], _ type: ONNXTensor.ElementType, _ about: String
  ) -> ONNXValueInfo {
    var batch = ONNXShape.Dimension()
    batch.dimParam = "batch"
    var tensor = ONNXValueType.TensorType()
    tensor.elemType = type
    tensor.shape.dim =
      [batch]
      + dimensions.map { size in
        var dimension = ONNXShape.Dimension()
        dimension.dimValue = Int64(size)
        return dimension
      }
    var info = ONNXValueInfo()
    info.name = name
    info.type.tensorType = tensor
    info.docString = about
    return info
  }
}
