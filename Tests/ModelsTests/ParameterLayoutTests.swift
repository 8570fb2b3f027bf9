import Gradients
import Datasets
import Kernels
import Models
import TestSupport
import Testing

@Suite("Parameters in files and in memory")
struct ParameterLayoutTests {
  private func network(
    _ layers: [LayerConfiguration], _ input: FeatureShape, outputs: Int, microbatch: Int = 4
  ) throws -> Network {
    try Network(
      .layers(layers), loss: .crossEntropy(labelSmoothing: 0), input: input, outputs: outputs, microbatch: microbatch)
  }

  /// All layouts: convolutions, batch norm, dense layers behind images and vectors, with and without padding.
  private func mixed() throws -> Network {
    try network(
      [
        .conv(6, 3, bias: false), .batchNorm, .relu,
        .residual(
          body: [.conv(8, 3, stride: 2), .batchNorm, .relu, .residual(body: [.conv(8, 1)], shortcut: [])],
          shortcut: [.conv2d(channels: 8, kernel: 1, stride: 2, padding: 0, bias: false)]),
        .maxPool(size: 2, stride: 1), .flatten, .batchNorm, .dropout(rate: 0.1), .dense(35), .relu,
        .dense(units: 32, bias: false), .dense(5),
      ], FeatureShape(height: 7, width: 6, channels: 3), outputs: 5)
  }

  @Test("names and shapes are those of PyTorch's nn.Sequential")
  func names() throws {
    let expected: [(String, [Int])] = [
      ("0.weight", [6, 3, 3, 3]), ("1.weight", [6]), ("1.bias", [6]), ("1.running_mean", [6]), ("1.running_var", [6]),
      ("3.body.0.weight", [8, 6, 3, 3]), ("3.body.0.bias", [8]), ("3.body.1.weight", [8]), ("3.body.1.bias", [8]),
      ("3.body.1.running_mean", [8]), ("3.body.1.running_var", [8]), ("3.body.3.body.0.weight", [8, 8, 1, 1]),
      ("3.body.3.body.0.bias", [8]), ("3.shortcut.0.weight", [8, 6, 1, 1]), ("6.weight", [48]), ("6.bias", [48]),
      ("6.running_mean", [48]), ("6.running_var", [48]), ("8.weight", [35, 48]), ("8.bias", [35]),
      ("10.weight", [32, 35]), ("11.weight", [5, 32]), ("11.bias", [5]),
    ]
    let tensors = try mixed().storedTensors
    #expect(tensors.map(\.name) == expected.map(\.0))
    #expect(tensors.map(\.fileShape) == expected.map(\.1))
  }

  @Test("tensors lie one behind the other, from cache lines on")
  func ranges() throws {
    let network = try mixed()
    var end = 0
    for tensor in network.tensors {
      #expect(tensor.range.lowerBound >= end && tensor.range.lowerBound % 16 == 0, "\(tensor.name)")
      #expect(tensor.range.count >= tensor.count, "\(tensor.name)")
      end = tensor.range.upperBound
    }
    #expect(network.parameterCount >= end && network.parameterCount % 16 == 0)
    #expect(network.trainedCount == network.tensors.map(\.count).reduce(0, +))
  }

  @Test("from a file to memory and back nothing changes, and the rest of memory stays")
  func roundTrip() throws {
    let network = try mixed()
    var generator = SeededGenerator(seed: 8)
    for tensor in network.tensors {
      let elements = generator.floats(tensor.count)
      let vector = Buffer<Float>(count: network.parameterCount)
      vector.withView { vector in
        vector.fill(with: 9)
        tensor.stored.setFileElements(elements, in: vector)
        #expect(tensor.fileElements(of: vector) == elements, "\(tensor.name)")
        let copy = Buffer<Float>(count: tensor.count)
        copy.withView { tensor.stored.copyFileElements(of: vector, to: $0) }
        #expect(copy.array() == elements, "\(tensor.name)")
        // Every element has a place, the padding is zero, the neighbours are as they were.
        let memory = vector.array()
        let padding = [Float](repeating: 0, count: tensor.range.count - tensor.count)
        #expect(memory[tensor.range].sorted() == (elements + padding).sorted(), "\(tensor.name)")
        #expect(memory[..<tensor.range.lowerBound].allSatisfy { $0 == 9 }, "\(tensor.name)")
        #expect(memory[tensor.range.upperBound...].allSatisfy { $0 == 9 }, "\(tensor.name)")
      }
    }
  }

  @Test("a dense layer behind an image reads it channel by channel", arguments: [true, false])
  func channelMajor(hasFlatten: Bool) throws {
    let (height, width, channels) = (3, 4, 5)
    let count = height * width * channels
    let network = try network(
      (hasFlatten ? [.flatten] : []) + [.dense(units: count, bias: false)],
      FeatureShape(height: height, width: width, channels: channels), outputs: count, microbatch: count)
    // With the identity as weights, the largest logit is the file's index of the only pixel that is lit.
    let weights = Buffer<Float>(count: network.parameterCount)
    network.tensors[0].stored.setFileElements(
      (0..<count * count).map { $0 % (count + 1) == 0 ? 1 : 0 }, in: weights.view)
    let inputs = Buffer<Float>((0..<count * count).map { $0 % (count + 1) == 0 ? 1 : 0 })
    let gatherer = SampleGatherer(
      Dataset(
        name: "pixels", shape: .image(height: height, width: width, channels: channels), samples: .floats(inputs),
        targets: .classes(Buffer(count: count), count: count)))
    let predictions = Buffer<Int32>(count: count)
    _ = network.evaluate(
      0..<count, of: gatherer, weights: weights.view, packedWeights: Buffer(count: 0).view,
      runningStatistics: Buffer(count: 0).view, predictions: predictions.view, workspace: Workspace(for: network))
    var expected: [Int32] = []
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<channels { expected.append(Int32((channel * height + y) * width + x)) }
      }
    }
    #expect(predictions.array() == expected)
  }

  @Test("weights decay; biases, batch norm and running statistics do not")
  func decay() throws {
    let network = try mixed()
    for tensor in network.tensors {
      #expect(tensor.decays == (tensor.fileShape.count > 1), "\(tensor.name)")
      #expect(!tensor.name.contains("running"), "\(tensor.name)")
    }
    let others = network.storedTensors.filter { $0.vector == .statistics }
    #expect(others.count == 6 && others.allSatisfy { $0.name.contains("running") })
  }
}
