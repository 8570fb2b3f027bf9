import Charts
import Records

extension FailureReplay {
  /// Says what the failure comes from.
  package mutating func explain() { explanation = FailureExplanation(self).text }

  /// What is printed: where the number arose, what passed through the layers, and what it comes from.
  ///
  /// - Parameter picture: the sample at fault, where it is a picture.
  package func text(picture: TerminalPicture.Tile?, style: TerminalStyle) -> String {
    let place = place ?? failure.place
    var text = style.paint(style.plain(headline), isReproduced ? .good : .bad) + "\n\n"
    text += TextLines.render(facts(place), style)
    if !layers.isEmpty {
      text += "\n" + LayerTables.forward(layers, at: place, style) + LayerTables.backward(layers, at: place, style)
    }
    text += LayerTables.tensors(failure.tensors, at: place, style)
    if let picture, style.width >= picture.width + 4, oddities.contains(where: { $0.row == place.row }) {
      text +=
        "\n" + style.paint("Sample \(HumanFormat.count(place.sample ?? 0)), as the network got it", .strong) + "\n"
      text += TerminalPicture.render([picture], style: style)
    }
    let sentences = style.wrapped(style.plain(explanation), indentation: 0).joined(separator: "\n")
    return text + "\n" + style.paint(sentences, .strong) + "\n"
  }

  private var headline: String {
    guard isReproduced else {
      return self.place == nil
        ? "Not reproduced: every number is finite here."
        : "Not reproduced: another number is the first that is not finite."
    }
    if isReproduced, failure.set == nil { return "Reproduced: the same tensor is the first that is not finite." }
    guard let sameLayers else { return "Reproduced." }
    return sameLayers == layers.count
      ? "Reproduced: the same bits in all \(HumanFormat.plural("\(layers.count)", "layer"))."
      : "Reproduced: the same number is the first that is not finite; \(sameLayers) of "
        + "\(HumanFormat.plural("\(layers.count)", "layer")) have the same bits."
  }

  private func facts(_ place: FailurePlace) -> [(String, String)] {
    var facts = [
      ("run", failure.name),
      ("step", "\(HumanFormat.count(failure.step)), epoch \(HumanFormat.short(failure.epoch, digits: 4))"),
      ("learning rate", HumanFormat.short(failure.learningRate, digits: 4)),
    ]
    if let loss = failure.lastLoss { facts.append(("last finite loss", HumanFormat.number(loss, digits: 4))) }
    if failure.noticed == .evaluation { facts[1].0 = "evaluation after step" }
    facts.append(("first not finite", place.title))
    facts.append(("", place.details))
    for oddity in oddities.prefix(5) { facts.append(("odd sample", oddity.text)) }
    facts += (differences + failure.notes).map { ("note", $0) }
    return facts
  }
}

extension SampleOddity {
  /// "sample 4711 (class 7): 3 NaN; first at element 40: NaN".
  fileprivate var text: String {
    var what: [String] = []
    if notANumber > 0 { what.append("\(HumanFormat.count(notANumber)) NaN") }
    if infinite > 0 { what.append("\(HumanFormat.count(infinite)) infinite") }
    if far > 0 { what.append("\(HumanFormat.count(far)) far from the others") }
    return "\(HumanFormat.count(sample))" + (className.map { " (class \($0))" } ?? "") + ", row \(row): "
      + what.joined(separator: ", ") + "; first at element \(HumanFormat.count(element)): \(value)"
  }
}

/// Lines of a label and a value.
enum TextLines {
  static func render(_ lines: [(label: String, value: String)], _ style: TerminalStyle) -> String {
    let width = lines.map(\.label.count).max() ?? 0
    return lines.map { label, value in
      let padding = String(repeating: " ", count: width - label.count)
      let value = style.wrapped(style.plain(value), indentation: width + 4).joined(separator: "\n")
      return "  " + style.paint(label, .quiet) + padding + "  " + value + "\n"
    }.joined()
  }
}
