/// Quantiles of measured values.
package enum Quantile {
  /// The value at a share 0…1 of the sorted values, between neighbours in proportion; NaN without values.
  package static func value(_ share: Double, of values: [Double]) -> Double {
    let sorted = values.sorted()
    guard let last = sorted.indices.last else { return .nan }
    let place = share * Double(last)
    let index = min(Int(place), max(0, last - 1))
    let next = min(index + 1, last)
    return sorted[index] + (sorted[next] - sorted[index]) * (place - Double(index))
  }
}
