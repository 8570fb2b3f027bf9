import Foundation
import Records

/// Predicts how long the rest of a sweep takes: samples that a batch needs × seconds that a sample takes at it.
///
/// Both come from the finished cells with the same batch, else from those with the nearest batch; before there are any,
/// a cell is taken to use its whole budget.
package struct SweepForecast: Sendable {
  private struct Experience {
    var cells = 0.0
    var samples = 0.0
    var seconds = 0.0
  }

  private var batches: [Int: Experience] = [:]
  /// Samples of a cell's whole budget.
  private let budget: Double

  /// What the finished cells tell.
  package init(_ points: [SweepPoint], budgetSamples: Double) {
    budget = budgetSamples
    for point in points { add(point) }
  }

  /// Learns from a finished cell.
  package mutating func add(_ point: SweepPoint) {
    var experience = batches[point.batch] ?? Experience()
    experience.cells += 1
    experience.samples += Double(point.samples)
    experience.seconds += point.trainingSeconds + point.evaluationSeconds
    batches[point.batch] = experience
  }

  /// Seconds that the cells will take; `nil` before anything is known.
  ///
  /// - Parameter progress: the running cell, whose own pace counts until cells have finished.
  package func seconds(for cells: [SweepCell], running progress: SweepProgress? = nil) -> Double? {
    var current: Double?
    if let progress, progress.samples > 0 { current = progress.seconds / Double(progress.samples) }
    var total = 0.0
    for cell in cells {
      guard let seconds = seconds(batch: cell.batch, otherwise: current) else { return nil }
      total += seconds
    }
    if let progress, let whole = seconds(batch: progress.cell.batch, otherwise: current) {
      // A cell that takes longer than others of its batch may go on to the end of its budget.
      let expected = whole > progress.seconds ? whole : progress.seconds * budget / Double(max(progress.samples, 1))
      total += max(expected - progress.seconds, 0)
    }
    return total
  }

  private func seconds(batch: Int, otherwise pace: Double?) -> Double? {
    let nearest = batches.min { distance($0.key, batch) < distance($1.key, batch) }?.value
    guard let nearest, nearest.samples > 0 else { return pace.map { $0 * budget } }
    return nearest.seconds / nearest.cells
  }

  /// Doublings between two batches; of two equally far ones the smaller comes first.
  private func distance(_ one: Int, _ other: Int) -> Double {
    abs(log2(Double(one) / Double(other))) + (one < other ? 0 : 1e-9)
  }
}
