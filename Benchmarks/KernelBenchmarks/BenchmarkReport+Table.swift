import Foundation

extension BenchmarkReport {
  /// The results as aligned columns.
  var table: String {
    let header = ["model", "layer", "layers", "n", "pass", "algorithm", "µs", "GFLOP/s", "% of peak", "error"]
    let rows = results.map { result in
      [
        result.model, result.layer, "\(result.layers)", "\(result.microbatch)", result.pass,
        result.isChosen ? result.algorithm : "(\(result.algorithm))",
        String(format: "%.1f", result.seconds * 1e6), String(format: "%.1f", result.effectiveGFLOPs),
        String(format: "%.0f", result.shareOfPeak * 100), String(format: "%.0e", result.relativeError),
      ]
    }
    let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
    // Words to the left, numbers to the right.
    let isNumber = [false, false, true, true, false, false, true, true, true, true]
    func line(_ cells: [String]) -> String {
      cells.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - cells[column].count)
        return isNumber[column] ? space + cells[column] : cells[column] + space
      }.joined(separator: "  ") + "\n"
    }
    return "\(processor), \(kernels) kernels, peak of one core \(String(format: "%.1f", peakGFLOPs)) GFLOP/s\n"
      + line(header) + rows.map(line).joined() + updates.map(\.line).joined()
  }
}
