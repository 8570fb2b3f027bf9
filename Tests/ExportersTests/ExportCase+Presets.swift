import Configuration
import Datasets
import Models

extension ExportCase {
  /// Every preset by name, and what its config says beside it.
  static let presetCases: [(name: String, keys: String)] =
    [
      ("mlp", #""hidden": [12, 9]"#), ("lenet", ""), ("logistic", ""), ("resnet18", ""), ("resnet34", ""),
      ("resnet50", ""), ("resnet20", #""shortcut": "B""#), ("airbench94", #""widths": [6, 8, 10]"#),
    ] + [20, 32, 44, 56, 110].flatMap { [("resnet\($0)", ""), ("plain\($0)", "")] }

  static let presets: [ExportCase] = presetCases.map { name, keys in
    let isLarge = ["resnet18", "resnet34", "resnet50"].contains(name)
    let isResidual = name.hasPrefix("resnet")
    // Sizes that do not halve evenly.
    let shape: SampleShape =
      switch name {
      case "airbench94": .image(height: 26, width: 29, channels: 3)
      case _ where isLarge: .image(height: 64, width: 50, channels: 3)
      default: .image(height: 17, width: 22, channels: 3)
      }
    let suffix = keys.contains("B") ? "_B" : ""
    return ExportCase("preset_" + name + suffix, model(name, keys), shape).with {
      $0.samples = 3
      $0.answers = .classes(names: (0..<10).map { "class \($0)" })
      if isResidual { $0.gamma = 0.1...0.4 }
    }
  }

  private static func model(_ name: String, _ keys: String) -> ModelConfiguration {
    let more = keys.isEmpty ? "" : ", " + keys
    let json = #"{ "data": { "dataset": "digits" }, "model": { "preset": "\#(name)"\#(more) } }"#
    // A config that the list above writes.
    return try! RunConfiguration.decode(json, file: "preset.json").model
  }
}
