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
