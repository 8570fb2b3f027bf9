/// Which parameters each rank averages and updates: whole chunks, one after the other, as many elements as go evenly.
package struct RankedSlices: Sendable, Equatable {
  /// The chunks of each rank, by number; some may be none.
  package let chunks: [Range<Int>]
  /// The parameters of each rank, padding behind a tensor included.
  package let parameters: [Range<Int>]
  private let ranges: [Range<Int>]
  private let count: Int

  /// Slices of chunks that lie one after the other in a vector of `count` parameters.
  package init(_ ranges: [Range<Int>], count: Int, ranks: Int) {
    precondition(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound }, "chunks out of order")
    let total = ranges.reduce(0) { $0 + $1.count }
    var ends: [Int] = []
    var (chunk, elements) = (0, 0)
    for rank in 1...ranks {
      // Half of a chunk and more beyond the border stays with the next rank.
      while chunk < ranges.count, (2 * elements + ranges[chunk].count) * ranks <= 2 * total * rank {
        elements += ranges[chunk].count
        chunk += 1
      }
      ends.append(rank == ranks ? ranges.count : chunk)
    }
    self.ranges = ranges
    self.count = count
    chunks = zip([0] + ends, ends).map { $0..<$1 }
    parameters = chunks.map { Self.place($0, ranges, count) }
  }

  /// Where some neighbouring chunks lie, with the padding behind each.
  func place(_ chunks: Range<Int>) -> Range<Int> { Self.place(chunks, ranges, count) }

  private static func place(_ chunks: Range<Int>, _ ranges: [Range<Int>], _ count: Int) -> Range<Int> {
    func place(_ chunk: Int) -> Int { chunk < ranges.count ? (chunk == 0 ? 0 : ranges[chunk].lowerBound) : count }
    return place(chunks.lowerBound)..<place(chunks.upperBound)
  }

  /// A part of every rank's slice, that crosses the network at once.
  package struct Piece: Sendable, Equatable {
    /// Of each rank, by number.
    package let chunks: [Range<Int>]
    package let parameters: [Range<Int>]
  }

  /// The slices in so many pieces, each rank's in order; some may be empty.
  package func pieces(_ pieces: Int) -> [Piece] {
    (0..<pieces).map { piece in
      let chunks = chunks.map { slice in
        slice.lowerBound + slice.count * piece / pieces..<slice.lowerBound + slice.count * (piece + 1) / pieces
      }
      return Piece(chunks: chunks, parameters: chunks.map(place))
    }
  }
}
