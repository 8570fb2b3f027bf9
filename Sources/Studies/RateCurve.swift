import Foundation

/// What a learning-rate range test says: where the loss falls, how fast, and where it diverges.
///
/// While the test goes on, the loss is followed by a moving average of the last steps, for the stop. Afterwards it is
/// smoothed over the steps on both sides, so that the curve does not lag behind the rate.
struct RateCurve {
  /// A loss beyond this many times the least is divergence.
  static let divergenceFactor = 4.0
  /// Share of the moving average that stays at a step.
  private static let memory = 0.9
  /// The loss has fallen if its least is below this share of its first.
  private static let fallen = 0.98

  private(set) var rates: [Double] = []
  private(set) var losses: [Double] = []
  private var average = 0.0
  private var least = Double.infinity
  /// η at which the loss diverged.
  private(set) var divergedAt: Double?

  /// Takes the loss of a step, which is not a finite number if the step could not be taken.
  ///
  /// - Returns: whether the test goes on.
  mutating func add(rate: Double, loss: Double) -> Bool {
    guard loss.isFinite else {
      divergedAt = rate
      return false
    }
    rates.append(rate)
    losses.append(loss)
    average = Self.memory * average + (1 - Self.memory) * loss
    let mean = average / (1 - pow(Self.memory, Double(losses.count)))
    least = min(least, mean)
    guard mean <= Self.divergenceFactor * least else {
      divergedAt = rate
      return false
    }
    return true
  }

  /// Mean losses over up to `reach` steps on both sides, weighted by a triangle.
  func smoothed(reach: Int) -> [Double] {
    losses.indices.map { center in
      var (sum, weights) = (0.0, 0.0)
      for place in max(0, center - reach)...min(losses.count - 1, center + reach) {
        let weight = Double(reach + 1 - abs(place - center))
        sum += weight * losses[place]
        weights += weight
      }
      return sum / weights
    }
  }

  /// What the curve says.
  struct Reading: Equatable {
    var smoothed: [Double]
    /// η of the least smoothed loss.
    var lowest: Double
    /// η at which the smoothed loss falls fastest with ln η, up to its least; `nil` if it has not fallen.
    var steepest: Double?
    /// A tenth of where it diverged, where that is not beyond the least loss; where it did not, a third of the rate of the
    /// least loss. `nil` if it has not fallen.
    var suggested: Double?
  }

  /// Reads the curve of a test of `steps` steps; `nil` before the third.
  func reading(steps: Int) -> Reading? {
    guard losses.count >= 3 else { return nil }
    let smoothed = smoothed(reach: max(1, steps / 20))
    let bottom = smoothed.indices.min { smoothed[$0] < smoothed[$1] } ?? 0
    var reading = Reading(smoothed: smoothed, lowest: rates[bottom])
    guard smoothed[bottom] < Self.fallen * smoothed[0], bottom >= 2 else { return reading }
    // Slopes over the two neighbours; rates rise by a constant factor.
    let steepest = (1..<bottom).min { slope(smoothed, $0) < slope(smoothed, $1) } ?? 1
    reading.steepest = rates[steepest]
    reading.suggested = min(rates[bottom], divergedAt.map { $0 / 10 } ?? rates[bottom] / 3)
    return reading
  }

  private func slope(_ values: [Double], _ place: Int) -> Double { values[place + 1] - values[place - 1] }
}
