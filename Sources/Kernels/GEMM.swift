import COpenBLAS

/// Products of matrices, by the system's OpenBLAS.
public enum GEMM {
  /// C ← op(A) · op(B), or C ← C + op(A) · op(B): row-major, where op transposes on demand.
  ///
  /// op(A) is [rows of C, inner], op(B) is [inner, columns of C]. Without `accumulating` C is only written: whatever it
  /// held, NaN included, is gone. C shares no storage with A or B. An empty inner dimension gives zeros.
  public static func multiply(
    _ a: Matrix, transposed aTransposed: Bool, by b: Matrix, transposed bTransposed: Bool, into c: Matrix,
    accumulating: Bool = false
  ) {
    defer { keep(a, b, c) }
    let (m, k) = aTransposed ? (a.columns, a.rows) : (a.rows, a.columns)
    let (inner, n) = bTransposed ? (b.columns, b.rows) : (b.rows, b.columns)
    precondition(
      k == inner && c.rows == m && c.columns == n,
      "product of [\(m), \(k)] and [\(inner), \(n)] into [\(c.rows), \(c.columns)]")
    guard m > 0, n > 0 else { return }
    guard k > 0 else {
      if !accumulating { c.storage.fill(with: 0) }
      return
    }
    cblas_sgemm(
      CblasRowMajor, aTransposed ? CblasTrans : CblasNoTrans, bTransposed ? CblasTrans : CblasNoTrans, blasint(m),
      blasint(n), blasint(k), 1, a.storage.base, blasint(a.columns), b.storage.base, blasint(b.columns),
      accumulating ? 1 : 0, c.storage.base, blasint(c.columns))
  }

  /// C ← op(A) · B, or C ← C + op(A) · B.
  public static func multiply(
    _ a: Matrix, transposed aTransposed: Bool = false, by b: Matrix, into c: Matrix, accumulating: Bool = false
  ) {
    multiply(a, transposed: aTransposed, by: b, transposed: false, into: c, accumulating: accumulating)
  }

  /// C ← A · op(B), or C ← C + A · op(B).
  public static func multiply(
    _ a: Matrix, by b: Matrix, transposed bTransposed: Bool, into c: Matrix, accumulating: Bool = false
  ) {
    multiply(a, transposed: false, by: b, transposed: bTransposed, into: c, accumulating: accumulating)
  }
}
