/// How far predicted numbers are from those of the data, in the units of the data.
public struct RegressionRecord: Codable, Sendable, Equatable {
  /// The errors of one of the numbers that are predicted.
  public struct Output: Codable, Sendable, Equatable {
    /// What the number is called: a column, or its place from 0.
    public var name: String
    /// R² = 1 − Σ(t − y)² ÷ Σ(t − mean t)²: 1 is perfect, 0 is no better than the mean of these samples; `nil` where all
    /// targets are equal.
    public var rSquared: Double?
    /// RMSE: √(mean of (t − y)²).
    public var rootMeanSquaredError: Double
    /// MAE: mean of |t − y|.
    public var meanAbsoluteError: Double

    /// An output's errors.
    public init(name: String, rSquared: Double?, rootMeanSquaredError: Double, meanAbsoluteError: Double) {
      self.name = name
      self.rSquared = rSquared
      self.rootMeanSquaredError = rootMeanSquaredError
      self.meanAbsoluteError = meanAbsoluteError
    }
  }

  /// The mean of all outputs' R², each counting the same (scikit-learn's `uniform_average`); `nil` where none has one.
  public var rSquared: Double?
  /// The mean of all outputs' RMSE.
  public var rootMeanSquaredError: Double
  /// The mean of all outputs' MAE.
  public var meanAbsoluteError: Double
  /// Each number that is predicted, up to ``mostOutputs``.
  public var outputs: [Output]

  /// Outputs that a record lists one by one.
  public static let mostOutputs = 100

  /// The record of outputs, at least one.
  public init(_ outputs: [Output]) {
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    let shares = outputs.compactMap(\.rSquared)
    rSquared = shares.isEmpty ? nil : mean(shares)
    rootMeanSquaredError = mean(outputs.map(\.rootMeanSquaredError))
    meanAbsoluteError = mean(outputs.map(\.meanAbsoluteError))
    self.outputs = Array(outputs.prefix(Self.mostOutputs))
  }

  /// Whether always saying the mean would have been as good: R² of at most 0.01.
  public var isNoBetterThanMean: Bool { rSquared.map { $0 <= 0.01 } ?? false }
}

/// Sums over samples from which a ``RegressionRecord`` follows; samples are added in the order of the data.
package struct RegressionErrors: Sendable, Equatable {
  private var count = 0
  private var squares: [Double]
  private var magnitudes: [Double]
  /// The first sample's targets; sums are of differences to them, so that large offsets cost no digits.
  private var origin: [Double] = []
  private var targetSums: [Double]
  private var targetSquares: [Double]

  /// No sample yet, of so many numbers each.
  package init(outputs: Int) {
    squares = Array(repeating: 0, count: outputs)
    magnitudes = squares
    targetSums = squares
    targetSquares = squares
  }

  /// Adds one number of a sample. Numbers of a sample come in order, samples one after another.
  @inline(__always)
  package mutating func add(predicted: Double, target: Double, output: Int) {
    if output == 0 { count += 1 }
    if count == 1 { origin.append(target) }
    let error = predicted - target
    squares[output] += error * error
    magnitudes[output] += abs(error)
    let difference = target - origin[output]
    targetSums[output] += difference
    targetSquares[output] += difference * difference
  }

  /// The errors of all samples; `nil` without samples, or where one is not finite.
  package func record(names: [String]) -> RegressionRecord? {
    guard count > 0, squares.allSatisfy(\.isFinite) else { return nil }
    let samples = Double(count)
    return RegressionRecord(
      squares.indices.map { index in
        let spread = targetSquares[index] - targetSums[index] * targetSums[index] / samples
        return RegressionRecord.Output(
          name: index < names.count ? names[index] : String(index),
          rSquared: spread > 0 ? 1 - squares[index] / spread : nil,
          rootMeanSquaredError: (squares[index] / samples).squareRoot(), meanAbsoluteError: magnitudes[index] / samples)
      })
  }
}
