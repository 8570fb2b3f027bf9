/// What a number of values look like, without the values.
package struct ValueRange: Codable, Sendable, Equatable {
  /// How many there are.
  package var count: Int
  /// Least, greatest and mean of the finite ones, and their standard deviation; `nil` where there is none.
  package var minimum: Double?
  package var maximum: Double?
  package var mean: Double?
  package var deviation: Double?
  /// How many are 0.
  package var zeros: Int
  /// How many are NaN, and how many infinite.
  package var notANumber: Int
  package var infinite: Int
  /// A number made of all bits, in order, in hexadecimal: others hardly ever have the same.
  package var fingerprint: String

  /// A range of no value.
  package init(
    count: Int = 0, minimum: Double? = nil, maximum: Double? = nil, mean: Double? = nil, deviation: Double? = nil,
    zeros: Int = 0, notANumber: Int = 0, infinite: Int = 0, fingerprint: String = ""
  ) {
    self.count = count
    self.minimum = minimum
    self.maximum = maximum
    self.mean = mean
    self.deviation = deviation
    self.zeros = zeros
    self.notANumber = notANumber
    self.infinite = infinite
    self.fingerprint = fingerprint
  }

  /// How many are no finite numbers.
  package var notFinite: Int { notANumber + infinite }
  /// Share of zeros, 0…1.
  package var zeroShare: Double { count > 0 ? Double(zeros) / Double(count) : 0 }
  /// The greatest magnitude of the finite ones; `nil` where there is none.
  package var magnitude: Double? {
    guard let minimum, let maximum else { return nil }
    return max(abs(minimum), abs(maximum))
  }
  /// √Σx² of the finite ones.
  package var norm: Double {
    let finite = Double(count - notFinite)
    return (finite * ((mean ?? 0) * (mean ?? 0) + (deviation ?? 0) * (deviation ?? 0))).squareRoot()
  }
}
