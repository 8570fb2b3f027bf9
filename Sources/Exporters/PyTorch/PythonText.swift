/// Words of Python: texts and numbers as a program has them.
enum PythonText {
  /// A text in quotes: double ones, unless single ones save escapes. Whatever a reader would not see or a compiler would
  /// take for the text's end is escaped.
  static func literal(_ text: String) -> String {
    let scalars = text.unicodeScalars
    let quote: Unicode.Scalar = scalars.count { $0 == "\"" } > scalars.count { $0 == "'" } ? "'" : "\""
    let inside = scalars.map { $0 == quote ? "\\\(quote)" : escaped($0) }.joined()
    return "\(quote)\(inside)\(quote)"
  }

  /// A word of a shell's command.
  static func shellWord(_ text: String) -> String {
    let isPlain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-/+:".contains($0)) }
    return isPlain && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
  }

  /// A text inside a docstring of one line.
  static func docstring(_ text: String) -> String {
    text.unicodeScalars.map { $0 == "\"" ? "\\\"" : escaped($0) }.joined()
  }

  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\\": return "\\\\"
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    default: break
    }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: break
    case .spaceSeparator where scalar != " ": break
    default: return String(scalar)
    }
    let digits = String(scalar.value, radix: 16)
    return scalar.value <= 0xFF
      ? "\\x" + String(repeating: "0", count: 2 - digits.count) + digits
      : scalar.value <= 0xFFFF
        ? "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        : "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// Whether a text can be the name of an attribute.
  static func isIdentifier(_ text: String) -> Bool {
    guard let first = text.first, first == "_" || first.isLetter else { return false }
    return text.allSatisfy { $0.isASCII && ($0 == "_" || $0.isLetter || $0.isNumber) } && !keywords.contains(text)
  }

  private static let keywords: Set<String> = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
  ]

  /// Modules that a file of the same name would hide from itself and from PyTorch.
  static let knownModules: Set<String> = [
    "abc", "array", "ast", "bisect", "calendar", "code", "collections", "contextlib", "copy", "csv", "ctypes",
    "dataclasses", "datetime", "decimal", "email", "enum", "fractions", "functools", "glob", "gzip", "hashlib", "html",
    "http", "importlib", "inspect", "io", "itertools", "json", "logging", "math", "numbers", "numpy", "operator", "os",
    "pathlib", "pickle", "platform", "queue", "random", "re", "safetensors", "secrets", "select", "selectors", "shutil",
    "signal", "site", "socket", "statistics", "string", "struct", "subprocess", "sys", "tempfile", "textwrap",
    "threading", "time", "token", "tokenize", "torch", "traceback", "types", "typing", "uuid", "warnings", "weakref",
    "zipfile",
  ]

  /// A name of a module, and so of a file that can be imported: letters, digits and underscores, no digit first.
  static func moduleName(_ name: String) -> String {
    let word = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    let isUsable = word.contains { $0 != "_" } && !keywords.contains(word)
    let name = isUsable ? word : "model"
    if knownModules.contains(name) { return name + "_model" }
    return name.first?.isNumber == true ? "_" + name : name
  }
}
