/// Where every intermediate value of a microbatch lies in a worker's arena.
///
/// Each storage is alive from the first to the last operation that touches it, forward and backward; storages whose
/// lives do not overlap share memory. Planned once, before the first step.
package struct ArenaPlan: Sendable {
  /// A piece of arena that an operation asks for, in floats.
  package struct Storage: Sendable {
    package var count: Int
    /// First and last moment of use; forward operation i is moment i, its backward moment 2F − i.
    package var first: Int
    package var last: Int

    /// A piece of `count` floats, unused without moments.
    package init(count: Int, first: Int = .max, last: Int = .min) {
      self.count = count
      self.first = first
      self.last = last
    }

    /// Whether both are in use at some moment.
    package func meets(_ other: Storage) -> Bool { first <= other.last && other.first <= last }
  }

  /// The pieces and their lives.
  package let storages: [Storage]
  /// Offset of each storage in floats, a multiple of a cache line.
  package let offsets: [Int]
  /// Floats of the whole arena.
  package let count: Int
  /// Floats that the storages would take side by side.
  package let countWithoutReuse: Int

  /// Places the largest storages first, each at the lowest offset that is free during its whole life; without reuse,
  /// side by side.
  package init(_ storages: [Storage], reusingMemory: Bool = true) {
    let line = 16
    func padded(_ count: Int) -> Int { (count + line - 1) / line * line + line }
    var offsets = [Int](repeating: 0, count: storages.count)
    var placed: [Int] = []
    var end = 0
    let used = storages.indices.filter { storages[$0].first <= storages[$0].last }
    for index in used.sorted(by: { (storages[$0].count, $1) > (storages[$1].count, $0) }) {
      let storage = storages[index]
      let neighbours =
        placed
        .filter { !reusingMemory || storages[$0].meets(storage) }
        .sorted { offsets[$0] < offsets[$1] }
      var offset = 0
      for neighbour in neighbours {
        if offset + padded(storage.count) <= offsets[neighbour] { break }
        offset = max(offset, offsets[neighbour] + padded(storages[neighbour].count))
      }
      offsets[index] = offset
      end = max(end, offset + padded(storage.count))
      placed.append(index)
    }
    self.storages = storages
    self.offsets = offsets
    count = end
    countWithoutReuse = used.reduce(0) { $0 + padded(storages[$1].count) }
  }
}
