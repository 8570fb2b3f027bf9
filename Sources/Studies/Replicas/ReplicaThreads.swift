/// How replicas share the threads of a machine: as many at once as there are threads, or seeds, each with as many threads as
/// any other, or one more.
///
/// A replica that has one thread waits for nobody: side by side is the best use of threads as long as memory allows it.
package struct ReplicaThreads: Sendable, Equatable {
  /// Threads of each replica that trains at once.
  package let counts: [Int]

  /// - Parameters:
  ///   - threads: T ≥ 1 of all together.
  ///   - seeds: how many there are to train, at least one.
  package init(threads: Int, seeds: Int) {
    precondition(threads >= 1 && seeds >= 1, "\(threads) threads for \(seeds) seeds")
    let places = min(threads, seeds)
    counts = (0..<places).map { threads / places + ($0 < threads % places ? 1 : 0) }
  }
}
