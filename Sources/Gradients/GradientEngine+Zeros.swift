import Kernels
import Models

/// Zeros that dense layers skip. A zero times an infinite weight is NaN, which a product without zeros does not see: from
/// the step on whose update leaves such a weight, nothing is skipped, and the loss is what it would have been.
extension GradientEngine {
  /// Looks at weights that a worker has just changed.
  package func inspect(_ weights: Floats, worker: Int) {
    guard skipsZeros, !Reduction.isFinite(weights) else { return }
    overflows.view[worker] = true
  }

  /// Decides, once all weights of a step are changed, whether the next one may skip zeros.
  package func endInspection() {
    guard skipsZeros else { return }
    let overflowed = overflows.view.indices.contains { overflows.view[$0] }
    overflows.view.fill(with: false)
    finite.view[0] = !(ranked.map { $0.collective.agree(overflowed) } ?? overflowed)
  }

  /// Whether the network has layers that may skip zeros.
  package var skipsZeros: Bool { !network.zeroLayers.isEmpty }

  /// Whether no weight is NaN or infinite, as far as ``inspect(_:worker:)`` has seen.
  var weightsAreFinite: Bool { finite.view[0] }

  /// What the passes of the last batch have met, over all ranks: of each layer that may skip zeros, by its name.
  ///
  /// Every rank calls it.
  package func layerDensities() -> [(layer: String, density: LayerDensity)] {
    let batch = current.view[0]
    guard batch.shards > 0 else { return [] }
    return network.zeroLayers.enumerated().map { index, operation in
      let own = densities.view[index * mostShards..<index * mostShards + batch.shards]
      ranked?.shareShards(own, batch)
      var sum = LayerDensity()
      for shard in own.indices { sum += own[shard] }
      return (network.operationNames[operation], sum)
    }
  }

  /// Keeps what a shard's passes have met.
  func noteDensities(shard: Int, worker: Int) {
    for layer in network.zeroLayers.indices {
      densities.view[layer * mostShards + shard] = workspaces[worker].zeros.density(ofLayer: layer)
    }
  }
}
