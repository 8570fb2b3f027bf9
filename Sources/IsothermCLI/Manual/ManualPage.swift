import Records

/// The manual page of a command, made of its own help.
struct ManualPage {
  let command: CommandDescription
  /// The program, whose commands the page names.
  let root: CommandDescription
  /// The day that it shows, YYYY-MM-DD.
  let date: String

  /// Such as `isotherm-data-fetch`.
  var name: String { command.words.joined(separator: "-") }
  var fileName: String { name + ".1" }

  private var isRoot: Bool { command.words == root.words }

  /// The page in the `man` macros.
  var text: String {
    var page = Roff()
    page.raw(".\\\" Written by isotherm manual from the command's help.")
    // The date stands there as it is: escapes would make it none.
    page.raw(".TH \"\(Roff.escaped(name.uppercased()))\" 1 \(date) \"Isotherm \(IsothermVersion.current)\" Isotherm")
    // Names and options are not hyphenated, and lines not stretched.
    page.raw(".ad l\n.nh")
    page.macro("SH", "NAME")
    let abstract = (command.abstract ?? "").trimmingSuffix(".")
    page.rawParagraph(
      "\(Roff.escaped(name)) \\- \(Roff.escaped(abstract.prefix(1).lowercased() + abstract.dropFirst()))")
    page.macro("SH", "SYNOPSIS")
    synopsis(&page)
    if let discussion = command.discussion, !discussion.isEmpty {
      page.macro("SH", "DESCRIPTION")
      page.paragraphs(discussion)
    }
    options(&page)
    if !command.children.isEmpty { commands(&page) }
    if isRoot { ending(&page) }
    page.macro("SH", "SEE ALSO")
    page.raw(related.map { "\(Roff.bold($0))(1)" }.joined(separator: ",\n"))
    return page.text
  }

  // MARK: Parts

  private func synopsis(_ page: inout Roff) {
    var line = Roff.bold(command.words.joined(separator: " "))
    if !command.children.isEmpty {
      line += " \(Roff.italic("command")) [\(Roff.italic("options"))]"
    }
    for parameter in command.parameters {
      let text = Self.form(parameter)
      line += parameter.isOptional ? " [\(text)]" : " \(text)"
      if parameter.isRepeating { line += " ..." }
    }
    page.rawParagraph(line)
    if isRoot { page.raw(".br\n" + Roff.bold("isotherm --version") + " [" + Roff.bold("--json") + "]") }
  }

  /// `--set KEY=VALUE`.
  private static func form(_ parameter: CommandDescription.Parameter) -> String {
    let value = (parameter.valueName ?? "value").uppercased()
    guard parameter.kind != .positional else { return Roff.italic(value) }
    let name = Roff.bold(names(parameter).last ?? "")
    return parameter.kind == .flag ? name : "\(name) \(Roff.italic(value))"
  }

  /// Short names first.
  private static func names(_ parameter: CommandDescription.Parameter) -> [String] {
    (parameter.names ?? []).sorted { ($0.kind == .long ? 1 : 0) < ($1.kind == .long ? 1 : 0) }.map(\.text)
  }

  private func options(_ page: inout Roff) {
    guard !command.parameters.isEmpty else { return }
    page.macro("SH", "OPTIONS")
    for parameter in command.parameters {
      page.raw(".TP")
      if parameter.kind == .positional {
        page.raw(Self.form(parameter))
      } else {
        let value = parameter.kind == .flag ? "" : " " + Roff.italic((parameter.valueName ?? "value").uppercased())
        page.raw(Self.names(parameter).map { Roff.bold($0) }.joined(separator: ", ") + value)
      }
      let fallback = parameter.defaultValue.flatMap { $0.isEmpty || parameter.kind == .flag ? nil : $0 }
      page.line((parameter.abstract ?? "") + (fallback.map { " Default: \($0)." } ?? ""))
    }
  }

  private func commands(_ page: inout Roff) {
    page.macro("SH", "COMMANDS")
    for child in command.children {
      page.raw(".TP")
      page.raw("\(Roff.bold(child.words.joined(separator: "-")))(1)")
      page.line(child.abstract ?? "")
    }
  }

  private func ending(_ page: inout Roff) {
    for section in ManualText.sections {
      page.macro("SH", section.title)
      for entry in section.entries {
        page.raw(".TP")
        page.raw(Roff.bold(entry.term))
        page.line(entry.text)
      }
    }
  }

  private var related: [String] {
    if isRoot { return root.children.map { $0.words.joined(separator: "-") } }
    let parent = command.words.dropLast().joined(separator: "-")
    return Array(Set([root.commandName, parent])).sorted() + command.children.map { $0.words.joined(separator: "-") }
  }
}

extension String {
  fileprivate func trimmingSuffix(_ suffix: Character) -> String { last == suffix ? String(dropLast()) : self }
}
