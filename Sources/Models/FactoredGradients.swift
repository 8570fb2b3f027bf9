import Kernels

/// The dense weights whose shard gradients stay products that nobody has multiplied yet.
///
/// A wide layer's gradient dyᵀ·x has many more numbers than its factors: k of them, written by the shards and read
/// again by the sum, would keep the memory busier than the products keep the cores. So a shard leaves the factors, and
/// whoever sums and updates a piece of the weights multiplies that piece for each shard, in its own cache. The bits are
/// those of the products in the shards.
package struct FactoredGradients: Sendable {
  private struct Factored: Sendable {
    package let tensor: Int
    package let shape: DenseShape
    package let range: Range<Int>
    /// Where the layer's factors begin among those of a shard.
    package let offset: Int
  }

  /// Elements of all factors of one shard, a multiple of a cache line.
  package let count: Int
  /// Elements of a shard's gradient without the factored weights.
  package let gradientCount: Int
  /// Multiplications and additions for one sample that wait for whoever wants the gradient.
  package var productFLOPs: Int { factored.reduce(0) { $0 + 2 * $1.shape.inputs * $1.shape.outputs } }
  /// Whether there is room for lists of what is not zero in dy.
  let holdsLists: Bool
  private let factored: [Factored]

  /// The layers of `network` for which factors pay where no shard has more than `samples` samples.
  ///
  /// - Parameter holdsLists: whether dy may leave what is not zero alone, which takes more room where all of it is.
  package init(_ network: Network, samples: Int, holdsLists: Bool = true) {
    let isListed =
      holdsLists && !network.zeroLayers.isEmpty
      && (ZeroSkipping.leastListedSamples...DenseShape.mostListedSamples).contains(samples)
    self.holdsLists = isListed
    var offset = 0
    var factored: [Factored] = []
    for layer in network.factoredOperations where Self.pays(layer.shape, samples: samples) {
      guard let tensor = network.tensors.firstIndex(where: { $0.range == layer.weights }) else { continue }
      factored.append(Factored(tensor: tensor, shape: layer.shape, range: layer.weights, offset: offset))
      offset += (layer.shape.factorCount(samples: samples, listed: isListed) + 15) / 16 * 16
    }
    self.factored = factored
    count = offset
    gradientCount = factored.reduce(network.parameterCount) { $0 - $1.range.count }
  }

  /// Whether the factors of one shard take at most a third of the memory that the gradient takes.
  private static func pays(_ shape: DenseShape, samples: Int) -> Bool {
    let factors = Int.saturatingProduct(3, samples, shape.inputs + shape.outputs)
    return shape.hasFactors && factors <= shape.inputs * shape.outputs
  }

  /// Where a tensor that is not factored lies in a shard's gradient: that of the parameters, without the factored ones.
  package func gradientRange(_ range: Range<Int>) -> Range<Int> {
    var shift = 0
    for layer in factored where layer.range.lowerBound < range.lowerBound { shift += layer.range.count }
    return range.lowerBound - shift..<range.upperBound - shift
  }

  /// A piece of the parameters whose gradient is multiplied from factors.
  package struct Piece: Sendable {
    /// Where it lies in the parameter vector.
    package let range: Range<Int>
    /// Which inputs of the layer it is of: pieces of one block read the same part of x.
    package var block: Int { piece.block }
    fileprivate let piece: DenseShape.Piece
    fileprivate let shape: DenseShape
    fileprivate let offset: Int
  }

  /// The pieces of a tensor, in order; `nil` if it is not factored.
  package func pieces(ofTensor tensor: Int) -> [Piece]? {
    guard let layer = factored.first(where: { $0.tensor == tensor }) else { return nil }
    let start = layer.range.lowerBound
    return layer.shape.pieces.map {
      Piece(
        range: start + $0.range.lowerBound..<start + $0.range.upperBound, piece: $0, shape: layer.shape,
        offset: layer.offset)
    }
  }

  /// The gradient sum of a shard of `samples` samples, at a piece of the parameters; the shard's factors begin at element
  /// `first` of `factors`.
  package func multiply(
    _ piece: Piece, samples: Int, of factors: Floats, at first: Int = 0, into gradient: Floats
  ) {
    Dense.multiplyFactors(
      piece.shape, samples: samples, piece: piece.piece, of: factors, at: first + piece.offset, into: gradient)
  }

  /// Where the factors of these weights begin; `nil` if they are not factored.
  package func offset(ofWeights weights: Range<Int>) -> Int? {
    for layer in factored where layer.range.lowerBound == weights.lowerBound { return layer.offset }
    return nil
  }
}

/// Where one shard leaves its factors.
package struct ShardFactors: Sendable {
  package let plan: FactoredGradients
  package let storage: Floats
  /// Samples of the shard, and the position of its first one in the batch.
  package let samples: Range<Int>

  /// The factors of the samples at these positions, in `storage` of `plan.count` elements.
  package init(_ plan: FactoredGradients, in storage: Floats, samples: Range<Int>) {
    precondition(storage.count == plan.count, "factors of \(plan.count) elements in \(storage.count)")
    self.plan = plan
    self.storage = storage
    self.samples = samples
  }
}
