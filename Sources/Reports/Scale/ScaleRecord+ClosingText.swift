import Records

extension ScaleRecord {
  /// What is printed when the study ends: the headline, a plot, the cells, and what to expect of more threads.
  public func closingText(style: TerminalStyle = TerminalStyle()) -> String {
    let role: TerminalStyle.Role = outcome == .interrupted ? .warning : .good
    var text = style.paint(style.plain(headline), role) + "\n\n"
    guard !cells.isEmpty else { return text }
    text += TextPlot(plot).render(style) + "\n" + ScaleTables.shortCells(self).render(style) + "\n"
    if let batch = sufficient?.batch, predictions.contains(where: { $0.batch == batch }) {
      var table = ScaleTables.predictions(self, batch: batch)
      table.caption = "Expected at batch \(HumanFormat.count(batch)) on a machine with as many cores"
      text += table.render(style) + "\n"
    }
    for sentence in remarks + [limitSentence, predictionSentence, trustSentence].compactMap({ $0 }) {
      text += Self.wrapped(style.plain(sentence), width: style.width) + "\n"
    }
    return text
  }

  /// Throughput against threads, of three batches at most, or against the batch where there is one number of threads.
  private var plot: Chart {
    guard threadCounts.count > 1 else { return ScaleCharts.batches(self) }
    var chart = ScaleCharts.throughput(self)
    chart.guides = []
    let lines = chart.series.filter { $0.stroke != .dashed }
    if lines.count > 3 {
      let kept = [lines[0], lines[lines.count / 2], lines[lines.count - 1]].map(\.name)
      chart.series.removeAll { $0.stroke != .dashed && !kept.contains($0.name) }
    }
    return chart
  }

  /// Breaks lines between words.
  private static func wrapped(_ text: String, width: Int) -> String {
    var lines = [""]
    for word in text.split(separator: " ") {
      let line = lines[lines.count - 1]
      if line.isEmpty {
        lines[lines.count - 1] = String(word)
      } else if line.count + 1 + word.count <= width {
        lines[lines.count - 1] = line + " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines.joined(separator: "\n")
  }
}
