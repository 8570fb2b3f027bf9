import Models
import Testing

@Suite("Presets")
struct PresetTests {
  private func network(_ model: ModelConfiguration, _ input: FeatureShape, outputs: Int = 10) throws -> Network {
    try Network(model, loss: .crossEntropy(labelSmoothing: 0), input: input, outputs: outputs, microbatch: 32)
  }

  @Test("logistic: one dense layer")
  func logistic() throws {
    let network = try network(.logistic, FeatureShape(height: 8, width: 8, channels: 1))
    #expect(network.trainedCount == 650)
    #expect(network.layers.map(\.outputShape) == [[10]])
    #expect(network.tensors.map(\.name) == ["0.weight", "0.bias"])
    #expect(!network.hasBatchNorm && !ModelConfiguration.logistic.isConvolutional)
  }

  @Test("mlp: dense layers with ReLU between them")
  func mlp() throws {
    let model = ModelConfiguration.mlp(hidden: [1024, 1024])
    let network = try network(model, FeatureShape(height: 28, width: 28, channels: 1))
    // 784·1024 + 1024 + 1024·1024 + 1024 + 1024·10 + 10
    #expect(network.trainedCount == 1_863_690)
    #expect(network.layers.map(\.outputShape) == [[1024], [1024], [10]])
    #expect(network.layers.map(\.parameters) == [803_840, 1_049_600, 10_250])
    #expect(network.layers.map(\.name) == ["0", "2", "4"])
    #expect(network.tensors.map(\.fileShape) == [[1024, 784], [1024], [1024, 1024], [1024], [10, 1024], [10]])
    // The first layer needs no gradient of its input.
    #expect(network.trainingFLOPs == 2 * (2 * 784 * 1024 + 3 * 1024 * 1024 + 3 * 1024 * 10))
    #expect(!network.hasBatchNorm && !model.isConvolutional)
  }

  @Test("lenet: two 5×5 convolutions and a dense layer of 512")
  func lenet() throws {
    let network = try network(.lenet, FeatureShape(height: 28, width: 28, channels: 1))
    // (25 + 1)·32, (25·32 + 1)·64, (7·7·64 + 1)·512, (512 + 1)·10
    #expect(network.layers.map(\.parameters) == [832, 0, 51_264, 0, 1_606_144, 5130])
    #expect(network.trainedCount == 1_663_370)
    #expect(
      network.layers.map(\.outputShape) == [[28, 28, 32], [14, 14, 32], [14, 14, 64], [7, 7, 64], [512], [10]])
    #expect(
      network.tensors.map(\.name).filter { $0.hasSuffix("weight") } == ["0.weight", "3.weight", "7.weight", "9.weight"])
    #expect(
      network.layers.map(\.forwardFLOPs) == [
        2 * 784 * 25 * 32, 0, 2 * 196 * 25 * 32 * 64, 0, 2 * 3136 * 512, 2 * 512 * 10,
      ])
    #expect(ModelConfiguration.lenet.isConvolutional)
  }

  @Test("airbench94: whitened patches, three groups, logits of a ninth, with the names of its files")
  func airbench() throws {
    let input = FeatureShape(height: 32, width: 32, channels: 3)
    let network = try network(.airbench94(), input)
    let images = network.layers.filter { $0.kind.hasPrefix("conv2d") || $0.kind.hasPrefix("maxPool") }.map(
      \.outputShape)
    #expect(
      images == [
        [31, 31, 24], [31, 31, 64], [15, 15, 64], [15, 15, 64], [15, 15, 256], [7, 7, 256], [7, 7, 256], [7, 7, 256],
        [3, 3, 256], [3, 3, 256], [256],
      ])
    // 12·24 + 24; 9·(24·64 + 64·64 + 64·256 + 3·256·256); 2·(64 + 256 + 256) numbers each of γ and β; 256·10.
    let convolutions = 9 * (24 * 64 + 64 * 64 + 64 * 256 + 3 * 256 * 256)
    #expect(network.trainedCount == 312 + convolutions + 2 * 2 * (64 + 256 + 256) + 2560)
    var names = ["0.weight", "0.bias"]
    var fixed = ["0.weight"]
    for half in ["2.", "3.", "4."].flatMap({ [($0, 1), ($0, 2)] }) {
      let norm = "\(half.0)norm\(half.1)"
      names += ["\(half.0)conv\(half.1).weight", norm + ".weight", norm + ".bias"]
      fixed.append(norm + ".weight")
    }
    #expect(network.tensors.map(\.name) == names + ["7.weight"])
    #expect(network.tensors.filter(\.isFixed).map(\.name) == fixed)
    // About 236 million operations a sample (Jordan 2024).
    #expect(abs(Double(network.layers.reduce(0) { $0 + $1.forwardFLOPs }) - 236e6) < 2e6)
    let named = try self.network(.airbench94(widths: [4, 6, 8]), input, outputs: 7)
    #expect(named.layers.last?.outputShape == [7] && ModelConfiguration.airbench94().hasBatchNorm)
    #expect(named.statistics.allSatisfy { $0.momentum == 0.4 })
  }

  @Test("the output layer follows the data, on images of other sizes too")
  func outputs() throws {
    for outputs in [1, 2, 17] {
      for model in [ModelConfiguration.logistic, .mlp(hidden: []), .mlp(hidden: [5]), .lenet] {
        let network = try network(model, FeatureShape(height: 13, width: 8, channels: 3), outputs: outputs)
        #expect(network.layers.last?.outputShape == [outputs])
        #expect(network.outputs == outputs)
      }
    }
  }

  @Test("a network is convolutional if a layer at any depth convolves, pools or normalises")
  func convolutional() throws {
    let dense: [LayerConfiguration] = [.flatten, .dense(5), .relu, .dropout(rate: 0.1)]
    let spatial: [LayerConfiguration] = [
      .conv(3, 1), .batchNorm, .maxPool(size: 2, stride: 2), .averagePool(size: 2, stride: 2), .globalAveragePool,
    ]
    #expect(!ModelConfiguration.layers(dense + [.residual(body: dense, shortcut: dense)]).isConvolutional)
    for layer in spatial {
      #expect(ModelConfiguration.layers(dense + [layer]).isConvolutional)
      #expect(ModelConfiguration.layers([.residual(body: [layer], shortcut: [])]).isConvolutional)
      #expect(
        ModelConfiguration.layers([.residual(body: dense, shortcut: [.residual(body: [layer], shortcut: [])])])
          .isConvolutional)
    }
  }

  @Test("a network has batch norm if a layer at any depth is one")
  func batchNorm() throws {
    let input = FeatureShape(features: 10)
    #expect(try network(.layers([.dense(10), .batchNorm]), input).hasBatchNorm)
    #expect(try network(.layers([.dense(10), .residual(body: [.batchNorm], shortcut: [])]), input).hasBatchNorm)
    #expect(try !network(.layers([.dense(10), .residual(body: [.dense(10)], shortcut: [])]), input).hasBatchNorm)
  }
}
