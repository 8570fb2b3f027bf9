import Models

/// A module at its place below a container.
struct PythonItem {
  enum Module {
    case layer(PythonExpression)
    /// One module of a file's own, or two of PyTorch's, as names allow.
    case globalAveragePool
    case container([PythonItem])
  }

  /// Names from the container down to the module, such as ["layer1", "0", "conv1"]; none for a module without tensors.
  var path: [String]
  var module: Module
  /// What it may be called where nothing names it.
  var word: String

  var isReLU: Bool { if case .layer(.text("nn.ReLU()")) = module { true } else { false } }
  var isFlatten: Bool { if case .layer(.text("nn.Flatten()")) = module { true } else { false } }
}

/// A module with its name in a container.
struct PythonEntry: Equatable {
  var name: String?
  var word: String
  var module: PythonExpression
}

/// A network as a tree of PyTorch's modules whose `state_dict` has the names that files have.
///
/// Lists of layers become `nn.Sequential`, where a module's name is its place, as layers written in a config have it. A
/// preset's names (torchvision's) are attributes, and a residual block with such names becomes a class: blocks of the same
/// structure share one, and numbers in which they differ are its parameters.
struct PythonModules {
  /// The outermost list.
  private(set) var network: [PythonItem] = []
  /// Blocks that become classes.
  private(set) var blocks: [PythonBlock] = []

  /// - Throws: `ModelError` where two tensors cannot have the names that they have.
  init(_ graph: NetworkGraph) throws(ModelError) {
    network = try withClasses(Self.grouped(items(graph.steps)))
  }

  /// The same with a class for each container whose modules have names, with the ReLU behind it where there is one.
  private mutating func withClasses(_ items: [PythonItem]) throws(ModelError) -> [PythonItem] {
    var result: [PythonItem] = []
    var index = 0
    while index < items.count {
      var item = items[index]
      index += 1
      if case .container(let inner) = item.module, try Self.positional(inner) == nil {
        let hasReLU = index < items.count && items[index].isReLU
        if hasReLU { index += 1 }
        let body = Self.named(try Self.entries(inner, splitsPools: false), reserved: [])
        blocks.append(PythonBlock(body: body, shortcut: nil, hasReLU: hasReLU))
        item.module = .layer(.block(blocks.count - 1))
      }
      result.append(item)
    }
    return result
  }

  // MARK: From steps to modules

  private mutating func items(_ steps: [GraphStep]) throws(ModelError) -> [PythonItem] {
    var items: [PythonItem] = []
    var index = 0
    while index < steps.count {
      let step = steps[index]
      index += 1
      switch step.work {
      case .function(.globalAveragePool):
        items.append(PythonItem(path: [], module: .globalAveragePool, word: "avgpool"))
      case .function(let function):
        let (module, word) = PythonLayers.module(function, step)
        let path = step.tensors.isEmpty ? [] : Self.components(step.name)
        items.append(PythonItem(path: path, module: .layer(module), word: word))
      case .sum(let branches):
        let isReLUNext = index < steps.count && steps[index].isReLU
        let (item, takesReLU) = try residual(step, branches, isReLUNext: isReLUNext)
        items.append(item)
        if takesReLU { index += 1 }
      }
    }
    return items
  }

  /// A residual block: a `Residual` of two lists, or where its layers have names of their own, a class.
  private mutating func residual(
    _ step: GraphStep, _ branches: [[GraphStep]], isReLUNext: Bool
  ) throws(ModelError) -> (item: PythonItem, takesReLU: Bool) {
    precondition(branches.count == 2, "a block of \(branches.count) branches")
    let prefix = Self.prefix(step)
    let path = step.tensors.isEmpty ? [] : prefix
    func inside(_ items: [PythonItem]) -> [PythonItem] {
      items.map { item in
        var item = item
        item.path = Array(item.path.dropFirst(prefix.count))
        return item
      }
    }
    let body = try Self.grouped(inside(items(branches[0])))
    let shortcut = try Self.grouped(inside(items(branches[1])))
    if let bodyList = Self.list(body, named: "body"), let shortcutList = Self.list(shortcut, named: "shortcut") {
      let lists = [bodyList] + (shortcut.isEmpty ? [] : [shortcutList])
      let module = PythonExpression.tallCall("Residual", try Self.sequences(lists))
      return (PythonItem(path: path, module: .layer(module), word: "residual"), false)
    }
    let block = PythonBlock(
      body: Self.named(try Self.entries(body, splitsPools: false), reserved: []),
      shortcut: try Self.entries(shortcut, splitsPools: false), hasReLU: isReLUNext)
    blocks.append(block)
    return (PythonItem(path: path, module: .layer(.block(blocks.count - 1)), word: "block"), isReLUNext)
  }

  /// What the names of all modules of a block begin with.
  private static func prefix(_ step: GraphStep) -> [String] {
    let own = components(step.name)
    let modules = step.tensors.map { Array(components($0.name).dropLast()) }
    guard let first = modules.first, !modules.allSatisfy({ $0.count > own.count && $0.starts(with: own) }) else {
      return own
    }
    var prefix = Array(first.dropLast())
    while !modules.allSatisfy({ $0.count > prefix.count && $0.starts(with: prefix) }) { prefix.removeLast() }
    return prefix
  }

  /// The list that a branch is, where its modules lie below a module of this name, or have no names.
  private static func list(_ branch: [PythonItem], named name: String) -> [PythonItem]? {
    let named = branch.filter { !$0.path.isEmpty }
    if named.isEmpty { return branch }
    guard branch.allSatisfy({ $0.path.isEmpty || $0.path == [name] }), named.count == 1,
      case .container(let items) = named[0].module
    else { return nil }
    // What has no name stands before or behind what has.
    guard let place = branch.firstIndex(where: { !$0.path.isEmpty }) else { return nil }
    return Array(branch[..<place]) + items + Array(branch[(place + 1)...])
  }

  private static func components(_ name: String) -> [String] { name.split(separator: ".").map(String.init) }

  // MARK: From modules to containers

  /// The same with neighbours that share the first of several names in a container of that name.
  private static func grouped(_ items: [PythonItem]) throws(ModelError) -> [PythonItem] {
    var groups: [PythonItem] = []
    var index = 0
    while index < items.count {
      let item = items[index]
      guard item.path.count > 1 else {
        groups.append(item)
        index += 1
        continue
      }
      let name = item.path[0]
      func isInside(_ other: PythonItem) -> Bool { other.path.count > 1 && other.path[0] == name }
      let end = items[index...].firstIndex { !$0.path.isEmpty && !isInside($0) } ?? items.count
      let last = items[index..<end].lastIndex(where: isInside) ?? index
      let inner = items[index...last].map { item in
        var item = item
        item.path = Array(item.path.dropFirst())
        return item
      }
      groups.append(PythonItem(path: [name], module: .container(try grouped(inner)), word: name))
      index = last + 1
    }
    let names = groups.flatMap(\.path)
    guard Set(names).count == names.count else {
      throw ModelError(
        path: "model.layers",
        message: "layers of the same name stand apart (\(names.joined(separator: ", "))), which no PyTorch module can "
          + "hold; export onnx, or the weights alone (safetensors, npz)")
    }
    return groups
  }

  /// The modules of a list in order, with the names that they have.
  static func entries(_ items: [PythonItem], splitsPools: Bool) throws(ModelError) -> [PythonEntry] {
    var entries: [PythonEntry] = []
    for item in items {
      let name = item.path.first
      switch item.module {
      case .layer(let module): entries.append(PythonEntry(name: name, word: item.word, module: module))
      case .container(let inner):
        entries.append(PythonEntry(name: name, word: item.word, module: try sequence(inner)))
      case .globalAveragePool where splitsPools:
        entries += PythonLayers.globalAveragePool.map { PythonEntry(name: nil, word: $0.word, module: $0.module) }
      case .globalAveragePool:
        let module = PythonExpression.text(PythonLayers.Own.globalAveragePool.rawValue + "()")
        entries.append(PythonEntry(name: nil, word: "avgpool", module: module))
      }
    }
    return entries
  }

  /// The modules of a list so that each stands at the place that is its name; `nil` where that cannot be.
  static func positional(_ items: [PythonItem]) throws(ModelError) -> [PythonEntry]? {
    for splitsPools in [true, false] {
      let entries = try entries(items, splitsPools: splitsPools)
      if entries.indices.allSatisfy({ entries[$0].name == nil || entries[$0].name == String($0) }) { return entries }
    }
    return nil
  }

  /// Modules with a name each; equal modules without tensors share one.
  static func named(_ entries: [PythonEntry], reserved: [String]) -> [PythonEntry] {
    var taken = Set(reserved + entries.compactMap(\.name))
    return entries.map { entry in
      var entry = entry
      if entry.name == nil {
        let most = entries.count + reserved.count + 2
        let candidates = [entry.word] + (2...most).map { entry.word + String($0) }
        let name = candidates.first { !taken.contains($0) } ?? entry.word
        taken.insert(name)
        entry.name = name
      }
      return entry
    }
  }

  private static func sequences(_ lists: [[PythonItem]]) throws(ModelError) -> [PythonExpression] {
    var sequences: [PythonExpression] = []
    for list in lists { sequences.append(try sequence(list)) }
    return sequences
  }

  /// A list as `nn.Sequential`.
  static func sequence(_ items: [PythonItem]) throws(ModelError) -> PythonExpression {
    if let entries = try positional(items) { return .tallCall("nn.Sequential", entries.map(\.module)) }
    let entries = named(try entries(items, splitsPools: true), reserved: [])
    let pairs = entries.map { PythonExpression.pair(.string($0.name ?? $0.word), $0.module) }
    let dictionary = PythonExpression.call("OrderedDict", [PythonArgument(.list(pairs, isTall: true))])
    return .call("nn.Sequential", [PythonArgument(dictionary)])
  }
}

extension GraphStep {
  fileprivate var isReLU: Bool { if case .function(.relu) = work { true } else { false } }
}
