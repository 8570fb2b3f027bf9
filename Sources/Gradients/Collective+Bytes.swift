import Kernels

/// What ranks tell one another beside numbers of a step: before the first, and after the last.
extension Collective {
  /// What each rank says, in the order of ranks.
  package func gather(_ bytes: [UInt8]) -> [[UInt8]] {
    let lengths = Buffer<Int>(count: ranks)
    lengths.view[rank] = bytes.count
    exchange(lengths.view, Delivery.all((0..<ranks).map { $0..<$0 + 1 }))
    var parts: [Range<Int>] = []
    for rank in 0..<ranks {
      let start = parts.last?.upperBound ?? 0
      parts.append(start..<start + lengths.view[rank])
    }
    let all = Buffer<UInt8>(count: parts.last?.upperBound ?? 0)
    all.view[parts[rank]].copy(from: bytes)
    exchange(all.view, Delivery.all(parts))
    return parts.map { all.view[$0].array() }
  }

  /// What rank 0 says; what the others give is not looked at.
  package func broadcast(_ bytes: [UInt8]) -> [UInt8] {
    let length = Buffer<Int>([bytes.count])
    broadcast(length.view)
    let all = Buffer<UInt8>(count: length.view[0])
    if rank == 0 { all.view.copy(from: bytes) }
    broadcast(all.view)
    return all.view.array()
  }

  /// Gives every rank the values of rank 0.
  package func broadcast<Element>(_ values: View<Element>) {
    exchange(values, (1..<max(1, ranks)).map { Delivery(values.indices, from: 0, to: $0) })
  }

  /// Waits until every rank has come here.
  package func meet() { _ = agree(false) }
}
