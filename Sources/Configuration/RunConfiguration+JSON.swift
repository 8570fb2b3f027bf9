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
        applied.append((try override.apply(to: &root), override))
      } catch {
        misplaced += error.issues
      }
    }
    let findings = Findings(file: file, overrides: applied, issues: misplaced, keyPaths: { keyPaths })
    let format = format(defaultName: defaultName(ofFile: file))
    let run = format.read(root, Place(path: "", findings: findings))
    guard let run, findings.issues.isEmpty else { throw ConfigurationError(issues: findings.issues) }
    return run
  }

  /// A longer text is no config.
  private static let mostBytes = 1 << 20

  /// Reads a config from UTF-8 bytes, at most 1 MiB; see ``decode(_:file:overrides:)-(String,_,_)``.
  public static func decode(
    _ data: Data, file: String, overrides: [Override] = []
  ) throws(ConfigurationError) -> RunConfiguration {
    guard data.count <= mostBytes else {
      throw ConfigurationError(origin: file, "longer than 1 MiB, which no config is")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw ConfigurationError(origin: file, "not UTF-8 text; a config is JSON in UTF-8")
    }
    return try decode(text, file: file, overrides: overrides)
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
      for key in ["allOf", "oneOf"] {
        guard case .array(let parts) = schema[key] else { continue }
        for part in parts { walk(part, prefix) }
      }
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
