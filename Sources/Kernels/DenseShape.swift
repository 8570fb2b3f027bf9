import CKernels

/// The shape of a dense layer's weights and the order in which memory holds them.
///
/// Weights, their gradient and their momentum are kept the way the kernels read them, so nothing is packed in a step:
/// panels of 32 outputs, each `[inputs][32]`; the last panel is `[inputs][16]` if at most 16 outputs are left for it.
/// The elements past the last output are padding. They are zero in gradients, so zero padding stays zero under every
/// element-wise update rule that keeps a zero weight with a zero gradient at zero.
public struct DenseShape: Sendable, Equatable {
  /// Numbers a sample brings in.
  public let inputs: Int
  /// Numbers a sample leaves with.
  public let outputs: Int

  /// A layer from `inputs` to `outputs` numbers, both at least 1.
  public init(inputs: Int, outputs: Int) {
    precondition(inputs > 0 && outputs > 0, "a dense layer of \(inputs) inputs and \(outputs) outputs")
    self.inputs = inputs
    self.outputs = outputs
  }

  /// Elements of a buffer of weights, padding included: a multiple of 16.
  public var weightCount: Int { (outputs + 15) / 16 * 16 * inputs }

  /// Where a weight lies in a buffer of weights: the element that files hold at `[output, input]`.
  public func index(output: Int, input: Int) -> Int {
    precondition(
      output >= 0 && output < outputs && input >= 0 && input < inputs,
      "weight [\(output), \(input)] of a dense layer [\(outputs), \(inputs)]")
    let first = output & ~31
    let width = outputs - first <= 16 ? 16 : 32
    return first * inputs + input * width + output - first
  }

  /// Elements of scratch that any pass needs for up to `rows` samples.
  public func scratchCount(rows: Int) -> Int {
    precondition(rows >= 0, "a microbatch of \(rows) samples")
    return dense_scratch_floats(rows, inputs, outputs)
  }
}
