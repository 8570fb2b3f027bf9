import Charts
import Records

extension AuditRecord {
  /// The result in a sentence.
  package var headline: String {
    switch outcome {
    case .sound where recomputedSegments == segments:
      return
        "The run is what its receipt says: all of its \(HumanFormat.count(steps)) steps were computed again, to the bit."
    case .sound:
      return
        "Nothing contradicts the receipt: \(HumanFormat.count(recomputedSegments)) of \(HumanFormat.count(segments)) "
        + "segments were computed again, to the bit."
    case .altered:
      return "The run is NOT what its receipt says."
    case .unknown:
      return "Nothing contradicts the receipt, but nothing could be computed again here."
    }
  }

  /// What `audit` prints.
  package func closingText(style: TerminalStyle = TerminalStyle()) -> String {
    var text = paragraph(headline, style, outcome == .sound ? .good : .warning)
    for finding in findings {
      text += paragraph("\(finding.place): \(finding.message)", style, .warning, indentation: 2)
    }
    for note in notes { text += paragraph("note: \(note)", style, .quiet, indentation: 2) }
    text += paragraph(
      "checked: the chain of \(HumanFormat.count(segments)) lines, config, data, "
        + "\(HumanFormat.count(checkpoints)) checkpoints; computed again: \(HumanFormat.count(recomputedSteps)) of "
        + "\(HumanFormat.count(steps)) steps (--share \(HumanFormat.short(share, digits: 3)) --seed \(seed))",
      style, .quiet, indentation: 2)
    if outcome == .sound, recomputedSegments < segments, !detection.isEmpty {
      let words = detection.map { "\($0.alteredSegments): \(HumanFormat.percent($0.probability, decimals: 1))" }
      text += paragraph(
        "An alteration whose author computed all digests again would have been found with this probability, by the number of "
          + "segments that it touches: " + words.joined(separator: ", ") + ".", style, .quiet, indentation: 2)
    }
    return text
  }

  private func paragraph(
    _ words: String, _ style: TerminalStyle, _ tone: TerminalStyle.Role, indentation: Int = 0
  ) -> String {
    let margin = String(repeating: " ", count: indentation)
    let lines = style.wrapped(style.plain(words), indentation: indentation)
    return margin + lines.map { style.paint($0, tone) }.joined(separator: "\n") + "\n"
  }
}
