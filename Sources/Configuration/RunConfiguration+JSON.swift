import Keys

public import Foundation

extension RunConfiguration {
  /// Reads a config.
  ///
  /// The text is JSON that may have comments and trailing commas. All mistakes are found before the error is thrown.
  /// - Parameters:
  ///   - file: Names the config in messages; its base name is the default of `name`.
  ///   - overrides: Applied in this order, so that later ones win.
  public static func decode(
    _ text: String, file: String, overrides: [Override] = []
  ) throws(ConfigurationError) -> RunConfiguration {
    var root: JSONValue
    do {
      root = try JSONValue(parsing: text)
    } catch {
      throw ConfigurationError(origin: file, "\(error)")
    }
    var applied: [(path: String, override: Override)] = []
    var misplaced: [ConfigurationError.Issue] = []
    for override in overrides {
      do throws(ConfigurationError) {
        applied.append((try override.apply(to: &root, shortKey: shortKey), override))
      } catch {
        misplaced += error.issues
      }
    }
    let findings = Findings(
      file: file, overrides: applied, issues: misplaced, synonyms: Synonyms.names, keyPaths: { keyPaths })
    let format = format(defaultName: defaultName(ofFile: file))
    let run = format.read(root, Place(path: "", findings: findings))
    guard let run, findings.issues.isEmpty else { throw ConfigurationError(issues: findings.issues) }
    return run
  }

  /// A longer text is no config.
  package static let mostBytes = 1 << 20

  /// Reads a config from bytes of UTF-8, or of UTF-16 as some editors save it, at most 1 MiB; see
  /// ``decode(_:file:overrides:)-(String,_,_)``.
  public static func decode(
    _ data: Data, file: String, overrides: [Override] = []
  ) throws(ConfigurationError) -> RunConfiguration {
    guard data.count <= mostBytes else {
      throw ConfigurationError(origin: file, "longer than 1 MiB, which no config is")
    }
    guard let text = text(of: Array(data)) else {
      throw ConfigurationError(origin: file, notText(Array(data)))
    }
    return try decode(text, file: file, overrides: overrides)
  }

  /// `nil` where the bytes are no text. UTF-16 is told by its byte order mark, or by the zero beside the first letter:
  /// a config begins with an ASCII character.
  private static func text(of bytes: [UInt8]) -> String? {
    let isBigEndian = bytes.starts(with: [0xFE, 0xFF]) || bytes.count > 1 && bytes[0] == 0 && bytes[1] != 0
    let isLittleEndian = bytes.starts(with: [0xFF, 0xFE]) || bytes.count > 1 && bytes[0] != 0 && bytes[1] == 0
    guard isBigEndian || isLittleEndian else { return String(validating: bytes, as: UTF8.self) }
    guard bytes.count.isMultiple(of: 2) else { return nil }
    let units = stride(from: 0, to: bytes.count, by: 2).map { place in
      let (first, second) = (UInt16(bytes[place]), UInt16(bytes[place + 1]))
      return isBigEndian ? first << 8 | second : second << 8 | first
    }
    return String(validating: units.first == 0xFEFF ? units[1...] : units[...], as: UTF16.self)
  }

  /// What bytes that are no text are, and where that shows.
  private static func notText(_ bytes: [UInt8]) -> String {
    if bytes.contains(0) { return "no text, but a binary file; a config is JSON in UTF-8" }
    // The longest valid beginning: a character has at most four bytes.
    var (valid, end) = (0, bytes.count)
    while valid < end {
      let middle = (valid + end + 1) / 2
      let isValid = (0...3).contains { cut in
        middle >= cut && String(validating: bytes[..<(middle - cut)], as: UTF8.self) != nil
      }
      if isValid { valid = middle } else { end = middle - 1 }
    }
    while valid > 0, String(validating: bytes[..<valid], as: UTF8.self) == nil { valid -= 1 }
    let line = 1 + bytes[..<valid].count { $0 == UInt8(ascii: "\n") }
    let byte = valid < bytes.count ? String(bytes[valid], radix: 16, uppercase: true) : "?"
    return "line \(line): the byte 0x\(byte) is not UTF-8; save the config as UTF-8"
  }

  /// Reads the config in the file at `path`, of at most 1 MiB.
  public static func decode(
    contentsOf path: String, overrides: [Override] = []
  ) throws(ConfigurationError) -> RunConfiguration {
    let data: Data
    do {
      let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      data = try file.read(upToCount: mostBytes + 1) ?? Data()
    } catch {
      let reason = (error as NSError).localizedFailureReason ?? error.localizedDescription
      throw ConfigurationError(origin: path, "cannot be read: \(reason)")
    }
    return try decode(data, file: path, overrides: overrides)
  }

  /// The config with every default filled in, as JSON; `decode` makes the same config of it.
  ///
  /// Keys are sorted. What follows from the model or the machine (`batch.shards` where it was left out, say) stays
  /// left out.
  public func json() -> String {
    Self.format(defaultName: name).write(self).text + "\n"
  }

  /// The JSON Schema (draft 2020-12) of a config, as JSON: made of the same declarations that `decode` follows.
  public static func schema() -> String {
    JSONValue.object(schemaObject).text + "\n"
  }

  /// Finds the mistakes of a config that was made in Swift, which `decode` would have found in a file.
  public func validate() throws(ConfigurationError) {
    _ = try Self.decode(json(), file: name)
  }

  private static var schemaObject: [String: JSONValue] {
    let definitions = SchemaDefinitions()
    var schema = format(defaultName: "").schema(definitions)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Isotherm config"
    schema["$defs"] = .object(definitions.definitions)
    return schema
  }

  /// The key that a string or a number at `path` stands for, where an object may be there as well.
  private static func shortKey(_ path: [String]) -> String? {
    format(defaultName: "").members?.section().shortKey(at: path)
  }

  /// The path of the key that a name stands for that is none here: `lr` is `learningRate.reference`.
  package static func suggestion(for name: String) -> String? {
    let section = format(defaultName: "").members?.section()
    let own = (section?.properties ?? []).map(\.name) + ["epochs", "steps"]
    let plain = NearestName.plain(name)
    return own.first { NearestName.plain($0) == plain }
      ?? NearestName.suggestion(for: name, here: own, paths: keyPaths, synonym: Synonyms.names[plain])
  }

  /// Every key path of the contract, elements of lists left out: `optimizer.momentum`.
  static var keyPaths: [String] {
    var paths: [String] = []
    func walk(_ schema: JSONValue, _ prefix: String) {
      guard case .object(let schema) = schema else { return }
      if case .object(let properties) = schema["properties"] {
        for (key, schema) in properties.sorted(by: { $0.key < $1.key }) {
          let path = prefix.isEmpty ? key : "\(prefix).\(key)"
          if !paths.contains(path) { paths.append(path) }
          walk(schema, path)
        }
      }
      if case .array(let parts) = schema["allOf"] { for part in parts { walk(part, prefix) } }
      walk(schema["then"] ?? .null, prefix)
      walk(schema["items"] ?? .null, prefix)
    }
    walk(.object(schemaObject), "")
    return paths
  }

  private static func defaultName(ofFile file: String) -> String {
    let base = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
    var name = String(String.UnicodeScalarView(base.unicodeScalars.filter(Format<String>.isAllowedInFileName)))
    while name.utf8.count > Format<String>.fileNameBytes { name.removeLast() }
    return name.isEmpty || file == "-" || file.isEmpty ? "run" : name
  }
}
