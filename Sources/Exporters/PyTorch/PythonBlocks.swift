/// Some layers with names of their own: modules that are attributes, one after the other; in a residual block with a
/// shortcut around them.
struct PythonBlock {
  /// Each with a name.
  var body: [PythonEntry]
  /// What is added: empty for the block's input, `nil` for nothing.
  var shortcut: [PythonEntry]?
  /// Whether max(0, ·) comes last.
  var hasReLU: Bool

  init(body: [PythonEntry], shortcut: [PythonEntry]?, hasReLU: Bool) {
    self.body = body
    self.hasReLU = hasReLU
    self.shortcut = shortcut.map { PythonModules.named($0, reserved: body.compactMap(\.name)) }
  }

  /// What its class is called.
  var word: String { shortcut == nil ? "Layers" : shortcut == [] ? "Block" : "DownBlock" }

  /// The modules to make, equal ones without tensors once, and what each entry is called then.
  private func modules() -> (made: [PythonEntry], names: [String: String]) {
    var made: [PythonEntry] = []
    var names: [String: String] = [:]
    let relu = hasReLU ? [PythonEntry(name: "relu", word: "relu", module: .text("nn.ReLU()"))] : []
    for entry in body + (shortcut ?? []) + relu {
      let name = entry.name ?? entry.word
      if case .text = entry.module, let same = made.first(where: { $0.module == entry.module }) {
        names[name] = same.name ?? same.word
      } else {
        made.append(entry)
        names[name] = name
      }
    }
    return (made, names)
  }

  /// What tells its class from others: all but the layers' numbers.
  var signature: String {
    let (made, names) = modules()
    let texts = made.map { entry in
      var blanks = Array(repeating: "#", count: entry.module.integers.count)[...]
      return "\(entry.name ?? "") = \(entry.module.replacingIntegers(by: &blanks).flat)"
    }
    return (texts + forward(names)).joined(separator: "\n")
  }

  /// The layers' numbers, in the order of the signature's blanks.
  var integers: [(value: Int, role: PythonExpression.Role)] { modules().made.flatMap(\.module.integers) }

  /// The class with texts in the place of numbers.
  func definition(_ name: String, parameters: [String], numbers: [String]) -> [String] {
    let (made, names) = modules()
    var rest = numbers[...]
    var lines = ["class \(name)(nn.Module):"]
    lines.append("    \"\"\"\(about)\"\"\"")
    lines += ["", "    def __init__(\((["self"] + parameters).joined(separator: ", "))):"]
    lines.append("        super().__init__()")
    for entry in made {
      let module = entry.module.replacingIntegers(by: &rest)
      lines += PythonFile.assignment(entry.name ?? entry.word, module)
    }
    lines += ["", "    def forward(self, x):"]
    return lines + forward(names).map { "        " + $0 }
  }

  private var about: String {
    let end = hasReLU ? ", then ReLU." : "."
    guard let shortcut else { return "Some layers, one after the other" + end }
    return (shortcut.isEmpty ? "Some layers, and their input added" : "Some layers, and a shortcut around them added")
      + end
  }

  private func forward(_ names: [String: String]) -> [String] {
    func call(_ entry: PythonEntry, _ x: String) -> String {
      let name = entry.name ?? entry.word
      return "\(PythonFile.attribute(names[name] ?? name))(\(x))"
    }
    var lines: [String] = []
    var y = "x"
    for entry in body {
      lines.append("y = \(call(entry, y))")
      y = "y"
    }
    var sum = y
    if let shortcut {
      if shortcut.count > 1 { lines += shortcut.map { "x = \(call($0, "x"))" } }
      sum += " + " + (shortcut.count == 1 ? call(shortcut[0], "x") : "x")
    }
    return lines + ["return " + (hasReLU ? "self.\(names["relu"] ?? "relu")(\(sum))" : sum)]
  }
}

/// The classes of a network's blocks, and for each block the call that makes it.
struct PythonBlockClasses {
  private(set) var definitions: [[String]] = []
  private(set) var calls: [PythonExpression]

  init(_ blocks: [PythonBlock]) {
    calls = Array(repeating: .text(""), count: blocks.count)
    let signatures = blocks.map(\.signature)
    var seen: Set<String> = []
    var words: [String: Int] = [:]
    for signature in signatures where seen.insert(signature).inserted {
      let members = blocks.indices.filter { signatures[$0] == signature }
      let first = blocks[members[0]]
      let word = first.word
      words[word, default: 0] += 1
      let name = word + (words[word] == 1 ? "" : "\(words[word] ?? 0)")
      let integers = members.map { blocks[$0].integers }
      // A column for each number; equal columns are one parameter.
      var parameters: [(column: [Int], name: String)] = []
      let columns = integers[0].indices.map { place in integers.map { $0[place].value } }
      let varying = Set(columns.filter { Set($0).count > 1 })
      let numbers = integers[0].indices.map { place -> String in
        let column = columns[place]
        if Set(column).count == 1 { return String(column[0]) }
        if let known = parameters.first(where: { $0.column == column }) { return known.name }
        // One number for all is that of channels.
        let role = varying.count == 1 && integers[0][place].role == .inputs ? .channels : integers[0][place].role
        let name = Self.parameter(role, besides: parameters.map(\.name))
        parameters.append((column, name))
        return name
      }
      definitions.append(first.definition(name, parameters: parameters.map(\.name), numbers: numbers))
      for (row, member) in members.enumerated() {
        calls[member] = .call(name, parameters.map { PythonArgument(.text(String($0.column[row]))) })
      }
    }
  }

  private static func parameter(_ role: PythonExpression.Role, besides taken: [String]) -> String {
    let candidates = role == .channels ? ["channels", "outputs"] : [role.rawValue]
    return (candidates + (2...99).map { "\(role.rawValue)\($0)" }).first { !taken.contains($0) } ?? role.rawValue
  }
}
