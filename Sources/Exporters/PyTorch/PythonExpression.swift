/// An expression of Python, and how it is broken into lines of at most 88 columns, as the formatter Black breaks them.
indirect enum PythonExpression: Equatable {
  /// Anything that stays on its line.
  case text(String)
  /// A number of a layer, which a class of blocks may make a parameter.
  case integer(Int, Role)
  /// A call of a function or class.
  case call(String, [PythonArgument])
  /// Values in brackets; one on each line where it is `isTall`.
  case list([PythonExpression], isTall: Bool)
  /// A residual block, by its number among those that become classes.
  case block(Int)

  /// What a number of a layer says: what its parameter is called.
  enum Role: String { case inputs, channels, kernel, stride, padding, groups }

  static func string(_ text: String) -> PythonExpression { .text(PythonText.literal(text)) }
  static func number(_ number: some BinaryFloatingPoint & CustomStringConvertible) -> PythonExpression {
    .text(number.description)
  }
  /// A pair in parentheses.
  static func pair(_ first: PythonExpression, _ second: PythonExpression) -> PythonExpression {
    .call("", [PythonArgument(first), PythonArgument(second)])
  }
  /// Modules one after the other, each on a line of its own.
  static func tallCall(_ name: String, _ values: [PythonExpression]) -> PythonExpression {
    .call(name, values.map { PythonArgument($0, isTall: true) })
  }

  static let columns = 88

  // MARK: Text

  /// On one line.
  var flat: String {
    switch self {
    case .text(let text): text
    case .integer(let integer, _): String(integer)
    case .call(let name, let arguments): "\(name)(\(arguments.map(\.flat).joined(separator: ", ")))"
    case .list(let values, _): "[\(values.map(\.flat).joined(separator: ", "))]"
    case .block(let number): preconditionFailure("block \(number) has no class yet")
    }
  }

  /// Whether some part of it has a line for each of its values.
  private var isTall: Bool {
    switch self {
    case .text, .integer, .block: false
    case .call(_, let arguments): arguments.contains { $0.isTall || $0.value.isTall }
    case .list(let values, let isTall): isTall && !values.isEmpty || values.contains(where: \.isTall)
    }
  }

  /// As lines.
  ///
  /// - Parameters:
  ///   - prefix: what stands before it on its line, such as `x = `; without indentation.
  ///   - suffix: what stands behind it.
  func lines(indentation: Int, prefix: String = "", suffix: String = "") -> [String] {
    let blank = String(repeating: " ", count: indentation)
    let line = blank + prefix + flat + suffix
    if !isTall && line.count <= Self.columns { return [line] }
    let (open, parts, close): (String, [PythonArgument], String)
    switch self {
    case .text, .integer, .block: return [line]
    case .call(let name, let arguments): (open, parts, close) = (name + "(", arguments, ")")
    case .list(let values, _): (open, parts, close) = ("[", values.map { PythonArgument($0) }, "]")
    }
    var lines = [blank + prefix + open]
    let inner = blank + "    " + parts.map(\.flat).joined(separator: ", ")
    // Several values of a list or tuple never share a line of their own.
    let isEachAlone =
      switch self {
      case .list(_, let isTall): isTall || parts.count > 1
      case .call(let name, _): name.isEmpty || parts.contains { $0.isTall }
      default: false
      }
    if !isEachAlone && parts.count == 1 && (isTall || inner.count > Self.columns) {
      // A single value in brackets of its own takes no comma where it is all there is.
      lines += parts[0].lines(indentation: indentation + 4, suffix: "")
    } else if !isTall && !isEachAlone && inner.count <= Self.columns {
      lines.append(inner)
    } else {
      for part in parts { lines += part.lines(indentation: indentation + 4, suffix: ",") }
    }
    return lines + [blank + close + suffix]
  }

  // MARK: Parameters

  /// Its layers' numbers, in order.
  var integers: [(value: Int, role: Role)] {
    switch self {
    case .text, .block: []
    case .integer(let value, let role): [(value, role)]
    case .call(_, let arguments): arguments.flatMap(\.value.integers)
    case .list(let values, _): values.flatMap(\.integers)
    }
  }

  /// The same with texts in the place of the layers' numbers, taken from the front of `texts`.
  func replacingIntegers(by texts: inout ArraySlice<String>) -> PythonExpression {
    switch self {
    case .text, .block: return self
    case .integer: return .text(texts.removeFirst())
    case .call(let name, let arguments):
      return .call(
        name,
        arguments.map { argument in
          var argument = argument
          argument.value = argument.value.replacingIntegers(by: &texts)
          return argument
        })
    case .list(let values, let isTall):
      return .list(values.map { $0.replacingIntegers(by: &texts) }, isTall: isTall)
    }
  }

  /// The same with calls in the place of blocks.
  func replacingBlocks(by calls: [PythonExpression]) -> PythonExpression {
    switch self {
    case .text, .integer: return self
    case .block(let number): return calls[number]
    case .call(let name, let arguments):
      return .call(
        name,
        arguments.map { argument in
          var argument = argument
          argument.value = argument.value.replacingBlocks(by: calls)
          return argument
        })
    case .list(let values, let isTall): return .list(values.map { $0.replacingBlocks(by: calls) }, isTall: isTall)
    }
  }
}

/// A value that a call takes, by place or by name.
struct PythonArgument: Equatable {
  var label: String?
  var value: PythonExpression
  /// Whether it and its neighbours have a line each.
  var isTall: Bool

  init(_ value: PythonExpression, label: String? = nil, isTall: Bool = false) {
    self.label = label
    self.value = value
    self.isTall = isTall
  }

  private var prefix: String { label.map { $0 + "=" } ?? "" }
  var flat: String { prefix + value.flat }

  func lines(indentation: Int, suffix: String) -> [String] {
    value.lines(indentation: indentation, prefix: prefix, suffix: suffix)
  }
}
