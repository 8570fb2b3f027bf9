import Datasets
import Foundation
import Models

extension LayerConfiguration {
  fileprivate static func conv(
    _ channels: Int, _ kernel: Int, stride: Int = 1, padding: Int = 0, bias: Bool = true
  ) -> Self {
    .conv2d(channels: channels, kernel: kernel, stride: stride, padding: padding, bias: bias)
  }

  fileprivate static func dense(_ units: Int) -> Self { .dense(units: units, bias: true) }
}

extension ExportCase {
  static let all: [ExportCase] = images + vectors + blocks + answers + presets

  private static func image(_ name: String, _ layers: [LayerConfiguration]) -> ExportCase {
    ExportCase(name, .layers(layers), .image(height: 9, width: 7, channels: 3))
  }

  private static func vector(_ name: String, _ layers: [LayerConfiguration]) -> ExportCase {
    ExportCase(name, .layers(layers), .features(6))
  }

  static let images: [ExportCase] = [
    image("conv_flatten", [.conv(4, 3, stride: 2, padding: 1), .relu, .flatten, .dense(3)]),
    image(
      "conv_norm_pool",
      [
        .conv(5, 4, padding: 1, bias: false), .batchNorm, .relu, .maxPool(size: 3, stride: 2, padding: 1), .flatten,
        .batchNorm, .dense(3),
      ]),
    image("norm_first", [.batchNorm, .conv(4, 2, stride: 3), .gelu(form: .exact), .globalAveragePool, .dense(3)]),
    image("average_pool", [.conv(4, 3), .averagePool(size: 3, stride: 2), .gelu(form: .tanh), .flatten, .dense(3)]),
    image("pools", [.maxPool(size: 2, stride: 3), .averagePool(size: 2, stride: 1), .flatten, .dense(3)]),
    image(
      "group_norm",
      [
        .conv(8, 3, padding: 1), .groupNorm(groups: 4), .relu, .groupNorm(groups: 8), .maxPool(size: 2, stride: 2),
        .groupNorm(groups: 1), .flatten, .dense(3),
      ]),
    image("layer_norm", [.conv(4, 3), .layerNorm, .relu, .flatten, .layerNorm, .dense(3)]),
    image(
      "scale_and_own_norms",
      [
        .scale(0.5), .conv(4, 2), .gelu(form: .exact), .maxPool(size: 2, stride: 2),
        .batchNorm(epsilon: 0.25, momentum: 0.4, scale: false), .flatten, .dense(units: 3, bias: false),
        .scale(1.0 / 9),
      ]),
    image("dense_on_image", [.dense(3)]),
    image("dense_inside", [.conv(4, 3), .relu, .dense(7), .relu, .dense(3)]),
    image(
      "downsample", [.downsample(channels: 8, stride: 2), .conv(3, 2), .downsample(channels: 3, stride: 3), .dense(3)]),
    image(
      "one_pixel", [.conv(4, 7), .maxPool(size: 1, stride: 3), .layerNorm, .relu, .conv(5, 1), .flatten, .dense(3)]),
    image("pool_is_output", [.conv(6, 3), .relu, .conv(3, 1), .globalAveragePool]),
    image("image_is_output", [.conv(4, 3), .relu, .conv(1, 5)]).with {
      $0.loss = .meanSquaredError
      $0.answers = .values(.identity(width: 3))
    },
    image(
      "dropouts",
      [.dropout(rate: 0.25), .conv(4, 3), .dropout(rate: 0.5), .relu, .flatten, .dropout(rate: 0), .dense(3)]),
    ExportCase(
      "one_channel", .layers([.conv(4, 3, padding: 1), .relu, .globalAveragePool, .dense(3)]),
      .image(height: 5, width: 11, channels: 1)),
  ]

  static let vectors: [ExportCase] = [
    vector("dense", [.dense(units: 9, bias: false), .relu, .dense(3)]),
    vector("norms", [.batchNorm, .dense(8), .layerNorm, .gelu(form: .exact), .dense(8), .batchNorm, .relu, .dense(3)]),
    vector("group_norm_of_vector", [.groupNorm(groups: 3), .dense(8), .relu, .groupNorm(groups: 2), .dense(3)]),
    vector("conv_on_vector", [.conv(5, 1), .relu, .conv(4, 3, padding: 1), .batchNorm, .flatten, .dense(3)]),
    vector("pool_of_vector", [.globalAveragePool, .flatten, .dense(3)]),
    vector("dropout_first", [.dropout(rate: 0.5), .dense(5), .gelu(form: .tanh), .dense(3)]),
  ]

  static let blocks: [ExportCase] = [
    image(
      "identity_shortcut",
      [
        .conv(4, 3, padding: 1), .relu, .residual(body: [.conv(4, 3, padding: 1), .batchNorm], shortcut: []), .relu,
        .flatten, .dense(3),
      ]),
    image(
      "projection",
      [
        .residual(
          body: [.relu, .conv(6, 3, stride: 2, padding: 1), .gelu(form: .exact), .conv(6, 1)],
          shortcut: [.conv(6, 1, stride: 2, bias: false), .batchNorm]), .globalAveragePool, .dense(3),
      ]),
    image(
      "option_a",
      [
        .residual(
          body: [.conv(5, 3, stride: 2, padding: 1), .batchNorm], shortcut: [.downsample(channels: 5, stride: 2)]),
        .relu, .residual(body: [.maxPool(size: 1, stride: 1)], shortcut: []), .flatten, .dense(3),
      ]),
    image(
      "nested",
      [
        .conv(4, 1),
        .residual(
          body: [
            .batchNorm, .residual(body: [.conv(4, 3, padding: 1), .relu], shortcut: [.conv(4, 1)]), .relu,
            .conv(4, 1),
          ], shortcut: []), .flatten, .dense(3),
      ]),
    image(
      "vector_and_pixel",
      [
        .residual(
          body: [.conv(4, 3), .relu, .globalAveragePool], shortcut: [.maxPool(size: 7, stride: 7), .conv(4, 1)]),
        .dense(3),
      ]),
    image(
      "layer_norm_of_pixel",
      [.conv(4, 7), .maxPool(size: 1, stride: 3), .residual(body: [.layerNorm, .dense(4)], shortcut: []), .dense(3)]),
    image(
      "dense_in_block",
      [
        .residual(body: [.conv(2, 3), .dense(6), .relu, .dense(4)], shortcut: [.globalAveragePool, .dense(4)]),
        .dense(3),
      ]),
    vector(
      "block_of_vectors",
      [.dense(8), .residual(body: [.layerNorm, .dense(16), .gelu(form: .exact), .dense(8)], shortcut: []), .dense(3)]),
  ]

  static let answers: [ExportCase] = [
    vector("values", [.dense(7), .relu, .dense(2)]).with {
      $0.loss = .meanSquaredError
      $0.answers = .values(
        TargetScale(names: ["mass, kg", "age"], means: [3.25e8, -2.5], deviations: [12_345, 0.03]))
    },
    vector("numbers_of_classes", [.dense(3)]).with { $0.loss = .meanSquaredError },
    vector("program", [.dense(7), .relu, .dense(3)]).with { $0.isOfProgram = true },
    image("images_of_program", [.conv(4, 3), .relu, .flatten, .dense(3)]).with { $0.isOfProgram = true },
    vector("odd names", [.dense(3)]).with { $0.answers = .classes(names: oddNames) },
    ExportCase("timestamps", .layers([.dense(5), .relu, .dense(3)]), .features(3)).with { test in
      test.scale = InputScale(
        scale: [1.25, 0.75, 1], shift: [0.1, -0.2, 0.5],
        stored: stored([1.7e12, 20, 4e9], [1_048_576, 1, 1], [0, 0, 0.5]))
      // Times in milliseconds, small numbers, and a constant with the noise of double precision.
      var numbers: [Double] = []
      for sample in 0..<test.samples {
        let number = Double(sample)
        numbers += [1.7e12 + 345_678.25 * number * number, 20.5 + 0.125 * number, 4e9 + 0.3 * number]
      }
      test.numbers = numbers
    },
  ]

  /// Names of classes that would end a text, a line or a list.
  static let oddNames = ["it's \"quoted\", \\ and \\n", "two\nlines\t", "größer 猫 😀 \u{202E}\u{0}\u{2028}\u{A0}\"\"\""]

  private static func stored(_ origins: [Double], _ units: [Double], _ noise: [Double]) -> StoredScale {
    let json = "{\"origins\":\(origins),\"units\":\(units),\"noise\":\(noise)}"
    // A literal of this file, whose keys the type itself names.
    return try! JSONDecoder().decode(StoredScale.self, from: Data(json.utf8))
  }
}
