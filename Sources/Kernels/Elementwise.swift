import CKernels

/// Passes over vectors and the rows of matrices, one result an element.
package enum Elementwise {
  /// x ← max(0, x); NaN stays.
  package static func relu(_ x: Floats) {
    defer { keep(x) }
    KernelPath.table.pointee.relu(x.base, x.count)
  }

  /// dy ← dy where the rectified output was positive, else 0.
  package static func reluBackward(gradient: Floats, output: Floats) {
    defer { keep(gradient, output) }
    precondition(gradient.count == output.count, "gradient of \(gradient.count), output of \(output.count)")
    KernelPath.table.pointee.relu_backward(gradient.base, output.base, gradient.count)
  }

  /// How ``gelu(_:form:into:)`` computes the normal distribution's Φ.
  package enum GELUForm: Sendable, CaseIterable {
    /// By the error function.
    case exact
    /// ½ (1 + tanh(√(2/π) (x + 0.044715x³))), up to 5e-4 beside it.
    case tanh
  }

  /// y ← x·Φ(x), the Gaussian error linear unit (Hendrycks & Gimpel 2016); `y` may be `x`. The distribution is within
  /// 2e-7 of the one that the form names.
  package static func gelu(_ x: Floats, form: GELUForm, into y: Floats) {
    defer { keep(x, y) }
    precondition(x.count == y.count, "GELU of \(x.count) elements into \(y.count)")
    KernelPath.table.pointee.gelu(x.base, x.count, form == .tanh, y.base)
  }

  /// dx ← dy · (Φ(x) + x·Φ′(x)), where x is the input; `dx` may be `dy`.
  package static func geluBackward(input x: Floats, outputGradient dy: Floats, form: GELUForm, into dx: Floats) {
    defer { keep(x, dy, dx) }
    precondition(
      x.count == dy.count && x.count == dx.count, "GELU of \(x.count) elements, gradients \(dy.count), \(dx.count)")
    KernelPath.table.pointee.gelu_backward(x.base, dy.base, x.count, form == .tanh, dx.base)
  }

  /// sum ← sum + x, then max(0, ·) on demand.
  package static func add(into sum: Floats, _ x: Floats, relu: Bool = false) {
    defer { keep(sum, x) }
    precondition(sum.count == x.count, "sum of \(sum.count) and \(x.count) elements")
    KernelPath.table.pointee.add(sum.base, x.base, sum.count, relu)
  }

  /// x ← share · x + (1 − share) · y. Each product is rounded, so that all CPUs have the same bits without a kernel.
  package static func mix(_ x: Floats, with y: Floats, share: Float) {
    defer { keep(x, y) }
    precondition(x.count == y.count, "a mixture of \(x.count) and \(y.count) elements")
    let (base, other, rest) = (x.base, y.base, 1 - share)
    for index in 0..<x.count { base[index] = share * base[index] + rest * other[index] }
  }

  /// x ← factor · x.
  package static func scale(_ x: Floats, by factor: Float) {
    defer { keep(x) }
    KernelPath.table.pointee.scale(x.base, factor, x.count)
  }

  /// Every row ← row + bias, then max(0, ·) on demand. `bias` is [columns].
  package static func addBias(_ x: Matrix, bias: Floats, relu: Bool = false) {
    defer { keep(x, bias) }
    precondition(bias.count == x.columns, "bias of \(bias.count) on [\(x.rows), \(x.columns)]")
    KernelPath.table.pointee.add_bias(x.storage.base, x.rows, x.columns, bias.base, relu)
  }

  /// sums ← the sum of the rows, or sums + the sum of the rows: the gradient of a bias. `sums` is [columns].
  package static func columnSums(of x: Matrix, into sums: Floats, accumulating: Bool = false) {
    defer { keep(x, sums) }
    precondition(sums.count == x.columns, "sums of \(sums.count) over [\(x.rows), \(x.columns)]")
    KernelPath.table.pointee.column_sums(x.storage.base, x.rows, x.columns, sums.base, accumulating)
  }

  /// y ← x · scale[c] + shift[c], where c is an element's index modulo `channels`, over `range` of x or all of it. Counts
  /// are whole numbers of pixels.
  package static func normalize(
    bytes x: View<UInt8>, range: Range<Int>? = nil, channels: Int, scale: Floats, shift: Floats, into y: Floats
  ) {
    defer { keep(x, scale, shift, y) }
    let range = range ?? x.indices
    checkNormalization(x.count, range, channels, scale, shift, y)
    KernelPath.table.pointee.normalize_bytes(
      x.base + range.lowerBound, range.count, channels, scale.base, shift.base, y.base)
  }

  /// y ← x · scale[c] + shift[c], as for bytes; `y` may be that range of `x`.
  package static func normalize(
    floats x: Floats, range: Range<Int>? = nil, channels: Int, scale: Floats, shift: Floats, into y: Floats
  ) {
    defer { keep(x, scale, shift, y) }
    let range = range ?? x.indices
    checkNormalization(x.count, range, channels, scale, shift, y)
    KernelPath.table.pointee.normalize_floats(
      x.base + range.lowerBound, range.count, channels, scale.base, shift.base, y.base)
  }

  private static func checkNormalization(
    _ count: Int, _ range: Range<Int>, _ channels: Int, _ scale: Floats, _ shift: Floats, _ y: Floats
  ) {
    precondition(
      channels > 0 && scale.count == channels && shift.count == channels && y.count == range.count
        && range.count % channels == 0 && range.lowerBound >= 0 && range.upperBound <= count,
      """
      normalisation of elements \(range) of \(count) of \(channels) channels by \(scale.count) and \(shift.count) into \
      \(y.count)
      """)
  }

  /// Zeroes a share `rate` of the elements and multiplies the others by 1 ÷ (1 − rate).
  ///
  /// `x` is [samples, features]. Whether an element stays is a pure function of the generator, the step, the layer, the
  /// sample's position in the batch (`firstSample` + row) and the feature. So the backward pass is this same call
  /// on the gradient. `rate` is in 0..<1, `layer` below 2^24.
  package static func dropout(_ x: Matrix, rate: Float, generator: Philox, step: Int, firstSample: Int, layer: Int) {
    defer { keep(x) }
    precondition(rate >= 0 && rate < 1, "dropout rate \(rate) is not in 0..<1")
    precondition(firstSample + x.rows < 1 << 32 && layer < 1 << 24, "dropout of sample \(firstSample), layer \(layer)")
    guard rate > 0 else { return }
    KernelPath.table.pointee.dropout(
      x.storage.base, x.rows, x.columns, generator.key0, generator.key1, UInt32(firstSample),
      UInt32(truncatingIfNeeded: step), generator.lastWord(UInt32(layer)),
      UInt32(min(Double(rate) * 0x1p32, Double(UInt32.max))), 1 / (1 - rate))
  }
}
