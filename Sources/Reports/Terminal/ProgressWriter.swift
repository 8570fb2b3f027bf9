import Charts
import Foundation
import Synchronization

/// Writes progress: one line that renews itself on a terminal, plain lines at intervals elsewhere, nothing when quiet.
///
/// Safe to call from any thread. An update that comes too soon costs a lock and a comparison, so a training loop may
/// call it every step.
package final class ProgressWriter: Sendable {
  /// How progress is shown.
  package enum Mode: Sendable, Equatable {
    /// One line, renewed at most every `interval` seconds.
    case live(interval: Double)
    /// A line of text at most every `interval` seconds.
    case lines(interval: Double)
    case quiet
  }

  private struct Shown {
    var lastSeconds = -Double.infinity
    var lineIsOpen = false
    var pending: ProgressState?
  }

  private let mode: Mode
  private let style: @Sendable () -> TerminalStyle
  private let clock: @Sendable () -> Double
  private let write: @Sendable (String) -> Void
  /// Guarded by its own lock, which also keeps two threads' writes apart.
  private let shown = Mutex(Shown())

  /// Progress on standard error: live on a terminal, a line every ten seconds elsewhere.
  package convenience init(quiet: Bool = false) {
    let rewrites = TerminalStyle.detect(descriptor: 2).rewritesLines
    self.init(
      mode: quiet ? .quiet : rewrites ? .live(interval: 0.1) : .lines(interval: 10),
      style: { TerminalStyle.detect(descriptor: 2) },
      clock: { ProcessInfo.processInfo.systemUptime },
      write: { try? FileHandle.standardError.write(contentsOf: Data($0.utf8)) })
  }

  /// Progress to any place: `style` is asked for each line, since a window may change its width; `clock` is in
  /// seconds from any start.
  package init(
    mode: Mode, style: @escaping @Sendable () -> TerminalStyle, clock: @escaping @Sendable () -> Double,
    write: @escaping @Sendable (String) -> Void
  ) {
    self.mode = mode
    self.style = style
    self.clock = clock
    self.write = write
  }

  /// Shows the state if it is time to; `force` shows it in any case (the last step, an evaluation).
  package func update(_ state: @autoclosure () -> ProgressState, force: Bool = false) {
    let interval: Double
    switch mode {
    case .quiet: return
    case .live(let seconds), .lines(let seconds): interval = seconds
    }
    shown.withLock { shown in
      let now = clock()
      guard force || now - shown.lastSeconds >= interval else { return }
      shown.lastSeconds = now
      show(state(), &shown)
    }
  }

  /// Writes a line that stays, above the live one; nothing when quiet.
  package func message(_ text: String) {
    guard mode != .quiet else { return }
    shown.withLock { shown in
      let style = style()
      let words = TerminalText.shown(style.plain(text), keepsColors: style.color)
      write((shown.lineIsOpen ? Self.clearLine : "") + words + "\n")
      shown.lineIsOpen = false
      if let pending = shown.pending { show(pending, &shown) }
    }
  }

  /// Takes the live line away, so that what follows starts on a clean one.
  package func finish() {
    shown.withLock { shown in
      if shown.lineIsOpen { write(Self.clearLine) }
      shown = Shown()
    }
  }

  private static let clearLine = "\r\u{1B}[K"

  private func show(_ state: ProgressState, _ shown: inout Shown) {
    let style = style()
    if case .live = mode {
      // One column stays free: a full last column makes some terminals wrap.
      let line = ProgressLine.render(
        state, width: style.width - 1, color: style.color, unicode: style.unicode)
      write(Self.clearLine + TerminalText.line(line, keepsColors: style.color))
      shown.lineIsOpen = true
      shown.pending = state
    } else {
      let line = ProgressLine.render(state, width: 120, unicode: style.unicode, showsBar: false)
      write(TerminalText.line(line, keepsColors: false) + "\n")
    }
  }
}
