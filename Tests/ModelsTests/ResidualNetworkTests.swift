import Foundation
import Models
import Testing

@Suite("Residual networks")
struct ResidualNetworkTests {
  private func network(
    _ model: ModelConfiguration, side: Int, outputs: Int, microbatch: Int = 2
  ) throws -> Network {
    try Network(
      model, loss: .crossEntropy(labelSmoothing: 0), input: FeatureShape(height: side, width: side, channels: 3),
      outputs: outputs, microbatch: microbatch)
  }

  /// Known counts: of He et al.'s networks with option A, and of torchvision's documentation.
  @Test(
    "parameters are as many as published",
    arguments: [
      (ModelConfiguration.cifarResNet(depth: 20, shortcut: .subsampling), 269_722),
      (.cifarResNet(depth: 32, shortcut: .subsampling), 464_154),
      (.cifarResNet(depth: 44, shortcut: .subsampling), 658_586),
      (.cifarResNet(depth: 56, shortcut: .subsampling), 853_018),
      (.cifarResNet(depth: 110, shortcut: .subsampling), 1_727_962),
      (.cifarResNet(depth: 20, shortcut: .projection), 272_474),
      (.cifarPlain(depth: 20), 269_722), (.cifarPlain(depth: 56), 853_018),
    ])
  func smallParameters(model: ModelConfiguration, count: Int) throws {
    #expect(try network(model, side: 32, outputs: 10).trainedCount == count)
  }

  @Test("parameters are as many as torchvision's", arguments: [(18, 11_689_512), (34, 21_797_672), (50, 25_557_032)])
  func largeParameters(depth: Int, count: Int) throws {
    #expect(try network(.resNet(depth: depth), side: 224, outputs: 1000).trainedCount == count)
  }

  @Test("blocks have the shapes of the paper, whatever the image's size")
  func shapes() throws {
    func blocks(_ network: Network) -> [[Int]] {
      network.layers.filter { $0.kind.hasSuffix("shortcut + relu") }.map(\.outputShape)
    }
    for option in ResidualShortcut.allCases {
      #expect(
        blocks(try network(.cifarResNet(depth: 20, shortcut: option), side: 32, outputs: 10))
          == [[32, 32, 16], [16, 16, 32], [8, 8, 64]].flatMap { Array(repeating: $0, count: 3) })
      #expect(
        blocks(try network(.cifarResNet(depth: 8, shortcut: option), side: 27, outputs: 4))
          == [[27, 27, 16], [14, 14, 32], [7, 7, 64]])
    }
    let stages = [([56, 56], 3), ([28, 28], 4), ([14, 14], 6), ([7, 7], 3)].enumerated()
    #expect(
      blocks(try network(.resNet(depth: 50), side: 224, outputs: 1000))
        == stages.flatMap { index, stage in Array(repeating: stage.0 + [256 << index], count: stage.1) })
    let plain = try network(.cifarPlain(depth: 20), side: 32, outputs: 10)
    #expect(blocks(plain).isEmpty)
    #expect(plain.layers.last?.outputShape == [10])
    #expect(plain.layers.suffix(2).first?.outputShape == [64])
  }

  @Test("names and shapes are torchvision's, so that its state_dict loads", arguments: [18, 34, 50])
  func torchvisionNames(depth: Int) throws {
    let url = try #require(
      Bundle.module.url(forResource: "resnet\(depth)", withExtension: "txt", subdirectory: "Names"))
    let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map(String.init)
    let network = try network(.resNet(depth: depth), side: 224, outputs: 1000)
    #expect(network.storedTensors.map { "\($0.name) \($0.fileShape.map(String.init).joined(separator: "x"))" } == lines)
  }

  @Test("small networks have the names of a sequence of blocks, with and without shortcuts")
  func sequentialNames() throws {
    func names(_ model: ModelConfiguration) throws -> [String] {
      try network(model, side: 8, outputs: 4).tensors.map(\.name).filter { $0.hasSuffix(".weight") }
    }
    let convolutions = ["0.weight", "1.weight"]
    func block(_ index: Int) -> [String] {
      ["conv1", "bn1", "conv2", "bn2"].map { "\(index).\($0).weight" }
    }
    func short(_ index: Int) -> [String] { ["\(index).short.0.weight", "\(index).short.1.weight"] }
    let plain = convolutions + block(3) + block(4) + block(5) + ["8.weight"]
    #expect(try names(.cifarPlain(depth: 8)) == plain)
    #expect(try names(.cifarResNet(depth: 8, shortcut: .subsampling)) == plain)
    #expect(
      try names(.cifarResNet(depth: 8, shortcut: .projection))
        == convolutions + block(3) + block(4) + short(4) + block(5) + short(5) + ["8.weight"])
  }

  @Test("γ of the last batch norm of a block, and of no other, starts at zero where the model says so")
  func zeroScales() throws {
    for (model, last) in [
      (ModelConfiguration.resNet(depth: 18), "bn2"), (.resNet(depth: 34), "bn2"), (.resNet(depth: 50), "bn3"),
      (.cifarResNet(depth: 20, shortcut: .projection, zeroInitResidual: true), "bn2"),
    ] {
      for tensor in try network(model, side: 64, outputs: 10).tensors {
        guard tensor.name.hasSuffix(".weight"), tensor.fileShape.count == 1 else { continue }
        let isLast = tensor.name.hasSuffix(".\(last).weight")
        #expect(tensor.initial == .constant(isLast ? 0 : 1), "\(tensor.name)")
      }
    }
  }

  @Test("every γ starts at one in the networks of He et al. for small images, and where the model says so")
  func oneScales() throws {
    let models: [ModelConfiguration] =
      [20, 32, 44, 56, 110].map { .cifarResNet(depth: $0, shortcut: .subsampling) }
      + [
        .cifarResNet(depth: 20, shortcut: .projection), .cifarPlain(depth: 20),
        .resNet(depth: 18, zeroInitResidual: false), .resNet(depth: 50, zeroInitResidual: false),
      ]
    for model in models {
      let network = try network(model, side: 64, outputs: 10)
      let scales = network.tensors.filter { $0.name.hasSuffix(".weight") && $0.fileShape.count == 1 }
      #expect(!scales.isEmpty && scales.allSatisfy { $0.initial == .constant(1) }, "\(model)")
    }
  }

  @Test("shortcuts and windows that do not fit are refused with their path")
  func refusals() {
    func refusal(_ layers: [LayerConfiguration]) -> String {
      do {
        _ = try network(.layers(layers + [.flatten, .dense(units: 2, bias: true)]), side: 6, outputs: 2)
        return "accepted"
      } catch { return "\(error)" }
    }
    #expect(refusal([.downsample(channels: 2, stride: 2)]).hasPrefix("model.layers.0.channels: found 2"))
    #expect(refusal([.downsample(channels: 3, stride: 9)]) == "accepted")
    #expect(refusal([.maxPool(size: 9, stride: 2, padding: 1)]).hasPrefix("model.layers.0: a window of 9×9"))
    #expect(refusal([.maxPool(size: 8, stride: 2, padding: 1)]) == "accepted")
    let convolution = LayerConfiguration.conv2d(channels: 5, kernel: 3, stride: 2, padding: 1, bias: false)
    #expect(refusal([.residual(body: [convolution], shortcut: [])]).contains("the body gives 3×3×5"))
    #expect(refusal([.residual(body: [convolution], shortcut: [.downsample(channels: 5, stride: 2)])]) == "accepted")
  }
}
