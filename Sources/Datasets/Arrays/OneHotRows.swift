/// Rows of numbers that each name one class: by a 1 among zeros, or, with label smoothing, by one number that is larger
/// than all others, which are equal.
struct OneHotRows {
  /// The class of each row.
  let classes: [Int32]
  /// The number that stands for "this class": 1 without label smoothing.
  let high: Double
  /// The number that stands for "another class": 0 without label smoothing.
  let low: Double

  /// `nil` where some row is of another kind.
  ///
  /// - Parameter numbers: [rows, width], width at least 2.
  init?(_ numbers: [Double], width: Int) {
    guard width >= 2, let high = numbers.prefix(width).max(), let low = numbers.prefix(width).min() else { return nil }
    let isPlain = high == 1 && low == 0
    guard isPlain || (low > 0 && high > low && abs(high + Double(width - 1) * low - 1) < 1e-3) else { return nil }
    // Smoothed labels of float16 or float32 differ by their rounding.
    let tolerance = isPlain ? 0 : 1e-3 * low
    var classes: [Int32] = []
    classes.reserveCapacity(numbers.count / width)
    for start in stride(from: 0, to: numbers.count, by: width) {
      var found: Int?
      for index in 0..<width {
        let number = numbers[start + index]
        if abs(number - high) <= tolerance {
          guard found == nil else { return nil }
          found = index
        } else if abs(number - low) > tolerance {
          return nil
        }
      }
      guard let found else { return nil }
      classes.append(Int32(found))
    }
    self.classes = classes
    self.high = high
    self.low = low
  }

  /// Whether labels are smoothed.
  var isSmoothed: Bool { low > 0 }
}
