import CKernels

/// Products of a dense layer that multiply only what is not zero in one of their factors: behind a ReLU most numbers of x
/// are zero, and most of dy in front of one.
///
/// They have the bits of the products in ``Dense`` wherever the other factor is finite: the sums have the same order, and
/// adding a product with zero changes none of them. A zero times infinity or NaN, which is NaN, they leave out.
extension Dense {
  /// How many elements are not zero; NaN is not.
  package static func nonzeros(_ x: Floats) -> Int {
    defer { keep(x) }
    return KernelPath.table.pointee.dense_count(x.base, x.count)
  }

  /// Lists what is not zero in each row of `x`. `lists` has `DenseShape.listCount(rows:columns:)` elements or more.
  package static func list(_ x: Matrix, into lists: Floats) {
    defer { keep(x, lists) }
    let needed = DenseShape.listCount(rows: x.rows, columns: x.columns)
    precondition(
      lists.count >= needed && x.storage.count < Int(Int32.max),
      "lists of \(lists.count) elements for \(x.rows) × \(x.columns), which need \(needed)")
    KernelPath.table.pointee.dense_list(x.rows, x.columns, x.storage.base, lists.base)
  }

  /// y ← x·Wᵀ + bias, then max(0, y) if `relu`, from the lists of x [samples, inputs], made by ``list(_:into:)``.
  ///
  /// `y` is [samples, outputs] and is overwritten. With the transposed weights and the lists of dy it gives dx.
  package static func listedForward(
    _ shape: DenseShape, lists: Floats, weights: Floats, bias: Floats?, relu: Bool, into y: Matrix
  ) {
    defer { keep(lists, weights, bias, y) }
    precondition(
      y.columns == shape.outputs && weights.count == shape.weightCount
        && lists.count >= DenseShape.listCount(rows: y.rows, columns: shape.inputs)
        && bias.map { $0.count == shape.outputs } ?? true,
      "a listed dense layer of \(shape.inputs) inputs and \(shape.outputs) outputs with \(weights.count) weights into "
        + "\(y.rows) × \(y.columns)")
    KernelPath.table.pointee.dense_listed_forward(
      y.rows, shape.inputs, shape.outputs, lists.base, weights.base, bias?.base, relu, y.storage.base)
  }

  /// A part of the weights as those of a layer that goes back from the outputs to the inputs, `shape.transposed`: the
  /// panel number `panel` of `shape.panels`.
  package static func transpose(_ shape: DenseShape, panel: Int, weights: Floats, into transposed: Floats) {
    defer { keep(weights, transposed) }
    precondition(
      panel >= 0 && panel < shape.panels && weights.count == shape.weightCount
        && transposed.count == shape.transposed.weightCount,
      "panel \(panel) of \(weights.count) weights of [\(shape.outputs), \(shape.inputs)] into \(transposed.count)")
    KernelPath.table.pointee.dense_transpose(
      shape.inputs, shape.outputs, panel * DenseShape.panelOutputs, weights.base, transposed.base)
  }

  /// ``weightGradient(_:x:dy:into:biasGradient:accumulating:scratch:)`` from what is not zero in dy. The layer has factors,
  /// and `scratch` at least `shape.listedScratchCount(rows: samples)` elements.
  package static func listedWeightGradient(
    _ shape: DenseShape, x: Matrix, dy: Matrix, into dW: Floats, biasGradient: Floats?, accumulating: Bool,
    scratch: Floats
  ) {
    defer { keep(x, dy, dW, biasGradient, scratch) }
    let needed = shape.listedScratchCount(rows: x.rows)
    precondition(
      shape.hasFactors && x.rows <= DenseShape.mostListedSamples && x.columns == shape.inputs
        && dy.columns == shape.outputs && x.rows == dy.rows && dW.count == shape.weightCount
        && scratch.count >= needed && biasGradient.map { $0.count == shape.outputs } ?? true,
      "a listed weight gradient of [\(shape.outputs), \(shape.inputs)] from \(x.rows) × \(x.columns) and "
        + "\(dy.rows) × \(dy.columns) with scratch of \(scratch.count) elements, which needs \(needed)")
    KernelPath.table.pointee.dense_listed_weight_gradient(
      x.rows, shape.inputs, shape.outputs, x.storage.base, dy.storage.base, accumulating, dW.base,
      biasGradient?.base, scratch.base)
  }
}

extension DenseShape {
  /// Outputs of a panel of weights.
  static let panelOutputs = 32
  /// Samples of which a listed weight gradient can be made at once.
  package static let mostListedSamples = Int(UInt16.max)

  /// The layer that goes back: its weights are this one's, transposed.
  package var transposed: DenseShape { DenseShape(inputs: outputs, outputs: inputs) }
  /// Panels of the weights.
  package var panels: Int { (outputs + Self.panelOutputs - 1) / Self.panelOutputs }

  /// Elements of the lists of a matrix.
  package static func listCount(rows: Int, columns: Int) -> Int { dense_list_floats(rows, columns) }

  /// Elements of scratch of a listed weight gradient over `rows` samples.
  package func listedScratchCount(rows: Int) -> Int { dense_listed_scratch_floats(rows, inputs, outputs) }
}

/// When it pays to skip zeros: a rule of counts, so that every machine with the same kernels makes the same choice. It
/// changes no bit of a result.
///
/// Fitted to both kinds of vectors on one core of an Intel Xeon (Ice Lake), November 2026; `make bench` with `--density`
/// measures it.
package enum ZeroSkipping {
  /// The share of numbers that are not zero, in 32nds, up to which forward passes and input gradients skip: multiplying
  /// from lists costs about twice as much an entry (AVX-512), or a third more (AVX2).
  private static func mostDensity(_ path: KernelPath) -> Int { path == .avx512 ? 13 : 20 }

  /// Whether a product takes the rows of a matrix by their lists.
  package static func listsRows(nonzeros: Int, of count: Int, path: KernelPath = .inUse) -> Bool {
    count < Int(Int32.max) && nonzeros * 32 <= count * mostDensity(path)
  }

  /// Whether a weight gradient takes dy [samples, outputs] by the lists of its outputs: an entry costs two to three times
  /// what a number of the dense product does, of which five are the unit here, and a list as much as some samples.
  package static func listsOutputs(
    nonzeros: Int, samples: Int, outputs: Int, path: KernelPath = .inUse
  ) -> Bool {
    guard samples <= DenseShape.mostListedSamples else { return false }
    let (entry, list) = path == .avx512 ? (14, 80) : (9, 50)
    return nonzeros * entry + outputs * list < samples * outputs * 5
  }

  /// Samples of a shard below which its weight gradients take no lists, as the rule has it.
  package static let leastListedSamples = 16

  /// The samples of a step from which on it pays to transpose a layer's weights for its input gradients.
  package static let transposeSamples = 192
}
