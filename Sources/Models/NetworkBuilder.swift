import Kernels

/// Compiles a list of layers into operations, parameters and storages.
///
/// Layers get PyTorch's names: the layer's place in its list, `body` and `shortcut` for the lists of a residual block;
/// or the names that a preset gives them.
struct NetworkBuilder {
  /// n at most.
  let microbatch: Int
  /// Names of a preset's layers, by place; see ``NamedLayers``.
  let names: [String: String]
  let convolution: ConvolutionMethod
  /// Whether γ of the batch norm that ends a residual body starts at 0.
  let zeroInitResidual: Bool
  private(set) var operations: [any Operation] = []
  private(set) var tensors: [ParameterTensor] = []
  private(set) var storedTensors: [StoredTensor] = []
  private(set) var storageCounts: [Int] = []
  /// Storages in the place of another, which may be in the place of a third.
  private var places: [Int: Int] = [:]
  private var parameterCount = 0
  /// Floats of all operations' packed weights so far.
  private(set) var packedCount = 0
  private(set) var statistics: [RunningStatistics] = []
  private var dropouts = 0
  private var size = NetworkSize()

  init(
    microbatch: Int, names: [String: String] = [:], convolution: ConvolutionMethod = .auto,
    zeroInitResidual: Bool = false
  ) {
    self.microbatch = microbatch
    self.names = names
    self.convolution = convolution
    self.zeroInitResidual = zeroInitResidual
  }

  /// Floats of the flat parameter vector so far.
  var count: Int { parameterCount }

  /// A value without gradient: the network's input.
  mutating func input(_ shape: FeatureShape) -> Value {
    Value(shape: shape, storage: storage(microbatch * shape.count), gradient: nil, mayOverwrite: true)
  }

  /// Appends the layers of a list.
  ///
  /// - Parameters:
  ///   - path: the list's place in the config, for errors.
  ///   - prefix: the list's place in the network, empty or ending with a dot.
  ///   - outputUnits: size that the last dense layer of the network has to have; `nil` inside a residual block.
  mutating func append(
    _ layers: [LayerConfiguration], to input: Value, path: String, prefix: String, isResidualBody: Bool = false,
    outputUnits: Int? = nil
  ) throws(ModelError) -> Value {
    var value = input
    var index = 0
    let lastDense = layers.lastIndex { if case .dense = $0 { true } else { false } }
    while index < layers.count {
      let here = "\(path).\(index)"
      let place = "\(prefix)\(index)"
      let name = names[place] ?? place
      let isReLUNext = index + 1 < layers.count && layers[index + 1] == .relu
      var isFused = false
      switch layers[index] {
      case .dense(let units, let bias):
        let isOutput = outputUnits != nil && index == lastDense
        if let outputUnits, isOutput, units != outputUnits {
          throw ModelError(
            path: here + ".units",
            message: "found \(units), but the data has \(outputUnits) outputs; the last dense layer must have that many"
          )
        }
        isFused = isReLUNext
        try NetworkSize.require(value.shape.count, units, of: "weights", path: here)
        try NetworkSize.require(microbatch, units, of: "an output", path: here)
        try size.add(operations: 6, value.shape.count, units, path: here)
        value = dense(value, units: units, bias: bias, relu: isFused, isOutput: isOutput, name: name)
      case .conv2d(let channels, let kernel, let stride, let padding, let bias):
        isFused = isReLUNext
        let shape = try convolutionShape(
          value, channels: channels, kernel: kernel, stride: stride, padding: padding, path: here)
        value = convolution(value, shape, bias: bias, relu: isFused, name: name)
      case .batchNorm:
        isFused = isReLUNext
        let isZero = zeroInitResidual && isResidualBody && index == layers.count - 1
        value = batchNorm(value, relu: isFused, isZero: isZero, name: name)
      case .relu:
        value = relu(value)
      case .maxPool(let size, let stride, let padding):
        value = maxPool(value, try poolingShape(value, size: size, stride: stride, padding: padding, path: here))
      case .averagePool(let size, let stride):
        value = averagePool(value, try poolingShape(value, size: size, stride: stride, path: here))
      case .globalAveragePool:
        try requireImage(value, path: here)
        value = globalAveragePool(value)
      case .downsample(let channels, let stride):
        value = try downsample(value, channels: channels, stride: stride, path: here)
      case .flatten:
        value = flatten(value)
      case .dropout(let rate):
        value = dropout(value, rate: rate)
      case .residual(let body, let shortcut):
        isFused = isReLUNext
        value = try residual(value, body: body, shortcut: shortcut, relu: isFused, path: here, place: place)
      }
      index += isFused ? 2 : 1
      try size.require(parameters: Int.saturatingSum(parameterCount, packedCount), path: here)
    }
    return value
  }

  // MARK: Layers

  private mutating func dense(
    _ input: Value, units: Int, bias: Bool, relu: Bool, isOutput: Bool, name: String
  ) -> Value {
    let shape = DenseShape(inputs: input.shape.count, outputs: units)
    let weights = tensor(
      name + ".weight", isOutput ? .outputWeight : .weight(fanIn: shape.inputs), [units, shape.inputs],
      count: shape.weightCount, .dense(shape, input: input.flattened ?? input.shape))
    let biases = bias ? tensor(name + ".bias", .bias, [units]) : nil
    let output = value(FeatureShape(features: units), mayOverwrite: !relu)
    let scratch = shape.scratchCount(rows: microbatch)
    operations.append(
      DenseOperation(
        shape: shape, input: input, output: output, weights: weights, bias: biases, relu: relu,
        forwardScratch: storage(scratch), backwardScratch: storage(scratch)))
    return output
  }

  private mutating func convolution(
    _ input: Value, _ shape: ConvolutionShape, bias: Bool, relu: Bool, name: String
  ) -> Value {
    let taps = shape.kernel * shape.kernel
    let weights = tensor(
      name + ".weight", .weight(fanIn: taps * shape.inputChannels),
      [shape.outputChannels, shape.inputChannels, shape.kernel, shape.kernel],
      count: taps * shape.inputChannels * shape.outputChannels,
      .convolution(kernel: shape.kernel, inputs: shape.inputChannels, outputs: shape.outputChannels))
    let biases = bias ? tensor(name + ".bias", .bias, [shape.outputChannels]) : nil
    let output = value(
      FeatureShape(height: shape.outputHeight, width: shape.outputWidth, channels: shape.outputChannels),
      mayOverwrite: !relu)
    let plan = ConvolutionPlan(shape, forced: convolution == .direct ? .direct : nil)
    // On cache lines of its own.
    let packed = packedCount..<packedCount + plan.packedCount
    packedCount = (packed.upperBound + 15) / 16 * 16
    operations.append(
      ConvolutionOperation(
        plan: plan, input: input, output: output, weights: weights, bias: biases, relu: relu, packed: packed,
        forwardScratch: storage(plan.forwardScratchCount), backwardScratch: storage(plan.backwardScratchCount)))
    return output
  }

  private mutating func batchNorm(_ input: Value, relu: Bool, isZero: Bool, name: String) -> Value {
    let channels = input.shape.channels
    let order = input.flattened.map { ParameterOrder.flattened($0) } ?? .asInFiles
    var output = value(input.shape, mayOverwrite: !relu)
    output.flattened = input.flattened
    let scale = tensor(name + ".weight", .scale(isZero: isZero), [channels], order)
    let shift = tensor(name + ".bias", .shift, [channels], order)
    let running = RunningStatistics(
      name: name, first: statistics.last?.variances.upperBound ?? 0, channels: channels, rows: input.shape.pixels,
      layout: order)
    statistics.append(running)
    storedTensors += [running.mean, running.variance]
    operations.append(
      BatchNormOperation(
        input: input, output: output, scale: scale, shift: shift, running: running, relu: relu,
        savedMean: storage(channels), savedInverseDeviation: storage(channels)))
    return output
  }

  private mutating func relu(_ input: Value) -> Value {
    let output = overwriting(input, mayOverwrite: false)
    operations.append(ReLUOperation(input: input, output: output))
    return output
  }

  private mutating func dropout(_ input: Value, rate: Double) -> Value {
    let output = overwriting(input, mayOverwrite: true)
    operations.append(DropoutOperation(rate: Float(rate), ordinal: dropouts, input: input, output: output))
    dropouts += 1
    return output
  }

  private mutating func maxPool(_ input: Value, _ shape: PoolingShape) -> Value {
    let output = behind(
      input, FeatureShape(height: shape.outputHeight, width: shape.outputWidth, channels: shape.channels))
    let winners = storage((microbatch * output.shape.count + 3) / 4)
    operations.append(MaxPoolOperation(shape: shape, input: input, output: output, winners: winners))
    return output
  }

  private mutating func averagePool(_ input: Value, _ shape: PoolingShape) -> Value {
    let output = behind(
      input, FeatureShape(height: shape.outputHeight, width: shape.outputWidth, channels: shape.channels))
    operations.append(AveragePoolOperation(shape: shape, input: input, output: output))
    return output
  }

  private mutating func globalAveragePool(_ input: Value) -> Value {
    let output = behind(input, FeatureShape(features: input.shape.channels))
    operations.append(GlobalAveragePoolOperation(input: input, output: output))
    return output
  }

  private mutating func downsample(
    _ input: Value, channels: Int, stride: Int, path: String
  ) throws(ModelError) -> Value {
    try requireImage(input, path: path)
    guard channels >= input.shape.channels else {
      throw ModelError(
        path: path + ".channels",
        message: "found \(channels), but the input has \(input.shape.channels); allowed: at least that many")
    }
    try NetworkSize.require(microbatch, input.shape.pixels, channels, of: "an output", path: path)
    let shape = DownsamplingShape(
      batch: microbatch, height: input.shape.height, width: input.shape.width, inputChannels: input.shape.channels,
      outputChannels: channels, stride: stride)
    let output = behind(
      input, FeatureShape(height: shape.outputHeight, width: shape.outputWidth, channels: channels))
    operations.append(DownsampleOperation(shape: shape, input: input, output: output))
    return output
  }

  /// A vector in the image's place: memory stays as it is, and the layers behind know its order.
  private func flatten(_ input: Value) -> Value {
    var output = input
    let isReordered = input.shape.pixels > 1 && input.shape.channels > 1
    output.flattened = isReordered ? input.shape : input.flattened
    output.shape = FeatureShape(features: input.shape.count)
    return output
  }

  private mutating func residual(
    _ input: Value, body: [LayerConfiguration], shortcut: [LayerConfiguration], relu: Bool, path: String, place: String
  ) throws(ModelError) -> Value {
    var bodyInput = input
    var shortcutInput = input
    bodyInput.mayOverwrite = false
    shortcutInput.mayOverwrite = false
    let fork = operations.count
    if input.gradient != nil {
      let gradient = storage(microbatch * input.shape.count)
      shortcutInput.gradient = gradient
      operations.append(ForkOperation(input: input, shortcutGradient: gradient))
    }
    let bodyOutput = try append(
      body, to: bodyInput, path: path + ".body", prefix: place + ".body.", isResidualBody: true)
    let bodyEnd = operations.count - 1
    let shortcutOutput = try append(
      shortcut, to: shortcutInput, path: path + ".shortcut", prefix: place + ".shortcut.")
    guard bodyOutput.shape == shortcutOutput.shape else {
      throw ModelError(
        path: path,
        message: "the body gives \(bodyOutput.shape), the shortcut \(shortcutOutput.shape); both must agree: "
          + "give the shortcut a conv2d or downsample with the body's channels and stride")
    }
    guard bodyOutput.flattened == shortcutOutput.flattened else {
      throw ModelError(
        path: path,
        message: "the body and the shortcut hold their \(bodyOutput.shape) numbers in different orders, one of them as "
          + "a flattened image; put a dense layer between the flatten and the block")
    }
    var output = bodyOutput
    output.mayOverwrite = !relu
    if let normalization = operations[bodyEnd] as? BatchNormOperation, body.last == .batchNorm,
      normalization.input.gradient != nil
    {
      operations.remove(at: bodyEnd)
      join(normalization, shortcutOutput, output, relu: relu)
    } else {
      if !bodyOutput.mayOverwrite { output.storage = storage(microbatch * output.shape.count) }
      if output.gradient == nil && shortcutOutput.gradient != nil {
        output.gradient = storage(microbatch * output.shape.count)
      }
      operations.append(JoinOperation(body: bodyOutput, shortcut: shortcutOutput, output: output, relu: relu))
    }
    addGradients(fork: fork, input, shortcutInput)
    return output
  }

  /// The batch norm at the end of a body adds the shortcut itself, in the pass that normalises.
  ///
  /// It leaves the gradient of the sum as it is, and is the first of the block to read it in the backward pass: so the
  /// shortcut's gradient is the same one, not a copy.
  private mutating func join(_ normalization: BatchNormOperation, _ shortcut: Value, _ output: Value, relu: Bool) {
    var joined = normalization
    joined.shortcut = shortcut
    joined.output = output
    joined.relu = relu
    if let own = output.gradient, let other = shortcut.gradient {
      unite(other, with: own)
      joined.shortcut?.gradient = own
    }
    operations.append(joined)
  }

  /// Where the body begins with a convolution, that adds its input's gradient to the shortcut's, and no fork has to;
  /// unless it does so for a block inside already.
  private mutating func addGradients(fork: Int, _ input: Value, _ shortcutInput: Value) {
    guard let gradient = input.gradient, let other = shortcutInput.gradient, operations[fork] is ForkOperation,
      var first = operations[fork + 1] as? ConvolutionOperation, first.input.gradient == gradient,
      !first.addsInputGradient
    else { return }
    first.addsInputGradient = true
    operations[fork + 1] = first
    operations.remove(at: fork)
    unite(gradient, with: other)
  }

  // MARK: Shapes

  private mutating func convolutionShape(
    _ input: Value, channels: Int, kernel: Int, stride: Int, padding: Int, path: String
  ) throws(ModelError) -> ConvolutionShape {
    try requireFit(input, window: kernel, padding: padding, path: path, what: "kernel")
    let (height, width) = (input.shape.height + 2 * padding, input.shape.width + 2 * padding)
    let (down, across) = ((height - kernel) / stride + 1, (width - kernel) / stride + 1)
    try NetworkSize.require(kernel, kernel, input.shape.channels, channels, of: "weights", path: path)
    try NetworkSize.require(height, width, input.shape.channels, of: "a padded image", path: path)
    try NetworkSize.require(microbatch, down, across, channels, of: "an output", path: path)
    // The input gradient reads the output's with a halo of up to a kernel.
    try NetworkSize.require(down + 2 * kernel, across + 2 * kernel, channels, of: "a padded output", path: path)
    try size.add(
      operations: 6, down, across, kernel, kernel, input.shape.channels, channels, path: path)
    return ConvolutionShape(
      batch: microbatch, height: input.shape.height, width: input.shape.width, inputChannels: input.shape.channels,
      outputChannels: channels, kernel: kernel, stride: stride, padding: padding)
  }

  private func poolingShape(
    _ input: Value, size: Int, stride: Int, padding: Int = 0, path: String
  ) throws(ModelError) -> PoolingShape {
    try requireFit(input, window: size, padding: padding, path: path, what: "window")
    // The kernels keep a maximum's place in its window in a byte.
    let largest = 16
    if size > largest {
      throw ModelError(
        path: path + ".size",
        message: "found \(size), but a window is at most \(largest)×\(largest); "
          + "for the mean of a whole image use globalAveragePool")
    }
    if 2 * padding > size {
      throw ModelError(
        path: path + ".padding",
        message: "found \(padding); allowed: at most half of the window's size, \(size / 2)")
    }
    // With padding an image may grow, by one row and column at most.
    try NetworkSize.require(
      microbatch, input.shape.height + 1, input.shape.width + 1, input.shape.channels, of: "an output", path: path)
    return PoolingShape(
      batch: microbatch, height: input.shape.height, width: input.shape.width, channels: input.shape.channels,
      size: size, stride: stride, padding: padding)
  }

  private func requireFit(
    _ input: Value, window: Int, padding: Int, path: String, what: String
  ) throws(ModelError) {
    try requireImage(input, path: path)
    let smallest = min(input.shape.height, input.shape.width) + 2 * padding
    if window > smallest {
      throw ModelError(
        path: path,
        message:
          "a \(what) of \(window)×\(window) does not fit into an input of \(input.shape) with padding \(padding); "
          + "at most \(smallest) is allowed here")
    }
  }

  private func requireImage(_ input: Value, path: String) throws(ModelError) {
    if let image = input.flattened {
      throw ModelError(
        path: path,
        message: "found an input of \(input.shape) numbers, a flattened image of \(image), but this layer works on "
          + "images; put it before the flatten")
    }
  }

  // MARK: Memory

  private mutating func storage(_ count: Int) -> Int {
    storageCounts.append(count)
    size.add(storage: count)
    return storageCounts.count - 1
  }

  /// The storage whose memory a storage uses: itself, unless both are one.
  func place(of storage: Int) -> Int {
    var place = storage
    while let next = places[place] { place = next }
    return place
  }

  /// Makes one memory of two storages of the same size.
  private mutating func unite(_ first: Int, with second: Int) {
    let (first, second) = (place(of: first), place(of: second))
    precondition(storageCounts[first] == storageCounts[second], "storages of different sizes in one place")
    if first != second { places[first] = second }
  }

  /// A new value with a gradient: behind an operation with parameters.
  private mutating func value(_ shape: FeatureShape, mayOverwrite: Bool) -> Value {
    let count = microbatch * shape.count
    return Value(shape: shape, storage: storage(count), gradient: storage(count), mayOverwrite: mayOverwrite)
  }

  /// A new value behind an operation without parameters: with a gradient only if its input has one.
  private mutating func behind(_ input: Value, _ shape: FeatureShape) -> Value {
    let count = microbatch * shape.count
    return Value(
      shape: shape, storage: storage(count), gradient: input.gradient == nil ? nil : storage(count), mayOverwrite: true)
  }

  /// A value in the place of its input where that may be overwritten.
  private mutating func overwriting(_ input: Value, mayOverwrite: Bool) -> Value {
    var output = input.mayOverwrite ? input : behind(input, input.shape)
    output.flattened = input.flattened
    output.mayOverwrite = mayOverwrite
    return output
  }

  /// A new tensor at the end of the flat vector, on a cache line of its own.
  private mutating func tensor(
    _ name: String, _ role: ParameterTensor.Role, _ fileShape: [Int], count: Int? = nil,
    _ layout: ParameterOrder = .asInFiles
  ) -> Range<Int> {
    let range = parameterCount..<(parameterCount + (count ?? fileShape.reduce(1, *)))
    let stored = StoredTensor(
      name: name, fileShape: fileShape, vector: .parameters, range: range, layout: layout)
    tensors.append(ParameterTensor(stored: stored, role: role, ordinal: storedTensors.count))
    storedTensors.append(stored)
    parameterCount = (range.upperBound + 15) / 16 * 16
    return range
  }
}
