import Datasets
import Models
import Records

/// The text of the Python file.
struct PyTorchProgram {
  private let description: ModelDescription
  private let file: String
  private let modules: PythonModules
  private let classes: PythonBlockClasses

  /// - Parameter file: its name.
  init(_ description: ModelDescription, file: String) throws {
    self.description = description
    self.file = file
    modules = try PythonModules(description.graph)
    classes = PythonBlockClasses(modules.blocks)
  }

  /// The file, which finds its weights under the name `weights` beside it.
  func text(weights: String) throws -> String {
    let model = try modelClass()
    let body = classes.definitions + [model]
    let bodyText = body.joined().joined(separator: "\n")
    let own = PythonLayers.Own.allCases.filter { bodyText.contains($0.rawValue + "(") }.map(PythonLayers.definition)
    var definitions = own + body + [load]
    let table = description.table.map { PythonTable($0) }
    if let table { definitions += table.definitions }
    definitions.append(main)
    let usesDictionary = bodyText.contains("OrderedDict(")
    var lines = docstring + [""] + imports(usesDictionary: usesDictionary, table: table)
    lines += [""] + constants(weights)
    if let table { lines += table.constants }
    for definition in definitions { lines += ["", ""] + definition }
    lines += ["", "", "if __name__ == \"__main__\":", "    main()"]
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: Head

  private var docstring: [String] {
    let name = String(description.name.prefix(60))
    let input = description.table == nil ? "input.npy" : "table.csv"
    let command = "python \(PythonText.shellWord(file)) \(input)"
    return [
      "\"\"\"\(PythonText.docstring(name)), trained with Isotherm \(IsothermVersion.current).", "",
      "    \(PythonText.docstring(command))", "",
    ] + explanation + ["\"\"\""]
  }

  private var explanation: [String] {
    let answer =
      switch description.answers {
      case .classes: "the most probable class of each sample, and its probability"
      case .values: "the values that the model predicts of each sample"
      }
    let samples =
      [
        "prints \(answer).",
        description.table == nil ? "Samples are \(dimensions)." : "Columns are found by their names.",
      ]
    let isNormalized = description.scale != nil
    return samples + (isNormalized ? ["Numbers are those of the data's files: normalisation is inside."] : [])
  }

  private var dimensions: String {
    let shape = description.graph.input.dimensions.map(String.init).joined(separator: ", ")
    return description.graph.input.isImage
      ? "[samples, \(shape)]: channels, rows, columns" : "[samples, \(shape)]"
  }

  private func imports(usesDictionary: Bool, table: PythonTable?) -> [String] {
    var standard = ["import csv", "import sys", "from pathlib import Path"]
    if let table { standard += table.imports }
    if usesDictionary { standard.append("from collections import OrderedDict") }
    let order = { (line: String) in (line.hasPrefix("from") ? "1" : "0") + line }
    return standard.sorted { order($0) < order($1) } + [
      "", "import numpy as np", "import torch", "from safetensors.torch import load_file", "from torch import nn",
    ]
  }

  /// Names and numbers of the data.
  private func constants(_ weights: String) -> [String] {
    var lines = PythonFile.constant(
      "WEIGHTS", .call("Path(__file__).with_name", [PythonArgument(.string(weights))]))
    let shape = description.graph.input.dimensions
    lines.append("SHAPE = (\(shape.map(String.init).joined(separator: ", "))\(shape.count == 1 ? "," : ""))")
    switch description.answers {
    case .classes(let names?): lines += PythonFile.constant("CLASSES", .list(names.map { .string($0) }, isTall: false))
    case .classes(nil): lines.append("CLASSES = list(range(\(description.outputs)))")
    case .values(let names, let scale):
      let names = names ?? (0..<description.outputs).map(String.init)
      lines += PythonFile.constant("VALUES", .list(names.map { .string($0) }, isTall: false))
      if let scale {
        lines += PythonFile.constant("MEANS", PythonFile.numbers(scale.means))
        lines += PythonFile.constant("DEVIATIONS", PythonFile.numbers(scale.deviations))
      }
    }
    if let scale = description.scale {
      if let stored = scale.stored {
        lines += PythonFile.constant("ORIGIN", PythonFile.numbers(stored.origins))
        lines += PythonFile.constant("UNIT", PythonFile.numbers(stored.units))
        if hasNoise { lines += PythonFile.constant("NOISE", PythonFile.numbers(stored.noise)) }
      }
      lines += PythonFile.constant("SCALE", PythonFile.numbers(scale.scale))
      lines += PythonFile.constant("SHIFT", PythonFile.numbers(scale.shift))
    }
    return lines
  }

  private var hasNoise: Bool { description.scale?.stored?.noise.contains { $0 > 0 } ?? false }

  // MARK: The module

  /// The class `Model`: a list of modules, with normalisation before them.
  private func modelClass() throws -> [String] {
    let (entries, isPositional, flattensFirst) = try layers()
    var lines = ["class Model(nn.Sequential):", "    def __init__(self):"]
    if isPositional && entries.count > 0 {
      lines += PythonExpression.tallCall("super().__init__", entries.map(\.module)).lines(indentation: 8)
    } else {
      lines.append("        super().__init__()")
      for entry in entries { lines += PythonFile.assignment(entry.name ?? entry.word, entry.module) }
    }
    lines += buffers
    lines += ["", "    def forward(self, x):"]
    let words = description.scale == nil ? "numbers" : "numbers of the data's files"
    let isOfClasses = if case .classes = description.answers { true } else { false }
    lines.append("        \"\"\"Makes \(isOfClasses ? "logits of" : "outputs of") \(words).\"\"\"")
    lines += normalization
    lines.append("        return super().forward(x\(flattensFirst ? ".flatten(1)" : ""))")
    return lines + ["", "    @torch.no_grad()", "    def predict(self, x):"] + prediction
  }

  /// The outermost modules; whether their names are their places, and whether an image is flattened before them.
  private func layers() throws -> (entries: [PythonEntry], isPositional: Bool, flattensFirst: Bool) {
    let network = modules.network
    func built(_ entries: [PythonEntry]) -> [PythonEntry] {
      entries.map { entry in
        var entry = entry
        entry.module = entry.module.replacingBlocks(by: classes.calls)
        return entry
      }
    }
    if let entries = try PythonModules.positional(network) { return (built(entries), true, false) }
    if network.first?.isFlatten == true, let entries = try PythonModules.positional(Array(network.dropFirst())) {
      return (built(entries), true, true)
    }
    let entries = try PythonModules.entries(network, splitsPools: true)
    return (built(PythonModules.named(entries, reserved: [])), false, false)
  }

  /// Numbers of the data as buffers, which go with the module to its device and are no part of its `state_dict`.
  private var buffers: [String] {
    let isDouble = description.scale?.stored != nil
    func buffer(_ name: String, _ constant: String, double: Bool, values: Int, isInput: Bool = true) -> [String] {
      let type = double ? ", dtype=torch.float64" : ""
      let isImage = isInput && description.graph.input.isImage && values > 1
      let tensor = "torch.tensor(\(constant)\(type))\(isImage ? ".view(-1, 1, 1)" : "")"
      return PythonExpression.call(
        "self.register_buffer",
        [
          PythonArgument(.string(name)), PythonArgument(.text(tensor)),
          PythonArgument(.text("False"), label: "persistent"),
        ]
      ).lines(indentation: 8)
    }
    func different(_ numbers: [some Equatable]) -> Int { numbers.allSatisfy { $0 == numbers[0] } ? 1 : numbers.count }
    var lines: [String] = []
    if let scale = description.scale {
      if let stored = scale.stored, isDouble {
        lines += buffer("origin", "ORIGIN", double: true, values: different(stored.origins))
        lines += buffer("unit", "UNIT", double: true, values: different(stored.units))
        if hasNoise { lines += buffer("noise", "NOISE", double: true, values: different(stored.noise)) }
      }
      lines += buffer("scale", "SCALE", double: false, values: different(scale.scale))
      lines += buffer("shift", "SHIFT", double: false, values: different(scale.shift))
    }
    if case .values(_, let scale?) = description.answers {
      lines += buffer("mean", "MEANS", double: true, values: different(scale.means), isInput: false)
      lines += buffer("deviation", "DEVIATIONS", double: true, values: different(scale.deviations), isInput: false)
    }
    return lines
  }

  private var normalization: [String] {
    guard let scale = description.scale else { return ["        x = x.float()"] }
    guard scale.stored != nil else { return ["        x = x.float() * self.scale + self.shift"] }
    var lines = ["        # Double precision: these numbers are large beside their differences."]
    lines.append("        x = x.double() - self.origin")
    if hasNoise { lines.append("        x = torch.where(x.abs() <= self.noise, 0.0, x)") }
    return lines + ["        x = (x / self.unit).float() * self.scale + self.shift"]
  }

  private var prediction: [String] {
    let shape = "[samples, \(description.outputs)]"
    var lines: [String] = []
    switch description.answers {
    case .classes: lines.append("        \"\"\"Probabilities of the classes, \(shape).\"\"\"")
    case .values: lines.append("        \"\"\"The predicted values, \(shape).\"\"\"")
    }
    lines.append("        x = torch.as_tensor(x, device=next(self.parameters()).device)")
    if description.graph.input.isImage, description.graph.input.shape.channels == 1 {
      lines += ["        if x.ndim == 3:", "            x = x.unsqueeze(1)"]
    }
    lines += [
      "        if tuple(x.shape[1:]) != SHAPE:",
      "            raise ValueError(f\"samples of {tuple(x.shape[1:])}, expected {SHAPE}\")",
    ]
    switch description.answers {
    case .classes: lines.append("        return self(x).softmax(dim=1)")
    case .values(_, nil): lines.append("        return self(x)")
    case .values: lines.append("        return self(x).double() * self.deviation + self.mean")
    }
    return lines
  }

  // MARK: Functions

  private var load: [String] {
    """
    def load(path=WEIGHTS):
        \"""The model with its weights, ready to predict.\"""
        model = Model()
        model.load_state_dict(load_file(path))
        return model.eval()
    """.lines
  }

  private var main: [String] {
    let input = description.table == nil ? "input.npy" : "table.csv"
    var lines = [
      "def main():", "    if len(sys.argv) != 2:", "        sys.exit(f\"usage: python {sys.argv[0]} \(input)\")",
    ]
    let type = description.needsDoubleInput ? "float64" : "float32"
    if description.table == nil {
      lines.append("    x = np.load(sys.argv[1])")
    } else {
      lines += [
        "    with open(sys.argv[1], newline=\"\", encoding=\"utf-8-sig\") as table:",
        "        rows = csv.DictReader(table\(description.table?.isHeaderless == true ? ", COLUMN_NAMES" : ""))",
        "        x = np.array([encode(row) for row in rows])",
      ]
    }
    lines += ["    model = load()", "    output = csv.writer(sys.stdout, lineterminator=\"\\n\")"]
    let isOfClasses = if case .classes = description.answers { true } else { false }
    lines.append("    output.writerow(\(isOfClasses ? "[\"class\", \"probability\"]" : "VALUES"))")
    lines += [
      "    for start in range(0, len(x), 256):",
      "        part = torch.from_numpy(x[start : start + 256].astype(\"\(type)\"))",
      "        for row in model.predict(part):",
    ]
    if isOfClasses {
      lines += [
        "            best = int(row.argmax())", "            output.writerow([CLASSES[best], float(row[best])])",
      ]
    } else {
      lines.append("            output.writerow(row.tolist())")
    }
    return lines
  }
}
