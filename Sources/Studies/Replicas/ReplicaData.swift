import Configuration
import Coordinator
import Datasets

/// The data of several seeds of one config: loaded once, and shared by all of them.
///
/// Sets are immutable, and any number of threads may read them. Only where the seed itself makes the samples
/// (`synthetic`, `quadratic`) each seed has its own, as its solo run has.
package struct ReplicaData: Sendable {
  /// What names the data.
  package let configuration: DataConfiguration
  private let seed: UInt64
  /// Those of the first seed: of all, unless the seed makes them.
  package let splits: DataSplits

  /// - Parameter splits: the data of a config as its own run loads them.
  package init(_ configuration: RunConfiguration, splits: DataSplits) {
    self.configuration = configuration.data
    seed = configuration.seed
    self.splits = splits
  }

  /// Whether all seeds have the same samples.
  package var isShared: Bool { !configuration.source.kind.isMadeFromSeed }

  /// The data of a seed.
  ///
  /// - Throws: `DataError` if they cannot be made.
  package func splits(seed: UInt64) throws -> DataSplits {
    if isShared || seed == self.seed { return splits }
    return try RunData.load(configuration, seed: seed, threads: 1)
  }
}
