import Kernels

/// How numbers to predict are standardised for training, and given back in their units: target = (number − mean) ÷
/// deviation, one mean and deviation for each number of a sample, in double precision and rounded last.
///
/// A network starts with outputs near 0 and of about unit size. House prices of 10⁵ would send its first gradients to
/// 10¹⁰; standardised, one learning rate suits prices, ages and masses, and the loss of predicting the mean is 1.
public struct TargetScale: Codable, Sendable, Equatable {
  /// What the numbers are called, for reports: names of columns, or their places from 0.
  public var names: [String]
  /// Means over the training set.
  public var means: [Double]
  /// Deviations over the training set; 1 for a number that never changes.
  public var deviations: [Double]

  /// One entry of each for every number of a sample.
  public init(names: [String], means: [Double], deviations: [Double]) {
    precondition(
      !means.isEmpty && names.count == means.count && deviations.count == means.count,
      "\(names.count) names, \(means.count) means and \(deviations.count) deviations")
    self.names = names
    self.means = means
    self.deviations = deviations
  }

  /// Leaves numbers as they are.
  public static func identity(width: Int) -> TargetScale { identity(names: (0..<width).map(String.init)) }

  /// Leaves numbers of these names as they are.
  public static func identity(names: [String]) -> TargetScale {
    TargetScale(
      names: names, means: Array(repeating: 0, count: names.count), deviations: Array(repeating: 1, count: names.count))
  }

  /// The scale of a training set.
  ///
  /// - Parameter numbers: [samples, names], at least one sample.
  public init(of numbers: [Double], names: [String]) {
    let width = names.count
    let count = Double(numbers.count / width)
    var means = Array(repeating: 0.0, count: width)
    var squares = means
    // Differences to the first sample: a constant has deviation 0 exactly, and large offsets cost no digits.
    for index in numbers.indices { means[index % width] += numbers[index] - numbers[index % width] }
    for column in 0..<width { means[column] = numbers[column] + means[column] / count }
    for index in numbers.indices {
      let difference = numbers[index] - means[index % width]
      squares[index % width] += difference * difference
    }
    let deviations = squares.map { ($0 / count).squareRoot() }
    self.init(names: names, means: means, deviations: deviations.map { $0 > 0 && $0.isFinite ? $0 : 1 })
  }

  /// Numbers of a sample.
  public var width: Int { means.count }

  /// Whether numbers pass unchanged.
  public var isIdentity: Bool { means.allSatisfy { $0 == 0 } && deviations.allSatisfy { $0 == 1 } }

  /// What training sees of numbers: [samples, width].
  package func standardized(_ numbers: [Double]) -> Buffer<Float> {
    let buffer = Buffer<Float>(count: numbers.count)
    for index in numbers.indices {
      buffer.view[index] = Float((numbers[index] - means[index % width]) / deviations[index % width])
    }
    return buffer
  }

  /// The number, in its units, that an output says.
  @inline(__always)
  public func number(_ output: Float, index: Int) -> Double { means[index] + Double(output) * deviations[index] }
}
