import COpenBLAS

/// Eigenvalues and eigenvectors of a symmetric matrix in double precision, by LAPACK's divide and conquer (Cuppen
/// 1981), which OpenBLAS contains.
package enum SymmetricEigenproblem {
  /// A·v_i = λ_i·v_i with λ_0 ≤ λ_1 ≤ ….
  ///
  /// - Parameter matrix: [order, order]; only its upper triangle, j ≥ i, is read. Row i becomes v_i, of length 1.
  /// - Returns: the eigenvalues in ascending order; `nil` if the iteration did not converge, or the matrix holds a
  ///   number that is not finite.
  /// - Complexity: O(`order`³).
  package static func solve(_ matrix: View<Double>, order: Int) -> [Double]? {
    precondition(matrix.count == order * order, "\(matrix.count) elements of a matrix of order \(order)")
    guard order > 0 else { return [] }
    guard matrix.indices.allSatisfy({ matrix[$0].isFinite }) else { return nil }
    let eigenvalues = Buffer<Double>(count: order)
    // The sizes that LAPACK documents for vectors: 1 + 6n + 2n² numbers and 3 + 5n integers.
    let work = Buffer<Double>(count: 1 + 6 * order + 2 * order * order)
    let integers = Buffer<blasint>(count: 3 + 5 * order)
    var info: blasint = 0
    var (size, workCount, integerCount) = (
      blasint(order), blasint(work.view.count), blasint(integers.view.count)
    )
    // Fortran's columns are the rows here, so its lower triangle is the upper one, and its vectors are rows.
    var (job, triangle) = (CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "L")))
    dsyevd_(
      &job, &triangle, &size, matrix.base, &size, eigenvalues.view.base, work.view.base, &workCount,
      integers.view.base, &integerCount, &info, 1, 1)
    withExtendedLifetime((matrix, work, integers)) {}
    return info == 0 ? eigenvalues.array() : nil
  }
}
