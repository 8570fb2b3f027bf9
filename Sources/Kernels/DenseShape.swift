import CKernels

/// The shape of a dense layer's weights and the order in which memory holds them.
///
/// Weights, their gradient and their momentum are kept the way the kernels read them, so nothing is packed in a step:
/// panels of 32 outputs, each `[inputs][32]`; the last panel is `[inputs][16]` if at most 16 outputs are left for it.
/// The elements past the last output are padding. They are zero in gradients, so zero padding stays zero under every
/// element-wise update rule that keeps a zero weight with a zero gradient at zero.
package struct DenseShape: Sendable, Equatable {
  /// Numbers a sample brings in.
  package let inputs: Int
  /// Numbers a sample leaves with.
  package let outputs: Int

  /// A layer from `inputs` to `outputs` numbers, both at least 1.
  package init(inputs: Int, outputs: Int) {
    precondition(inputs > 0 && outputs > 0, "a dense layer of \(inputs) inputs and \(outputs) outputs")
    self.inputs = inputs
    self.outputs = outputs
  }

  /// Elements of a buffer of weights, padding included: a multiple of 16.
  package var weightCount: Int { (outputs + 15) / 16 * 16 * inputs }

  /// Where a weight lies in a buffer of weights: the element that files hold at `[output, input]`.
  package func index(output: Int, input: Int) -> Int {
    precondition(
      output >= 0 && output < outputs && input >= 0 && input < inputs,
      "weight [\(output), \(input)] of a dense layer [\(outputs), \(inputs)]")
    let first = output & ~31
    let width = outputs - first <= 16 ? 16 : 32
    return first * inputs + input * width + output - first
  }

  /// Whether ``Dense/storeFactors(_:x:dy:at:of:biasGradient:into:)`` takes the layer: a layer of few outputs has no use
  /// for it.
  package var hasFactors: Bool { outputs > 16 }

  /// Elements of the factors of a weight gradient over `samples` samples; `listed`: with room for lists of what is not zero.
  package func factorCount(samples: Int, listed: Bool) -> Int {
    precondition(samples >= 0, "factors of \(samples) samples")
    return dense_factor_floats(samples, inputs, outputs, listed)
  }

  /// A part of a buffer of weights, of at most 8,192 elements, whose gradient is multiplied by itself: a block of inputs
  /// of one panel.
  package struct Piece: Sendable, Equatable {
    /// Where the piece lies in a buffer of weights.
    package let range: Range<Int>
    /// First output of the panel.
    let output: Int
    /// Number of the block.
    package let block: Int
  }

  /// All pieces, in the order of the buffer, which they cover: those of a panel follow one another, so that its part of
  /// dy stays in the cache.
  package var pieces: [Piece] {
    let blocks = (inputs + dense_piece_inputs() - 1) / dense_piece_inputs()
    return stride(from: 0, to: outputs, by: 32).flatMap { output in
      let width = outputs - output <= 16 ? 16 : 32
      return (0..<blocks).map { block in
        let (start, end) = (inputs * block / blocks, inputs * (block + 1) / blocks)
        return Piece(
          range: output * inputs + start * width..<output * inputs + end * width, output: output, block: block)
      }
    }
  }

  /// Elements of scratch that any pass needs for up to `rows` samples.
  package func scratchCount(rows: Int) -> Int {
    precondition(rows >= 0, "a microbatch of \(rows) samples")
    return dense_scratch_floats(rows, inputs, outputs)
  }
}
