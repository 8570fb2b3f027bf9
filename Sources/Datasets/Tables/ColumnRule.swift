import Keys

/// `data.columns`: how one column of a table becomes inputs.
public enum ColumnRule: Sendable, Equatable {
  case number
  /// One input for each text of the training rows, 1 where it stands in the cell and 0 elsewhere.
  case oneHot
  /// One input, the place of the cell's text in a list: that of the config or, left out, the training rows' texts, sorted.
  case ordinal([String]?)
  /// One input, days or seconds since 1970; the format left out is found.
  case date(CellDate.Format?)
  /// No input.
  case ignore
}

extension Format<[String: ColumnRule]> {
  /// An object with a rule for each column that it names.
  static var columnRules: Format {
    let words = ["number", "oneHot", "ordinal", "date", "ignore"]
    let dates = CellDate.Format.allCases.map(\.rawValue)
    func rule(_ json: JSONValue) -> ColumnRule? {
      switch json {
      case .string("number"): return .number
      case .string("oneHot"): return .oneHot
      case .string("ordinal"): return .ordinal(nil)
      case .string("date"): return .date(nil)
      case .string("ignore"): return .ignore
      case .object(let object) where object.count == 1:
        if case .array(let elements)? = object["ordinal"] {
          let texts = elements.compactMap { if case .string(let text) = $0 { text } else { nil } }
          let isSound = texts.count == elements.count && texts.count >= 2 && Set(texts).count == texts.count
          return isSound ? .ordinal(texts) : nil
        }
        if case .string(let text)? = object["date"] { return CellDate.Format(rawValue: text).map { .date($0) } }
        return nil
      default: return nil
      }
    }
    func json(_ rule: ColumnRule) -> JSONValue {
      switch rule {
      case .number: "number"
      case .oneHot: "oneHot"
      case .ordinal(let texts): texts.map { ["ordinal": .array($0.map { .string($0) })] } ?? "ordinal"
      case .date(let format): format.map { ["date": .string($0.rawValue)] } ?? "date"
      case .ignore: "ignore"
      }
    }
    let one: JSONValue = [
      "anyOf": [
        ["enum": .array(words.map { .string($0) })],
        [
          "type": "object", "required": ["ordinal"], "additionalProperties": false,
          "properties": [
            "ordinal": ["type": "array", "items": ["type": "string"], "minItems": 2, "uniqueItems": true]
          ],
        ],
        [
          "type": "object", "required": ["date"], "additionalProperties": false,
          "properties": ["date": ["enum": .array(dates.map { .string($0) })]],
        ],
      ]
    ]
    return Format(
      allowed: "an object that gives columns a rule: \(words.map { "\"\($0)\"" }.joined(separator: ", ")), "
        + "{ \"ordinal\": [\"low\", \"high\"] } or { \"date\": \"\(dates[2])\" }",
      placeholder: [:], schema: ["type": "object", "additionalProperties": one],
      write: { .object($0.mapValues(json)) },
      parse: { value in
        guard case .object(let object) = value else { return nil }
        let rules = object.compactMapValues(rule)
        return rules.count == object.count ? rules : nil
      })
  }
}

extension Format<CSVDialect.Separator> {
  /// A separator, itself or by name.
  static var separator: Format {
    let names: [(String, CSVDialect.Separator)] = [
      (",", .comma), (";", .semicolon), ("|", .bar), ("tab", .tab), ("blanks", .blanks), ("\t", .tab), (" ", .blanks),
    ]
    return Format(
      allowed: "\",\", \";\", \"|\", \"tab\" or \"blanks\"", placeholder: .comma,
      schema: ["enum": .array(names.map { .string($0.0) })],
      write: { separator in .string(names.first { $0.1 == separator }!.0) },
      parse: { value in
        guard case .string(let text) = value else { return nil }
        return names.first { $0.0 == text }?.1
      })
  }
}

extension Format<String> {
  /// An encoding of text, by one of its names, in any case.
  static var encoding: Format {
    let aliases = [
      "utf8": "utf-8", "utf-16": "utf-16le", "latin1": "iso-8859-1", "latin-1": "iso-8859-1", "latin2": "iso-8859-2",
      "latin-2": "iso-8859-2", "ansi": "windows-1252", "macroman": "macintosh",
    ].merging((1250...1258).map { ("cp\($0)", "windows-\($0)") }) { $1 }
    return Format(
      allowed: "\"utf-8\", \"utf-16le\", \"utf-16be\", \"windows-1250\" to \"windows-1258\", \"iso-8859-1\" to "
        + "\"iso-8859-16\", \"koi8-r\", \"macintosh\", \"cp437\" or \"cp850\"", placeholder: "utf-8",
      schema: ["enum": .array((TextEncoding.names + aliases.keys.sorted()).map { .string($0) })],
      write: { .string($0) },
      parse: { value in
        guard case .string(let text) = value else { return nil }
        let name = text.lowercased()
        let found = aliases[name] ?? name
        return TextEncoding.names.contains(found) ? found : nil
      })
  }
}
