import Models

/// A network computed from the formulas in double precision, with naive loops, straight from the config: the oracle.
///
/// It knows nothing of the room that it checks but the config, the names of PyTorch's `nn.Sequential` and the layouts
/// of files: dense [out, in], convolution [out, in, kh, kw], flattened images channel-major.
struct ReferenceNetwork {
  let layers: [LayerConfiguration]
  let loss: LossConfiguration
  /// Samples a microbatch, at most: with batch norm they are dealt evenly, without one the last one may be smaller.
  let microbatch: Int
  /// By name, in file order.
  var parameters: [String: [Double]]
  /// Factor on element `element` (NHWC) of a sample at position `sample` of the batch, in the network's
  /// `layer`-th dropout; `nil` in evaluation.
  var dropout: ((_ layer: Int, _ sample: Int, _ element: Int, _ rate: Double) -> Double)?
  /// Whether batch norm uses the microbatch's own statistics.
  var isTraining = true

  /// One sample and what it should give.
  struct Sample {
    /// NHWC.
    var input: [Double]
    var label = 0
    var targets: [Double] = []
  }

  /// What a pass over some samples found.
  struct Result {
    var loss = 0.0
    var correct = 0
    /// Sums over microbatches of batch norm's means and unbiased variances, by name, each times its share of a full
    /// microbatch.
    var statistics: [String: [Double]] = [:]
    /// The least distance of a ReLU's input from 0 and of a window's largest element from its second: within it,
    /// the loss is smooth.
    var margin = Double.infinity
  }

  /// Passes the samples through the network in microbatches.
  ///
  /// - Parameters:
  ///   - shape: of a sample.
  ///   - first: position in the batch of the first sample.
  func run(_ samples: [Sample], shape: ReferenceShape, first: Int = 0) -> Result {
    var result = Result()
    for (start, end) in microbatches(samples.count) {
      let part = samples[start..<end]
      var pass = ReferencePass(network: self, firstSample: first + start)
      let input = ReferenceImages(samples: part.count, shape: shape, values: part.flatMap(\.input))
      let output = pass.run(layers, on: input, prefix: "")
      for (row, sample) in part.enumerated() {
        add(sample, output.sample(row), to: &result)
      }
      result.margin = min(result.margin, pass.margin)
      for (name, values) in pass.statistics {
        let before = result.statistics[name] ?? values.map { _ in 0 }
        let share = Double(part.count) / Double(microbatch)
        result.statistics[name] = zip(before, values).map { $0 + share * $1 }
      }
    }
    return result
  }

  /// Where microbatches begin and end.
  private func microbatches(_ count: Int) -> [(Int, Int)] {
    var number = 0
    while number * microbatch < count { number += 1 }
    guard layers.contains(where: \.layer.normalizesMicrobatch) else {
      return (0..<number).map { ($0 * microbatch, min(count, ($0 + 1) * microbatch)) }
    }
    return (0..<number).map { ($0 * count / number, ($0 + 1) * count / number) }
  }

  /// −Σ q log softmax(y) with q = (1 − ε)·onehot + ε ÷ K, or the mean of (y − t)².
  private func add(_ sample: Sample, _ outputs: [Double], to result: inout Result) {
    switch loss {
    case .crossEntropy(let smoothing):
      let partition = outputs.reduce(0) { $0 + exponential($1 - outputs.max()!) }
      let logPartition = logarithm(partition) + outputs.max()!
      for (index, output) in outputs.enumerated() {
        let target = (index == sample.label ? 1 - smoothing : 0) + smoothing / Double(outputs.count)
        result.loss += target * (logPartition - output)
      }
      if outputs.firstIndex(of: outputs.max()!) == sample.label { result.correct += 1 }
    case .meanSquaredError:
      for (output, target) in zip(outputs, sample.targets) {
        result.loss += (output - target) * (output - target) / Double(outputs.count)
      }
    case .auto: preconditionFailure("a loss that is not decided")
    }
  }
}

/// Height, width and channels of one sample.
struct ReferenceShape: Equatable {
  var height = 1
  var width = 1
  var channels: Int

  var count: Int { height * width * channels }
}

/// Images of a microbatch, [samples, height, width, channels].
struct ReferenceImages {
  var samples: Int
  var shape: ReferenceShape
  var values: [Double]

  init(samples: Int, shape: ReferenceShape, values: [Double]? = nil) {
    self.samples = samples
    self.shape = shape
    self.values = values ?? [Double](repeating: 0, count: samples * shape.count)
  }

  subscript(sample: Int, y: Int, x: Int, channel: Int) -> Double {
    get { values[((sample * shape.height + y) * shape.width + x) * shape.channels + channel] }
    set { values[((sample * shape.height + y) * shape.width + x) * shape.channels + channel] = newValue }
  }

  func sample(_ index: Int) -> [Double] { Array(values[index * shape.count..<(index + 1) * shape.count]) }
}
