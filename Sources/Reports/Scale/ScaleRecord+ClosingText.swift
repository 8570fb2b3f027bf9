import Charts
import Records

extension ScaleRecord {
  /// What is printed when the study ends: the headline, a plot, the cells, and what to expect of more threads.
  package func closingText(style: TerminalStyle) -> String {
    var text = style.paint(Self.wrapped(style.plain(headline), width: style.width), tone.role) + "\n\n"
    guard !cells.isEmpty else { return text }
    text += TextPlot(plot).render(style) + "\n" + ScaleTables.shortCells(self).render(style) + "\n"
    if let batch = sufficient?.batch, predictions.contains(where: { $0.batch == batch }) {
      text += ScaleTables.shortPredictions(self, batch: batch).render(style) + "\n"
    }
    if let batch = sufficient?.batch, networks?.contains(where: { $0.batch == batch }) == true {
      text += ScaleTables.shortNetworks(self, batch: batch).render(style) + "\n"
    }
    let sentences = [
      ranksSentence, limitSentence, predictionSentence, borderSentence, networkSentence, trustSentence,
    ]
    for sentence in remarks + sentences.compactMap({ $0 }) {
      text += Self.wrapped(style.plain(sentence), width: style.width) + "\n"
    }
    return text
  }

  /// Throughput against threads, of three batches at most, or against the batch where there is one number of threads.
  private var plot: Chart {
    // The text plot names its x axis behind the title.
    var chart = threadCounts.count > 1 ? ScaleCharts.throughput(self) : ScaleCharts.batches(self)
    chart.title = "Throughput"
    guard threadCounts.count > 1 else { return chart }
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
