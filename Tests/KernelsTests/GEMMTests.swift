import Kernels
import TestSupport
import Testing

extension KernelsTests {
  @Suite("GEMM") struct GEMMTests {
    @Test(
      "every transposition is the naive product, and old contents matter only when accumulating",
      arguments: [(1, 1, 1), (3, 5, 7), (16, 16, 16), (33, 1, 17), (65, 130, 31), (1, 1000, 10)])
    func products(m: Int, k: Int, n: Int) throws {
      try BLASBuild.requireUsable()
      var generator = SeededGenerator(seed: UInt64(m + k + n))
      let (a, b, c) = (generator.floats(m * k), generator.floats(k * n), generator.floats(m * n))
      var product = [Double](repeating: 0, count: m * n)
      for i in 0..<m {
        for j in 0..<n {
          for l in 0..<k { product[i * n + j] += Double(a[i * k + l]) * Double(b[l * n + j]) }
        }
      }
      func transposed(_ x: [Float], rows: Int, columns: Int) -> [Float] {
        (0..<columns).flatMap { j in (0..<rows).map { i in x[i * columns + j] } }
      }
      for aTransposed in [false, true] {
        for bTransposed in [false, true] {
          let left = aTransposed ? matrix(transposed(a, rows: m, columns: k), columns: m) : matrix(a, columns: k)
          let right = bTransposed ? matrix(transposed(b, rows: k, columns: n), columns: k) : matrix(b, columns: n)
          let label = "A \(aTransposed), B \(bTransposed)"
          let fresh = Matrix(Memory.output(m * n), rows: m, columns: n)
          GEMM.multiply(left, transposed: aTransposed, by: right, transposed: bTransposed, into: fresh)
          expectClose(fresh.storage.array(), product.map { Float($0) }, relative: 2e-6, label)
          let sum = matrix(c, columns: n)
          GEMM.multiply(
            left, transposed: aTransposed, by: right, transposed: bTransposed, into: sum, accumulating: true)
          expectClose(
            sum.storage.array(), zip(product, c).map { Float($0 + Double($1)) }, relative: 2e-6,
            "\(label), accumulating")
        }
      }
      #expect(Memory.releaseAndCheck())
    }

    @Test("no rows: nothing is touched; no inner dimension: zeros, or C as it was")
    func empty() {
      let none = Matrix(Memory.floats([]), rows: 0, columns: 3)
      let b = matrix([1, 2, 3, 4, 5, 6], columns: 2)
      GEMM.multiply(none, by: b, into: Matrix(Memory.floats([]), rows: 0, columns: 2))
      let c = matrix([.nan, .nan, .nan, .nan, .nan, .nan], columns: 2)
      let inner = Matrix(Memory.floats([]), rows: 0, columns: 2)
      GEMM.multiply(none, transposed: true, by: inner, into: c)
      #expect(c.storage.array() == [0, 0, 0, 0, 0, 0])
      let kept = matrix([1, 2, 3, 4, 5, 6], columns: 2)
      GEMM.multiply(none, transposed: true, by: inner, into: kept, accumulating: true)
      #expect(kept.storage.array() == [1, 2, 3, 4, 5, 6])
      #expect(Memory.releaseAndCheck())
    }

    @Test("the same product has the same bits, call after call")
    func repeatable() throws {
      try BLASBuild.requireUsable()
      var generator = SeededGenerator(seed: 8)
      let a = matrix(generator.floats(37 * 300), columns: 300)
      let b = matrix(generator.floats(300 * 29), columns: 29)
      let (first, second) = (
        matrix(generator.floats(37 * 29), columns: 29), matrix([Float](repeating: 0, count: 37 * 29), columns: 29)
      )
      GEMM.multiply(a, by: b, into: first)
      GEMM.multiply(a, by: b, into: second)
      #expect(first.storage.array() == second.storage.array())
      #expect(Memory.releaseAndCheck())
    }

    #if !os(Windows)
      @Test("shapes that do not fit stop the program")
      func shapes() async {
        await #expect(processExitsWith: .failure) {
          let buffer = Buffer<Float>(count: 100)
          let a = Matrix(buffer.view, rows: 3, columns: 4)
          GEMM.multiply(a, by: a, into: Matrix(buffer.view, rows: 3, columns: 4))
        }
      }
    #endif
  }
}
