/// Statements that several parts of a Python file write alike.
enum PythonFile {
  /// `self.NAME`, also for a name that is no word of Python.
  static func attribute(_ name: String) -> String {
    PythonText.isIdentifier(name) ? "self.\(name)" : "getattr(self, \(PythonText.literal(name)))"
  }

  /// Makes a module an attribute of `self`, in a method.
  static func assignment(_ name: String, _ module: PythonExpression) -> [String] {
    if PythonText.isIdentifier(name) { return module.lines(indentation: 8, prefix: "self.\(name) = ") }
    return PythonExpression.call("self.add_module", [PythonArgument(.string(name)), PythonArgument(module)])
      .lines(indentation: 8)
  }

  /// A constant of the module.
  static func constant(_ name: String, _ value: PythonExpression) -> [String] {
    value.lines(indentation: 0, prefix: "\(name) = ")
  }

  /// Numbers, one for all where all are equal.
  static func numbers(_ numbers: [some BinaryFloatingPoint & CustomStringConvertible]) -> PythonExpression {
    guard let first = numbers.first, numbers.contains(where: { $0 != first }) else {
      return numbers.first.map { .number($0) } ?? .list([], isTall: false)
    }
    return .list(numbers.map { .number($0) }, isTall: false)
  }
}
