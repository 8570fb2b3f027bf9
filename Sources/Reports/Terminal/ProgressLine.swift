import Charts

/// One line of progress: a pure function of the state, never wider than it may be.
package enum ProgressLine {
  /// The line for a width in columns, without a line break.
  ///
  /// Parts that do not fit are left out, the least needed first: bar, noise scale, test, learning rate, throughput, epoch, time
  /// left, loss, step.
  package static func render(
    _ state: ProgressState, width: Int, color: Bool = false, unicode: Bool = true, showsBar: Bool = true
  ) -> String {
    let style = TerminalStyle(isTerminal: true, width: width, color: color, unicode: unicode)
    let parts = parts(of: state)
    var kept: [Part] = []
    var used = 0
    for part in parts.sorted(by: { $0.rank < $1.rank }) {
      let needed = part.width + (kept.isEmpty ? 0 : gap.count)
      // A part that does not fit ends the choice: otherwise a lesser, shorter one would come and go as digits change.
      guard used + needed <= width else { break }
      kept.append(part)
      used += needed
    }
    guard !kept.isEmpty else {
      return String(parts.min { $0.rank < $1.rank }.map { style.plain($0.text) }?.prefix(max(width, 0)) ?? "")
    }
    var texts = kept.sorted { $0.place < $1.place }.map { part in
      (part.label.isEmpty ? "" : style.paint(part.label + " ", .quiet)) + style.plain(part.value)
    }
    let room = width - used - gap.count
    if showsBar, kept.count == parts.count, let share = state.share, room >= 8 {
      texts.insert(bar(share, width: min(room, 24), style), at: 0)
    }
    return texts.joined(separator: gap)
  }

  private static let gap = "  "

  private struct Part {
    /// 0 is needed most.
    var rank: Int
    /// Order on the line.
    var place: Int
    var label: String
    var value: String
    var text: String { label.isEmpty ? value : label + " " + value }
    var width: Int { text.count }
  }

  private static func parts(of state: ProgressState) -> [Part] {
    var parts: [Part] = []
    func add(_ rank: Int, _ label: String, _ value: String?) {
      if let value { parts.append(Part(rank: rank, place: parts.count, label: label, value: value)) }
    }
    add(0, "", state.activity)
    add(4, "epoch", state.epoch.map { epochText($0, of: state.epochs) })
    if let amount = state.amount {
      add(1, "", amount)
    } else if state.isShare {
      add(1, "", leftPadded("\(Int(within: 100 * (state.share ?? 0))) %", to: 5))
    } else {
      let total = state.steps.map { "/" + HumanFormat.count($0) } ?? ""
      add(1, "step", leftPadded(HumanFormat.count(state.step), to: max(total.count - 1, 0)) + total)
    }
    add(2, "loss", state.loss.map { leftPadded(HumanFormat.number($0), to: 6) })
    add(6, "lr", state.learningRate.map { HumanFormat.number($0) })
    add(5, "", state.samplesPerSecond.map { HumanFormat.prefixed($0) + " samples/s" })
    let test = state.testAccuracy.map { HumanFormat.percent($0, decimals: 1) }
    add(7, "test", test ?? state.testLoss.map { HumanFormat.number($0) })
    add(8, "noise", state.noiseScale.map { $0.isFinite ? HumanFormat.number($0, digits: 2) : "∞" })
    add(3, "ETA", state.secondsLeft.map(HumanFormat.clock))
    return parts
  }

  /// "3/40": the epoch that is under way; fractions of a run that is no whole number of epochs are kept.
  private static func epochText(_ epoch: Double, of epochs: Double?) -> String {
    guard let epochs else { return HumanFormat.count(max(1, wholeEpoch(epoch))) }
    let whole = epochs == epochs.rounded()
    let total = whole ? wholeText(epochs) : HumanFormat.fixed(epochs, decimals: 1)
    let last = Int(within: min(epochs.rounded(.up), 1e15))
    let current = wholeText(Double(min(max(1, wholeEpoch(epoch)), max(last, 1))))
    return leftPadded(current, to: total.count) + "/" + total
  }

  private static func wholeText(_ value: Double) -> String { HumanFormat.count(Int(within: min(value, 1e15))) }

  /// 1 for (0, 1], 2 for (1, 2]: the epoch that a step ending at this point belongs to.
  private static func wholeEpoch(_ epoch: Double) -> Int { Int(within: (min(epoch, 1e15) - 1e-9).rounded(.up)) }

  private static func leftPadded(_ text: String, to width: Int) -> String {
    String(repeating: " ", count: max(width - text.count, 0)) + text
  }

  private static func bar(_ share: Double, width: Int, _ style: TerminalStyle) -> String {
    guard style.unicode else {
      let done = Int(within: share * Double(width - 2))
      return "[" + String(repeating: "=", count: done) + String(repeating: ".", count: width - 2 - done) + "]"
    }
    let done = Int(within: share * Double(width))
    return style.paint(String(repeating: "━", count: done), .accent)
      + style.paint(String(repeating: style.color ? "━" : "─", count: width - done), .quiet)
  }
}
