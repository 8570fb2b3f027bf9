import CHwloc

/// Processing units that a thread may run on, by the system's numbers.
///
/// Binding goes to the kernel and not through hwloc, which allocates at each call: a step allocates nothing.
package struct UnitSet: Sendable, Equatable {
  /// A bit for each unit.
  private var words: [UInt]

  /// The units of these numbers.
  package init(_ numbers: some Sequence<Int>) {
    // As many as the largest kernels know.
    words = Array(repeating: 0, count: Self.mostUnits / UInt.bitWidth)
    for number in numbers where (0..<Self.mostUnits).contains(number) {
      words[number / UInt.bitWidth] |= 1 << UInt(number % UInt.bitWidth)
    }
  }

  private static let mostUnits = 8192

  package func contains(_ number: Int) -> Bool {
    (0..<Self.mostUnits).contains(number) && words[number / UInt.bitWidth] >> UInt(number % UInt.bitWidth) & 1 == 1
  }

  /// The system's numbers, in order.
  package var numbers: [Int] { (0..<Self.mostUnits).filter(contains) }

  /// The unit that the calling thread runs on at the moment; `nil` where the system does not tell.
  package static var ofMoment: Int? {
    #if os(Linux)
      let unit = Int(isotherm_unit_of_moment())
      return unit >= 0 ? unit : nil
    #else
      return nil
    #endif
  }

  /// Holds the calling thread to these units.
  ///
  /// - Returns: whether the system allows it.
  package func bindThread() -> Bool {
    #if os(Linux)
      return words.withUnsafeBytes { isotherm_bind_thread(0, $0.count, $0.baseAddress) == 0 }
    #else
      return false
    #endif
  }

  /// Becomes the units that the calling thread may run on.
  ///
  /// - Returns: whether the system tells.
  package mutating func readThread() -> Bool {
    #if os(Linux)
      for index in words.indices { words[index] = 0 }
      return words.withUnsafeMutableBytes { isotherm_units_of_thread(0, $0.count, $0.baseAddress) == 0 }
    #else
      return false
    #endif
  }

  /// The units that the calling thread may run on; `nil` where the system does not tell.
  package static func ofThread() -> UnitSet? {
    var set = UnitSet([])
    return set.readThread() ? set : nil
  }

  /// Whether the system lets the calling thread be bound: it is held to where it may run anyway.
  package static func canBind() -> Bool { ofThread()?.bindThread() ?? false }
}
