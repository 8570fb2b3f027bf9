import CAllocationCounter

/// Heap allocations of the whole process.
public enum AllocationCounter {
  /// Whether this build can count: glibc, and no sanitizer.
  public static var works: Bool { allocation_counter_works() != 0 }

  /// Allocations so far.
  public static var total: Int { allocation_counter_value() }

  /// How many allocations `body` made, over all threads: tests count in a process of their own, an exit test.
  public static func count(_ body: () throws -> Void) rethrows -> Int {
    let before = total
    try body()
    return total - before
  }
}
