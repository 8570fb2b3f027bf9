import Foundation

/// An array that is about to be allocated.
struct MemoryDemand {
  /// Length along each dimension, none negative.
  let dimensions: [Int]
  /// Bytes of one element.
  let elementBytes: Int

  /// All bytes; `nil` where the number overflows.
  var bytes: Int? {
    var product = elementBytes
    for dimension in dimensions {
      let (next, overflows) = product.multipliedReportingOverflow(by: dimension)
      guard !overflows else { return nil }
      product = next
    }
    return product
  }

  /// `3 × 28 × 28`.
  var shape: String { dimensions.map(grouped).joined(separator: " × ") }

  /// Refuses what the machine has no memory for; asking the system for it would stop the program.
  func requireMemory(file: String) throws(DataError) {
    let memory = ProcessInfo.processInfo.physicalMemory
    if let bytes, UInt64(bytes) <= memory { return }
    let needed = bytes.map { "\(grouped($0)) bytes" } ?? "more bytes than can be counted"
    throw DataError(
      file: file, found: "\(shape) values, which need \(needed) of memory",
      allowed: "at most the \(grouped(Int(memory))) bytes that this machine has", remedy: "use fewer samples")
  }
}
