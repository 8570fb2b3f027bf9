import Foundation
import Kernels
import Testing

@Suite("Symmetric eigenproblem")
struct SymmetricEigenproblemTests {
  @Test(
    "the second-difference matrix has the eigenvalues 2 − 2 cos(πk ÷ (n + 1)), and A·v = λ·v", arguments: [1, 2, 7, 60])
  func secondDifferences(order: Int) throws {
    let matrix = Buffer<Double>(count: order * order)
    func element(_ i: Int, _ j: Int) -> Double { i == j ? 2 : abs(i - j) == 1 ? -1 : 0 }
    for i in 0..<order {
      for j in 0..<order { matrix.view[i * order + j] = element(i, j) }
    }
    let values = try #require(SymmetricEigenproblem.solve(matrix.view, order: order))
    for k in 1...order {
      let expected = 2 - 2 * cos(.pi * Double(k) / Double(order + 1))
      #expect(abs(values[k - 1] - expected) < 1e-12)
      let vector = (0..<order).map { matrix.view[(k - 1) * order + $0] }
      #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-12)
      for i in 0..<order {
        let product = (0..<order).reduce(0.0) { $0 + element(i, $1) * vector[$1] }
        #expect(abs(product - expected * vector[i]) < 1e-11)
      }
    }
  }

  @Test("a matrix that is not finite has no solution")
  func notFinite() {
    let matrix = Buffer<Double>([1, .nan, .nan, 1])
    matrix.withView { #expect(SymmetricEigenproblem.solve($0, order: 2) == nil) }
  }
}
