import Configuration
import Datasets
import Models

extension Trainer {
  /// Sets initial weights: of the config's seed, and, for whitening filters, of the first training samples.
  ///
  /// One thread goes over these samples, in their order: every number of threads and ranks has the same weights.
  func initializeWeights() {
    let (network, samples) = (plan.network, plan.splits.train)
    network.initialize(state, seed: plan.configuration.seed)
    if network.initializationSamples > 0 {
      network.whiten(state, count: samples.count) { samples.write($0, into: $1) }
    }
    update.restartFollowing()
  }
}
