import Models
import Datasets

/// What the gradient checks go through.
extension NetworkCase {
  static let all: [NetworkCase] = dense + convolutions + batchNorms + withoutParameters + residuals + ofKinds

  /// Those that a kind of layer brings with its own tests.
  static let ofKinds: [NetworkCase] = LayerKinds.all.flatMap { kind in
    (kind as? any ReferenceLayer.Type)?.gradientCases ?? []
  }

  static let dense: [NetworkCase] = [
    NetworkCase("dense", [.dense(3)]),
    NetworkCase("dense without bias", [.dense(units: 3, bias: false)]),
    NetworkCase("dense, relu, dense", [.dense(19), .relu, .dense(3)]),
    NetworkCase("more than a panel of outputs", [.dense(37), .relu, .dense(units: 33, bias: false), .relu, .dense(3)]),
    NetworkCase("label smoothing", [.dense(9), .relu, .dense(3)]).with { $0.loss = .crossEntropy(labelSmoothing: 0.1) },
    NetworkCase("two classes, label smoothing", [.dense(2)]).with {
      $0.loss = .crossEntropy(labelSmoothing: 0.3)
      $0.outputs = 2
    },
    NetworkCase("many classes", [.dense(41)]).with { $0.outputs = 41 },
    NetworkCase("squared error of one output", [.dense(8), .relu, .dense(1)]).with {
      $0.loss = .meanSquaredError
      $0.outputs = 1
    },
    NetworkCase("squared error of several outputs", [.dense(8), .relu, .dense(5)]).with {
      $0.loss = .meanSquaredError
      $0.outputs = 5
    },
    NetworkCase("squared error behind a relu", [.dense(8), .relu, .dense(5), .relu]).with {
      $0.loss = .meanSquaredError
      $0.outputs = 5
    },
    NetworkCase("a smaller last microbatch", [.dense(9), .relu, .dense(3)]).with {
      $0.count = 11
      $0.microbatch = 4
    },
    NetworkCase("microbatches of one", [.dense(9), .relu, .dense(3)]).with {
      $0.count = 4
      $0.microbatch = 1
    },
    NetworkCase("one sample", [.dense(9), .relu, .dense(3)]).with { $0.count = 1 },
    NetworkCase("a shard inside the batch", [.dense(9), .relu, .dense(3)]).with {
      $0.first = 6
      $0.microbatch = 2
    },
    NetworkCase("dense behind an image, no flatten", [.dense(6), .relu, .dense(3)]).with {
      $0.shape = .image(height: 3, width: 2, channels: 4)
    },
    .onImages("dense behind an image of one channel", channels: 1, []),
    .onImages("dense behind an image of channels", channels: 3, []),
  ]

  /// Every small kernel, stride and padding, on even and odd images.
  private static let grid: [NetworkCase] = {
    var cases: [NetworkCase] = []
    for kernel in [1, 3, 5] {
      for stride in [1, 2] {
        for padding in 0...2 {
          for (height, width) in [(5, 6), (7, 5), (8, 8)] {
            let name = "\(kernel)×\(kernel), stride \(stride), padding \(padding), on \(height)×\(width)"
            let layer = LayerConfiguration.conv(3, kernel, stride: stride, padding: padding)
            cases.append(NetworkCase.onImages(name, height: height, width: width, [layer]).with { $0.count = 2 })
          }
        }
      }
    }
    return cases
  }()

  static let convolutions: [NetworkCase] =
    grid + [
      .onImages("without bias", [.conv(4, 3, bias: false)]),
      .onImages("with relu", [.conv(4, 3), .relu]),
      .onImages("a stack", [.conv(3, 3), .relu, .conv(5, 3, stride: 2, bias: false), .relu, .conv(4, 1), .relu]),
      .onImages("5×5 behind 5×5", height: 8, width: 7, [.conv(3, 5), .relu, .conv(2, 5, stride: 2), .relu]),
      .onImages("2×2", [.conv(3, 2, padding: 0), .relu, .conv(2, 2, stride: 2, padding: 1)]),
      .onImages("kernel as large as the image", height: 4, width: 4, [.conv(3, 4, padding: 0), .relu]),
      .onImages("an image of one pixel", height: 1, width: 1, channels: 5, [.conv(4, 3), .relu, .conv(3, 1)]),
      .onImages("16 and more channels", height: 6, width: 7, channels: 3, [.conv(17, 3), .relu, .conv(16, 3), .relu])
        .with { $0.count = 3 },
      .onImages("16 channels, 5×5", channels: 2, [.conv(16, 5), .relu, .conv(18, 5), .relu]).with { $0.count = 2 },
      .onImages("smaller last microbatch", [.conv(4, 3), .relu, .conv(4, 3, stride: 2)]).with {
        $0.count = 7
        $0.microbatch = 3
      },
      .onImages("microbatches of one", [.conv(4, 3), .relu, .conv(4, 1)]).with {
        $0.count = 3
        $0.microbatch = 1
      },
    ]

  static let batchNorms: [NetworkCase] = [
    .onImages("alone", [.batchNorm]),
    .onImages("alone, with relu", [.batchNorm, .relu]),
    .onImages("behind a convolution", [.conv(4, 3, bias: false), .batchNorm]),
    .onImages("behind a convolution with bias, with relu", [.conv(4, 3), .batchNorm, .relu, .conv(3, 3)]),
    .onImages("before a convolution", [.batchNorm, .relu, .conv(4, 3, stride: 2), .batchNorm, .relu]),
    .onImages("behind a pooling layer", [.conv(4, 3), .averagePool(size: 2, stride: 2), .batchNorm, .relu]),
    .onImages("behind a relu", [.conv(4, 3), .relu, .batchNorm, .conv(2, 1)]),
    .onImages("twice", [.conv(3, 1), .batchNorm, .batchNorm, .relu]),
    NetworkCase("behind dense layers", [.dense(9), .batchNorm, .relu, .dense(6), .batchNorm, .dense(3)]).with {
      $0.count = 13
      $0.microbatch = 13
    },
    .onImages("behind a flatten", height: 3, width: 4, channels: 2, [.flatten, .batchNorm, .relu]).with {
      $0.count = 9
      $0.microbatch = 9
    },
    .onImages("a smaller last microbatch", [.conv(4, 3), .batchNorm, .relu]).with {
      $0.count = 7
      $0.microbatch = 3
    },
    .onImages("microbatches of one", [.conv(4, 3), .batchNorm, .relu]).with {
      $0.count = 3
      $0.microbatch = 1
    },
    NetworkCase("one sample behind a dense layer", [.dense(9), .batchNorm, .relu, .dense(3)]).with {
      $0.count = 2
      $0.microbatch = 1
    },
  ]

  static let withoutParameters: [NetworkCase] = [
    NetworkCase("relu first", [.relu, .dense(3)]),
    NetworkCase("relu twice", [.dense(8), .relu, .relu, .dense(3)]),
    .onImages("relu behind a pooling layer", [.conv(4, 3), .averagePool(size: 2, stride: 2), .relu, .conv(3, 1)]),
    .onImages("max pooling 2/2", [.conv(4, 3), .maxPool(size: 2, stride: 2)]),
    .onImages("max pooling 3/2", [.conv(4, 3), .maxPool(size: 3, stride: 2), .conv(2, 1)]),
    .onImages("max pooling 2/1", [.conv(4, 3), .maxPool(size: 2, stride: 1), .conv(2, 1)]),
    .onImages("max pooling behind relu", [.conv(4, 3), .relu, .maxPool(size: 3, stride: 2), .relu, .conv(2, 1)]),
    .onImages("max pooling of an odd image", height: 7, width: 5, [.conv(3, 3), .maxPool(size: 2, stride: 2)]),
    .onImages("max pooling 3/2, padded", [.conv(4, 3), .relu, .maxPool(size: 3, stride: 2, padding: 1), .conv(2, 1)]),
    .onImages(
      "max pooling 5/3, padded, of a small image", height: 4, width: 7,
      [.conv(17, 3), .maxPool(size: 5, stride: 3, padding: 2)]),
    .onImages("downsampling", [.conv(3, 3), .downsample(channels: 5, stride: 2), .conv(2, 1)]),
    .onImages("downsampling by 3, no channels added", height: 7, [.conv(3, 3), .downsample(channels: 3, stride: 3)]),
    .onImages("downsampling first", [.downsample(channels: 4, stride: 2), .conv(2, 1)]),
    .onImages("pooling first", height: 7, [.maxPool(size: 2, stride: 1), .averagePool(size: 2, stride: 2)]),
    .onImages("average pooling 2/2", [.conv(4, 3), .relu, .averagePool(size: 2, stride: 2)]),
    .onImages("average pooling 3/2", [.conv(4, 3), .averagePool(size: 3, stride: 2), .conv(2, 1)]),
    .onImages("average pooling 2/1", [.conv(4, 3), .averagePool(size: 2, stride: 1), .conv(2, 1)]),
    .onImages("global average", [.conv(4, 3), .relu, .globalAveragePool]),
    .onImages(
      "pooling with a smaller last microbatch", [.conv(4, 3), .maxPool(size: 2, stride: 2), .globalAveragePool]
    )
    .with {
      $0.count = 7
      $0.microbatch = 3
    },
    NetworkCase("dropout first", [.dropout(rate: 0.3), .dense(3)]),
    NetworkCase("dropout behind dense", [.dense(12), .dropout(rate: 0.3), .dense(3)]),
    NetworkCase("dropout behind relu", [.dense(12), .relu, .dropout(rate: 0.5), .dense(3)]),
    NetworkCase(
      "two dropouts", [.dense(12), .relu, .dropout(rate: 0.5), .dense(9), .dropout(rate: 0.2), .relu, .dense(3)]),
    .onImages(
      "dropout behind a convolution", [.conv(4, 3), .dropout(rate: 0.25), .conv(3, 3), .relu, .dropout(rate: 0.1)]),
    .onImages("dropout behind batch norm", [.conv(4, 3), .batchNorm, .dropout(rate: 0.25), .relu]),
    .onImages("dropout behind pooling", [.conv(4, 3), .maxPool(size: 2, stride: 2), .dropout(rate: 0.25), .relu]),
    NetworkCase("dropout in a shard inside the batch", [.dense(12), .relu, .dropout(rate: 0.5), .dense(3)]).with {
      $0.first = 5
      $0.count = 7
      $0.microbatch = 3
    },
  ]

  static let residuals: [NetworkCase] = [
    .onImages("identity", [.conv(4, 3), .residual(body: [.conv(4, 3), .relu, .conv(4, 3)], shortcut: []), .relu]),
    .onImages(
      "identity behind a relu", [.conv(4, 3), .relu, .residual(body: [.conv(4, 3)], shortcut: []), .conv(2, 1)]),
    .onImages("first, identity", [.residual(body: [.conv(2, 3), .relu, .conv(2, 3)], shortcut: []), .relu]),
    .onImages(
      "first, convolution in the shortcut", [.residual(body: [.conv(4, 3)], shortcut: [.conv(4, 1)]), .relu]),
    .onImages("first, parameters in the shortcut only", [.residual(body: [.relu], shortcut: [.conv(2, 1)]), .relu]),
    .onImages(
      "convolution in the shortcut",
      [
        .conv(3, 3), .relu, .residual(body: [.conv(5, 3, stride: 2)], shortcut: [.conv(5, 1, stride: 2, padding: 0)]),
        .relu,
      ]),
    .onImages(
      "a ResNet block",
      [
        .conv(3, 3, bias: false), .batchNorm, .relu,
        .residual(
          body: [
            .conv(4, 3, stride: 2, bias: false), .batchNorm, .relu, .conv(4, 3, bias: false), .batchNorm,
          ], shortcut: [.conv(4, 1, stride: 2, padding: 0, bias: false), .batchNorm]), .relu,
        .residual(body: [.conv(4, 3, bias: false), .batchNorm, .relu, .conv(4, 3), .batchNorm], shortcut: []), .relu,
        .globalAveragePool,
      ]
    ).with { $0.count = 6 },
    .onImages(
      "a small ResNet with subsampled shortcuts", height: 7, width: 6,
      [
        .conv(3, 3, bias: false), .batchNorm, .relu,
        .residual(body: [.conv(3, 3, bias: false), .batchNorm, .relu, .conv(3, 3), .batchNorm], shortcut: []), .relu,
        .residual(
          body: [.conv(5, 3, stride: 2, bias: false), .batchNorm, .relu, .conv(5, 3, bias: false), .batchNorm],
          shortcut: [.downsample(channels: 5, stride: 2)]), .relu,
        .residual(body: [.conv(5, 3, bias: false), .batchNorm, .relu, .conv(5, 3), .batchNorm], shortcut: []), .relu,
        .globalAveragePool,
      ]
    ).with { $0.count = 6 },
    .onImages(
      "a stem and bottlenecks", height: 11, width: 12,
      [
        .conv(4, 7, stride: 2, bias: false), .batchNorm, .relu, .maxPool(size: 3, stride: 2, padding: 1),
        .residual(
          body: [
            .conv(3, 1, bias: false), .batchNorm, .relu, .conv(3, 3, bias: false), .batchNorm, .relu,
            .conv(6, 1, bias: false), .batchNorm,
          ], shortcut: [.conv(6, 1, bias: false), .batchNorm]), .relu,
        .residual(body: [.conv(3, 1, bias: false), .batchNorm, .relu, .conv(6, 1), .batchNorm], shortcut: []), .relu,
        .globalAveragePool,
      ]
    ).with { $0.count = 6 },
    .onImages(
      "batch norm last in bodies, no relu behind",
      [
        .conv(3, 3), .residual(body: [.conv(3, 3), .batchNorm], shortcut: []),
        .residual(body: [.batchNorm], shortcut: []),
        .residual(
          body: [.residual(body: [.batchNorm], shortcut: [])],
          shortcut: []), .conv(2, 1),
      ]),
    .onImages(
      "pre-activation",
      [.conv(3, 3), .residual(body: [.batchNorm, .relu, .conv(3, 3), .batchNorm, .relu, .conv(3, 3)], shortcut: [])]),
    .onImages("relu first in the body", [.conv(3, 3), .residual(body: [.relu, .conv(3, 3)], shortcut: [])]),
    .onImages("relu last in the body", [.conv(3, 3), .residual(body: [.conv(3, 3), .relu], shortcut: []), .relu]),
    .onImages(
      "relu in both branches", [.conv(3, 3), .residual(body: [.conv(3, 3), .relu], shortcut: [.relu]), .conv(2, 1)]),
    .onImages(
      "relu behind two blocks",
      [.conv(3, 3), .residual(body: [.relu], shortcut: []), .residual(body: [.conv(3, 1)], shortcut: []), .relu]),
    .onImages(
      "dropout in both branches",
      [
        .conv(3, 3),
        .residual(body: [.dropout(rate: 0.3), .conv(3, 3), .dropout(rate: 0.2)], shortcut: [.dropout(rate: 0.4)]),
        .dropout(rate: 0.1), .conv(2, 1),
      ]),
    .onImages(
      "pooling in both branches",
      [
        .conv(3, 3),
        .residual(
          body: [.conv(3, 3), .maxPool(size: 2, stride: 2)], shortcut: [.averagePool(size: 2, stride: 2), .conv(3, 1)]),
      ]),
    .onImages(
      "pooling only in the body", [.conv(3, 3), .residual(body: [.maxPool(size: 1, stride: 1)], shortcut: []), .relu]),
    .onImages("an empty body", [.conv(3, 3), .residual(body: [], shortcut: [.conv(3, 3)]), .relu, .conv(2, 1)]),
    .onImages(
      "nested, identity", [.conv(3, 3), .residual(body: [.residual(body: [.conv(3, 3)], shortcut: [])], shortcut: [])]),
    .onImages(
      "nested in both branches",
      [
        .conv(3, 3), .relu,
        .residual(
          body: [.residual(body: [.conv(3, 3), .relu], shortcut: [.conv(3, 1)]), .relu, .conv(2, 3)],
          shortcut: [.residual(body: [.relu, .conv(3, 3)], shortcut: []), .conv(2, 1)]), .relu,
      ]),
    .onImages(
      "nested first",
      [.residual(body: [.residual(body: [.conv(2, 3)], shortcut: []), .relu], shortcut: []), .conv(2, 1)]),
    NetworkCase(
      "of dense layers",
      [.dense(8), .relu, .residual(body: [.dense(8), .batchNorm, .relu, .dense(8)], shortcut: []), .relu, .dense(3)]
    ).with {
      $0.count = 9
      $0.microbatch = 9
    },
    NetworkCase("last in the network", [.dense(3), .residual(body: [.dense(3)], shortcut: [])]),
    .onImages(
      "a smaller last microbatch", [.conv(3, 3), .residual(body: [.conv(3, 3), .batchNorm], shortcut: []), .relu]
    )
    .with {
      $0.count = 7
      $0.microbatch = 3
    },
  ]
}
