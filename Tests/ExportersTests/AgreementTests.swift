import Configuration
import Coordinator
import Datasets
import Exporters
import Foundation
import JSON
import Models
import Records
import TestSupport
import Testing

@Suite(
  "Exported models",
  .enabled(
    if: Program.pythonHas("numpy", "onnx", "onnxruntime", "safetensors", "torch"),
    "Python has no numpy, onnx, onnxruntime, safetensors and torch to compare with"))
struct AgreementTests {
  /// Probabilities, and values in units of their deviation.
  private static let tolerance = 1e-5

  private func expectAgreement(_ result: Comparison.Result) {
    let onnx = result.onnx?.isAtMost(Self.tolerance) == true
    #expect(onnx, "ONNX Runtime differs from predict by \(result.onnx?.description ?? "nothing")")
    let pytorch = result.pytorch?.isAtMost(Self.tolerance) == true
    #expect(pytorch, "PyTorch differs from predict by \(result.pytorch?.description ?? "nothing")")
    if let logits = result.logits {
      // The sums of a hundred layers in other orders.
      let isClose = logits.isAtMost(2e-4)
      #expect(isClose, "logits of ONNX Runtime and PyTorch differ by \(logits)")
    }
    let alone = result.alone?.isAtMost(Self.tolerance) == true
    #expect(alone, "one sample alone differs from itself among others by \(result.alone?.description ?? "nothing")")
    #expect(result.missing == [], "names that state_dict and file do not share")
    #expect(result.arrays == [] && result.equal == true, "arrays of NumPy and tensors of the file differ")
    // Where Black is installed beside the others.
    #expect(result.isBlack == true && result.hasTrailingBlanks == false)
  }

  @Test("of every layer and preset give what predict gives, in ONNX Runtime and PyTorch", arguments: ExportCase.all)
  func cases(test: ExportCase) throws {
    expectAgreement(try Comparison.result(test.name))
  }

  @Test(
    "that were trained on real samples give what predict gives of them",
    arguments: TrainedCase.all.filter { $0.data == nil })
  func trained(test: TrainedCase) throws {
    expectAgreement(try Comparison.result(test.name))
  }

  @Test(
    "that were trained on MNIST do so too",
    .enabled(if: RealData.mnist != nil, "MNIST is neither in ISOTHERM_DATA nor in ../shared/data"))
  func mnist() throws { expectAgreement(try Comparison.result("mnist_lenet")) }

  @Test(
    "that were trained on CIFAR-10 do so too",
    .enabled(if: RealData.cifar10 != nil, "CIFAR-10 is neither in ISOTHERM_DATA nor in ../shared/data"))
  func cifar10() throws { expectAgreement(try Comparison.result("cifar10_resnet20")) }

  @Test("have the outputs that tell what they are, and any number of samples")
  func outputs() throws {
    let classes = try Comparison.result("preset_lenet")
    #expect(classes.outputs == ["logits", "probabilities"])
    #expect(classes.inputType == "tensor(float)" && classes.inputShape == ["batch", "3", "17", "22"])
    let values = try Comparison.result("values")
    #expect(values.outputs == ["values"] && values.inputShape == ["batch", "6"])
    #expect(values.names == .texts(["mass, kg", "age"]))
    #expect(try Comparison.result("numbers_of_classes").outputs == ["values"])
    // Milliseconds since 1970 are more than a float holds.
    #expect(try Comparison.result("timestamps").inputType == "tensor(double)")
  }

  @Test("carry names of any letters")
  func names() throws {
    let result = try Comparison.result("odd names")
    #expect(result.names == .texts(ExportCase.oddNames))
    let metadata = try #require(result.metadata?["classes"])
    #expect(try JSONDecoder().decode([String].self, from: Data(metadata.utf8)) == ExportCase.oddNames)
    let text = try #require(result.texts?["classes"])
    #expect(try JSONDecoder().decode([String].self, from: Data(text.utf8)) == ExportCase.oddNames)
  }

  @Test("carry config, preprocessing and version")
  func metadata() throws {
    let result = try Comparison.result("table")
    for texts in [try #require(result.metadata), try #require(result.texts)] {
      let configuration = try RunConfiguration.decode(try #require(texts["isotherm.config"]), file: "metadata")
      #expect(configuration.name == "table")
      let preprocessing = try JSONText.state(
        Preprocessing.self, from: try #require(texts["isotherm.preprocessing"]))
      #expect(preprocessing.answers == .classes(names: ["high", "low"]))
      #expect(texts["isotherm.version"] == IsothermVersion.current)
    }
    let inputs = try #require(result.metadata?["inputs"])
    #expect(inputs.contains("colour = red") && inputs.contains("size is missing"))
  }

  @Test("of a program's own samples say nothing of names, and nothing of data")
  func ofProgram() throws {
    let result = try Comparison.result("program")
    #expect(result.names == .numbers([0, 1, 2]))
    #expect(result.metadata?["classes"] == nil && result.metadata?["isotherm.preprocessing"] == nil)
  }

  @Test("are programs that print a class for each sample, or its values")
  func programs() throws {
    let digits = try Comparison.result("digits_mlp")
    #expect(digits.error == "")
    let printed = try #require(digits.printed)
    #expect(printed.count == 65 && printed[0] == ["class", "probability"])
    #expect(printed.dropFirst().allSatisfy { $0.count == 2 && Int($0[0]) != nil && Double($0[1]) ?? 2 <= 1 })
    let table = try #require(try Comparison.result("table").printed)
    #expect(table.count == 121 && Set(table.dropFirst().map { $0[0] }) == ["high", "low"])
    let values = try #require(try Comparison.result("table_of_values").printed)
    #expect(values.count == 121 && values[0] == ["value"])
  }

  @Test("are short in Python: a list of modules, with a class for each kind of block")
  func readable() throws {
    for stem in ["preset_mlp", "preset_lenet", "preset_resnet110", "projection", "nested"] {
      #expect(try Comparison.result(stem).modules == "Sequential", "\(stem)")
    }
    #expect(try Comparison.result("preset_resnet20").classes == 2)
    // With and without a projection; the first group's projection has no stride.
    #expect(try Comparison.result("preset_resnet50").classes == 3)
    #expect(try Comparison.result("preset_resnet18").classes == 2)
    let lines = try #require(try Comparison.result("preset_resnet50").lines)
    #expect(lines < 200)
    #expect(try Comparison.result("preset_plain110").lines ?? 999 < 200)
  }
}
