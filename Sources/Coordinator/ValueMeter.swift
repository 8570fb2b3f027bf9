import Kernels
import Records

/// Measures values for a ``ValueRange``, in order, piece by piece.
package struct ValueMeter {
  private var range = ValueRange()
  private var sum = 0.0
  private var squares = 0.0
  private var fingerprint = Fingerprint()
  /// The first that is no finite number.
  package private(set) var firstNotFinite: Int?

  package init() {}

  /// Measures all of them.
  package init(_ values: Floats) {
    add(values)
  }

  /// Takes the next values.
  package mutating func add(_ values: Floats) {
    var (least, greatest) = (Float.infinity, -Float.infinity)
    for (index, value) in values.array().enumerated() {
      guard value.isFinite else {
        if firstNotFinite == nil { firstNotFinite = range.count + index }
        if value.isNaN { range.notANumber += 1 } else { range.infinite += 1 }
        continue
      }
      if value == 0 { range.zeros += 1 }
      least = min(least, value)
      greatest = max(greatest, value)
      sum += Double(value)
      squares += Double(value) * Double(value)
    }
    range.count += values.count
    include(least, greatest)
    fingerprint.add(values)
  }

  /// Takes what another meter has measured, as values that come next.
  package mutating func add(_ other: ValueMeter) {
    if firstNotFinite == nil, let first = other.firstNotFinite { firstNotFinite = range.count + first }
    range.count += other.range.count
    range.zeros += other.range.zeros
    range.notANumber += other.range.notANumber
    range.infinite += other.range.infinite
    if let least = other.range.minimum, let greatest = other.range.maximum { include(Float(least), Float(greatest)) }
    sum += other.sum
    squares += other.squares
    fingerprint.add(other.fingerprint.value)
  }

  private mutating func include(_ least: Float, _ greatest: Float) {
    guard least <= greatest else { return }
    range.minimum = min(range.minimum ?? .infinity, Double(least))
    range.maximum = max(range.maximum ?? -.infinity, Double(greatest))
  }

  /// What was measured.
  package var result: ValueRange {
    var result = range
    let finite = Double(range.count - range.notFinite)
    if finite > 0 {
      let mean = sum / finite
      result.mean = mean
      result.deviation = max(0, squares / finite - mean * mean).squareRoot()
    }
    let digits = String(fingerprint.value, radix: 16)
    result.fingerprint = String(repeating: "0", count: 16 - digits.count) + digits
    return result
  }
}

extension ValueRange {
  /// Measures values.
  package init(of values: Floats) { self = ValueMeter(values).result }

  /// Measures values.
  package init(of values: [Float]) { self = ValueMeter(Buffer(values).view).result }
}

extension Float {
  /// "NaN", "inf" or "-inf" where it is not finite.
  package var word: String { isNaN ? "NaN" : "\(self)" }
}
