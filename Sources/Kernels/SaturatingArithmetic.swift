/// Sizes that are computed before anybody knows whether they can be had: what no `Int` holds becomes `Int.max`, which is
/// more than any memory.
extension Int {
  /// The product of factors that are not negative.
  package static func saturatingProduct(_ factors: Int...) -> Int {
    if factors.contains(0) { return 0 }
    return factors.reduce(1) { product, factor in
      let (next, overflows) = product.multipliedReportingOverflow(by: factor)
      return overflows ? .max : next
    }
  }

  /// The sum of summands that are not negative.
  package static func saturatingSum(_ summands: Int...) -> Int {
    summands.reduce(0) { sum, summand in
      let (next, overflows) = sum.addingReportingOverflow(summand)
      return overflows ? .max : next
    }
  }
}
