import Charts
import Records

extension SweepRecord {
  /// What is printed when a sweep ends: the headline, what the batches took, and a plot.
  package func closingText(style: TerminalStyle) -> String {
    var parts = [style.paint(style.plain(headline), tone.role) + "\n"]
    if grid.rules.count > 1 {
      parts.append(SweepTables.rules(self).render(style))
    } else if let rule = rules.first {
      parts.append(SweepTables.batches(self, rule, isBrief: true).render(style))
    }
    if let chart, !chart.isEmpty { parts.append(TextPlot(chart, rows: 9).render(style)) }
    let remarks = remarks.map { style.plain($0) + "\n" }.joined()
    if !remarks.isEmpty { parts.append(remarks) }
    return parts.joined(separator: "\n")
  }

  private var chart: Chart? {
    if grid.rules.count > 1, comparesErrors { return SweepCharts.ruleErrors(self) }
    return grid.target == nil ? SweepCharts.quality(self) : SweepCharts.stepsToTarget(self)
  }
}
