import Kernels

/// The covariance, about 0, of all k×k patches of images, and the whitening filters that follow from it.
///
/// For a patch x with covariance C = Σ x·xᵀ ÷ count = Σ λ_i v_i·v_iᵀ, the outputs of the filters v_i ÷ √(λ_i + ε) are
/// uncorrelated and have about the same size. Sums are in double precision and in the order of samples, and the
/// eigenvectors come from ``rotate(_:)``, which adds, multiplies, divides and takes roots alone: the same bits on every
/// machine, as LAPACK's would not be, whose kernels differ from CPU to CPU.
package struct PatchCovariance {
  private let input: FeatureShape
  private let kernel: Int
  /// Numbers of a patch, in the order of files: [channels, k, k].
  private let size: Int
  /// Σ x·xᵀ, [size, size].
  private var sums: [Double]
  private var count = 0

  /// The covariance of no patches yet, of samples [height, width, channels].
  package init(of input: FeatureShape, kernel: Int) {
    precondition(kernel <= min(input.height, input.width), "patches of \(kernel)×\(kernel) of \(input)")
    self.input = input
    self.kernel = kernel
    size = kernel * kernel * input.channels
    sums = Array(repeating: 0, count: size * size)
  }

  /// Adds the patches of one sample, as the network takes it.
  package mutating func add(_ sample: Floats) {
    let pixels = sample.array()
    let size = size
    precondition(pixels.count == input.count, "\(pixels.count) numbers of a sample of \(input)")
    // Where in the sample the numbers of the patch at its corner are.
    let places = (0..<size).map { index in
      let (channel, tap) = index.quotientAndRemainder(dividingBy: kernel * kernel)
      return (tap / kernel * input.width + tap % kernel) * input.channels + channel
    }
    var patch = [Double](repeating: 0, count: size)
    for y in 0...input.height - kernel {
      for x in 0...input.width - kernel {
        let corner = (y * input.width + x) * input.channels
        for index in 0..<size { patch[index] = Double(pixels[corner + places[index]]) }
        for row in 0..<size {
          let factor = patch[row]
          for column in 0..<size { sums[row * size + column] += factor * patch[column] }
        }
        count += 1
      }
    }
  }

  /// Whitening filters in the order of files, [filters, channels, k, k]: those of the largest eigenvalues, and behind them
  /// their negatives. The largest number of an eigenvector, the first of equals, is positive.
  ///
  /// - Parameters:
  ///   - filters: even, at most twice the numbers of a patch.
  ///   - epsilon: added to an eigenvalue before its root is taken.
  package func whitening(filters: Int, epsilon: Double) -> [Float] {
    precondition(filters.isMultiple(of: 2) && filters <= 2 * size && count > 0, "\(filters) filters, \(count) patches")
    var matrix = sums.map { $0 / Double(count) }
    let vectors = Self.rotate(&matrix, order: size)
    let eigenvalues = (0..<size).map { matrix[$0 * size + $0] }
    // Of equal eigenvalues the first stays first.
    let largest = (0..<size).sorted { (-eigenvalues[$0], $0) < (-eigenvalues[$1], $1) }.prefix(filters / 2)
    let half = largest.flatMap { index in
      let vector = (0..<size).map { vectors[$0 * size + index] }
      var peak = 0
      for element in 1..<size where abs(vector[element]) > abs(vector[peak]) { peak = element }
      let scale = (vector[peak] < 0 ? -1 : 1) / (max(0, eigenvalues[index]) + epsilon).squareRoot()
      return vector.map { Float($0 * scale) }
    }
    return half + half.map { -$0 }
  }

  /// Jacobi's method (Golub & Van Loan, §8.5): plane rotations make a symmetric matrix diagonal.
  ///
  /// - Parameter matrix: [order, order]; on return its diagonal holds the eigenvalues, in no order.
  /// - Returns: the eigenvectors as columns, [order, order].
  static func rotate(_ matrix: inout [Double], order: Int) -> [Double] {
    var vectors = [Double](repeating: 0, count: order * order)
    for index in 0..<order { vectors[index * order + index] = 1 }
    // Convergence is quadratic: six to ten sweeps do for any matrix of this size.
    for _ in 0..<100 {
      var rest = 0.0
      var whole = 0.0
      for row in 0..<order {
        for column in 0..<order {
          let square = matrix[row * order + column] * matrix[row * order + column]
          whole += square
          if row != column { rest += square }
        }
      }
      guard rest > whole * 1e-32 else { break }
      for first in 0..<order {
        for second in first + 1..<max(order, first + 1) { rotate(&matrix, &vectors, order, first, second) }
      }
    }
    return vectors
  }

  /// The rotation of two axes that makes the element between them 0.
  private static func rotate(
    _ matrix: inout [Double], _ vectors: inout [Double], _ order: Int, _ first: Int, _ second: Int
  ) {
    let element = matrix[first * order + second]
    guard element != 0 else { return }
    let ratio = (matrix[second * order + second] - matrix[first * order + first]) / (2 * element)
    let tangent = (ratio < 0 ? -1 : 1) / (abs(ratio) + (ratio * ratio + 1).squareRoot())
    let cosine = 1 / (tangent * tangent + 1).squareRoot()
    let sine = tangent * cosine
    func turn(_ numbers: inout [Double], _ one: Int, _ other: Int) {
      let (a, b) = (numbers[one], numbers[other])
      numbers[one] = cosine * a - sine * b
      numbers[other] = sine * a + cosine * b
    }
    for index in 0..<order { turn(&matrix, index * order + first, index * order + second) }
    for index in 0..<order { turn(&matrix, first * order + index, second * order + index) }
    for index in 0..<order { turn(&vectors, index * order + first, index * order + second) }
  }
}
