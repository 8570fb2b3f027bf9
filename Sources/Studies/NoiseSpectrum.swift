import Gradients
import Coordinator
import Kernels
import Models
import Workers

/// Curvature and gradient noise at a minimum, direction by direction: the Hessian's eigenvectors, and the covariance of
/// one sample's gradient along them.
struct NoiseSpectrum: Sendable {
  /// Most parameters for which the Hessian is computed.
  static let mostParameters = 2000

  /// Where the trained parameters lie in the flat vector, in file order.
  let elements: [Int]
  /// λ_i, ascending.
  let eigenvalues: [Double]
  /// [parameters, parameters], an eigenvector a row.
  let vectors: Buffer<Float>
  /// C_ii: variance of one sample's gradient along eigenvector i.
  let covariances: [Double]

  var count: Int { elements.count }
  var largest: Double { eigenvalues.last ?? 0 }
  /// Directions with less curvature than this are flat: within the error of the differences.
  var flatness: Double { 1e-4 * max(largest, 0) }

  /// Central differences of the full gradient, a parameter at a time, over the pool's workers.
  ///
  /// - Parameters:
  ///   - gradient: makes the gradient of the potential, for one thread.
  ///   - step: half the distance of the two gradients; their difference is symmetrised.
  ///   - stop: ends the work soon; what comes out then says nothing.
  /// - Returns: `nil` for more than ``mostParameters`` parameters, or where the eigenvalues were not found.
  init?(
    at minimum: Floats, pool: WorkerPool, step: Float = 0.01, stop: StopRequest,
    progress: @escaping @Sendable (Int, Int) -> Void,
    gradient: @Sendable () throws -> TrainingSetGradient
  ) throws {
    let gradients = try (0..<pool.threads).map { _ in try gradient() }
    let elements = Self.elements(of: gradients[0].network)
    let count = elements.count
    guard count <= Self.mostParameters, count > 0 else { return nil }
    let flat = minimum.count
    let hessian = Buffer<Double>(count: count * count)
    let weights = (0..<pool.threads).map { _ in Buffer<Float>(count: flat) }
    let ahead = (0..<pool.threads).map { _ in Buffer<Float>(count: flat) }
    let behind = (0..<pool.threads).map { _ in Buffer<Float>(count: flat) }
    pool.run(count) { worker, row in
      guard !stop.isRaised else { return }
      let (w, above, below) = (weights[worker].view, ahead[worker].view, behind[worker].view)
      w.copy(from: minimum)
      let element = elements[row]
      w[element] = minimum[element] + step
      let upper = w[element]
      _ = gradients[worker].loss(at: w, gradient: above)
      w[element] = minimum[element] - step
      let distance = Double(upper) - Double(w[element])
      _ = gradients[worker].loss(at: w, gradient: below)
      for column in 0..<count {
        let place = elements[column]
        hessian.view[row * count + column] = (Double(above[place]) - Double(below[place])) / distance
      }
      progress(row, count)
    }
    if stop.isRaised { return nil }
    for row in 0..<count {
      for column in row..<count {
        let mean = (hessian.view[row * count + column] + hessian.view[column * count + row]) / 2
        hessian.view[row * count + column] = mean
        hessian.view[column * count + row] = mean
      }
    }
    guard let eigenvalues = SymmetricEigenproblem.solve(hessian.view, order: count) else { return nil }
    self.elements = elements
    self.eigenvalues = eigenvalues
    vectors = Buffer(count: count * count)
    for index in hessian.view.indices { vectors.view[index] = Float(hessian.view[index]) }
    covariances = Self.covariances(at: minimum, along: vectors, elements, gradients[0], stop)
  }

  /// Positions of all trained parameters, without padding: read off a vector that holds its own indices.
  private static func elements(of network: Network) -> [Int] {
    guard network.parameterCount < 1 << 24 else { return [] }
    let indices = Buffer((0..<network.parameterCount).map { Float($0) })
    return network.tensors.flatMap { tensor in
      tensor.fileElements(of: indices.view).map { Int($0) }
    }
  }

  private static func covariances(
    at minimum: Floats, along vectors: Buffer<Float>, _ elements: [Int], _ gradient: TrainingSetGradient,
    _ stop: StopRequest
  ) -> [Double] {
    let count = elements.count
    let projection = Projection(vectors, count: count)
    let workspace = Workspace(for: gradient.network)
    let one = Buffer<Float>(count: minimum.count)
    gradient.engine.prepare(at: minimum)
    for sample in 0..<gradient.samples where !stop.isRaised {
      gradient.sum(over: sample..<(sample + 1), into: one.view, workspace: workspace)
      projection.add(elements) { one.view[$0] }
    }
    projection.flush()
    return projection.variances
  }
}

/// Sums of projections of vectors on eigenvectors, by blocks of vectors; not for several threads.
final class Projection {
  private static let rows = 64

  /// Vectors added.
  private(set) var added = 0
  /// Sums of the projections and of their squares, one a direction.
  private(set) var sums: [Double]
  private(set) var squares: [Double]
  private let vectors: Buffer<Float>
  private let count: Int
  private let block: Buffer<Float>
  private let projected: Buffer<Float>
  private var filled = 0

  init(_ vectors: Buffer<Float>, count: Int) {
    self.vectors = vectors
    self.count = count
    sums = Array(repeating: 0, count: count)
    squares = sums
    block = Buffer(count: Self.rows * count)
    projected = Buffer(count: Self.rows * count)
  }

  /// Adds the vector whose value at place `p` of the flat vector is `value(p)`.
  func add(_ elements: [Int], _ value: (Int) -> Float) {
    let row = block.view[filled * count..<(filled + 1) * count]
    for (index, element) in elements.enumerated() { row[index] = value(element) }
    filled += 1
    if filled == Self.rows { flush() }
  }

  /// Projects what was added since the last time.
  func flush() {
    guard filled > 0 else { return }
    let used = filled * count
    GEMM.multiply(
      Matrix(block.view.prefix(used), rows: filled, columns: count),
      by: Matrix(vectors.view, rows: count, columns: count), transposed: true,
      into: Matrix(projected.view.prefix(used), rows: filled, columns: count))
    for row in 0..<filled {
      for direction in 0..<count {
        let value = Double(projected.view[row * count + direction])
        sums[direction] += value
        squares[direction] += value * value
      }
    }
    added += filled
    filled = 0
  }

  /// Variance of the projections, one a direction.
  var variances: [Double] {
    let number = Double(max(1, added))
    return zip(squares, sums).map { max(0, $0 / number - $1 / number * ($1 / number)) }
  }
}
