import Configuration
import Datasets
import Kernels
import Machine
import Workers

/// Loads the data of a run, with all cores where there is work for them.
package enum RunData {
  /// All sets that the config names.
  ///
  /// - Parameters:
  ///   - threads: for what many threads can share, such as decoding pictures; left out, as many as there are cores. The
  ///     data do not depend on their number.
  ///   - progress: hears how far a file has come, on the calling thread.
  /// - Throws: `DataError` naming the file at fault.
  package static func load(
    _ configuration: RunConfiguration, threads: Int? = nil, progress: @escaping (LoadingProgress) -> Void = { _ in }
  ) throws(DataError) -> DataSplits {
    try load(configuration.data, seed: configuration.seed, threads: threads, progress: progress)
  }

  /// The same for the part of a config that names data; `seed` is the run's.
  package static func load(
    _ data: DataConfiguration, seed: UInt64, threads: Int? = nil,
    progress: @escaping (LoadingProgress) -> Void = { _ in }
  ) throws(DataError) -> DataSplits {
    let wanted = threads ?? MachineTopology.current.usableCores
    let workers = LazyPool(threads: min(wanted, BLASBuild.maximumCallers))
    return try DatasetLoader.load(data, seed: seed, progress: progress) { count, body in
      workers.run(count, body)
    }
  }
}

/// A pool that starts when there is work for it: most data are read by one thread.
private final class LazyPool: Sendable {
  private let threads: Int
  private let pool = Monitor<WorkerPool?>(nil)

  init(threads: Int) { self.threads = threads }

  func run(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let team = pool.withLock { pool in
      let team = pool ?? WorkerPool(threads: threads)
      pool = team
      return team
    }
    team.run(count) { _, index in body(index) }
  }
}
