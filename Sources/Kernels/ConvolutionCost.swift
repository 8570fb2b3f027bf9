import CKernels

/// How a convolution is computed.
package enum ConvolutionAlgorithm: String, CaseIterable, Sendable {
  /// ``DirectConvolution``.
  case direct
  /// ``WinogradConvolution``.
  case winograd
  /// ``Convolution``: patches and OpenBLAS, or OpenBLAS alone for 1×1 kernels of stride 1.
  case gemm

  /// The kernels of the algorithms that want packed weights.
  package var packed: (any PackedConvolution.Type)? {
    switch self {
    case .direct: DirectConvolution.self
    case .winograd: WinogradConvolution.self
    case .gemm: nil
    }
  }
}

/// One of the three passes of a convolution in training.
package enum ConvolutionPass: String, CaseIterable, Sendable {
  case forward, inputGradient, weightGradient
}

/// What a pass costs by each algorithm, in vector operations: 16 multiply-adds each.
///
/// The rule is a model with constants fitted to measurements (Ice Lake, AVX-512 and AVX2, one core and two, November
/// 2026), and depends on the shape, the kernel path and the core that OpenBLAS has taken: every machine that runs the same
/// kernels makes the same choice.
///
/// - direct: pixels · kernel² · inputs · ⌈outputs/16⌉ ÷ 0.92. Weight gradients add up each chunk of pixels by itself and
///   then add it to the earlier ones, which takes the time of 5 pixels; with AVX2's half as many and half as long
///   registers, which hold a quarter of the sums, their pixels pass by more often: ÷ 0.78.
/// - Winograd: for each tile of 4 × 4 outputs points · inputs · ⌈outputs/16⌉ products, and for each group of 16 channels
///   that is transformed, in or out, 300 with kernels of 3, whose tiles have 36 points, and 960 with those of 5, whose
///   tiles have 64; and 20 for each 64 bytes of packed weights beyond the second-level cache.
/// - GEMM: the same products as direct ÷ 0.78, and for patches 0.4 a float and 8 a tap, and 0.3 a weight for each block of
///   them, since OpenBLAS packs all weights, or adds to them, in every call; the products times
///   ``BLASBuild/slowness(beside:)``.
package enum ConvolutionCost {
  /// The cheapest algorithm of a pass. A forced `direct` is the caller's matter.
  ///
  /// With portable arithmetic it is one of Isotherm's own, and every path makes the choice of AVX-512.
  package static func choice(
    _ pass: ConvolutionPass, of shape: ConvolutionShape, path: KernelPath = .inUse, blas: BLASBuild = .current,
    arithmetic: Arithmetic = .machine
  ) -> ConvolutionAlgorithm {
    var best = (algorithm: ConvolutionAlgorithm.direct, cost: Double.infinity)
    let isPortable = arithmetic == .portable
    let path = isPortable ? .avx512 : path
    for algorithm in ConvolutionAlgorithm.allCases where !isPortable || algorithm.packed != nil {
      if let cost = operations(pass, of: shape, by: algorithm, path: path, blas: blas), cost < best.cost {
        best = (algorithm, cost)
      }
    }
    return best.algorithm
  }

  /// The cost in vector operations of 16 multiply-adds; `nil` where the algorithm cannot compute the shape.
  package static func operations(
    _ pass: ConvolutionPass, of shape: ConvolutionShape, by algorithm: ConvolutionAlgorithm, path: KernelPath = .inUse,
    blas: BLASBuild = .current
  ) -> Double? {
    // OpenBLAS picks its own instructions; the portable kernels run at a quarter of the others' speed (29 of 117 GFLOP/s),
    // and those that fuse in software slower still.
    let slowness = path == .portable ? 4.0 : path == .fused ? 16.0 : 1.0
    switch algorithm {
    case .direct: return slowness * direct(pass, shape, path)
    case .winograd: return WinogradConvolution.fits(shape) ? slowness * winograd(pass, shape) : nil
    case .gemm: return gemm(pass, shape, slowness: blas.slowness(beside: path))
    }
  }

  private static func direct(_ pass: ConvolutionPass, _ shape: ConvolutionShape, _ path: KernelPath) -> Double {
    let taps = Double(shape.kernel * shape.kernel)
    let pixels = Double(shape.outputPixels)
    let inputs = Double(shape.inputChannels)
    let outputs = Double(shape.outputChannels)
    switch pass {
    case .forward: return pixels * taps * inputs * groups(shape.outputChannels) / 0.92
    case .inputGradient: return pixels * taps * outputs * groups(shape.inputChannels) / 0.92
    case .weightGradient:
      let chunk = Double(max(1, shape.withC(convolution_direct_chunk_pixels)))
      let products = pixels * taps * inputs * groups(shape.outputChannels)
      return products * (1 + 5 / chunk) / (path == .avx2 ? 0.78 : 0.92)
    }
  }

  private static func winograd(_ pass: ConvolutionPass, _ shape: ConvolutionShape) -> Double {
    let side = 4
    let points = Double((shape.kernel + side - 1) * (shape.kernel + side - 1))
    let transform = shape.kernel == 3 ? 300.0 : 960
    let height = pass == .inputGradient ? shape.height : shape.outputHeight
    let width = pass == .inputGradient ? shape.width : shape.outputWidth
    let tiles = Double(shape.batch * ((height + side - 1) / side) * ((width + side - 1) / side))
    let inputs = groups(shape.inputChannels)
    let outputs = groups(shape.outputChannels)
    let lines = points * inputs * outputs * 16
    // The second-level cache holds 16,384 lines of 64 bytes. Sums of the weight gradient are written and read again.
    let passingLines = lines > 16_384 ? lines * (pass == .weightGradient ? 3 : 1) : 0
    return tiles * (points * 16 * inputs * outputs + transform * (inputs + outputs)) + 20 * passingLines
  }

  private static func gemm(_ pass: ConvolutionPass, _ shape: ConvolutionShape, slowness: Double) -> Double {
    let pixels = Double(shape.outputPixels)
    let patch = Double(shape.patchCount)
    let products = pixels * patch * Double(shape.outputChannels) / 16 / 0.78 * slowness
    if shape.kernel == 1 && shape.stride == 1 && shape.padding == 0 { return products }
    let blocks = (pixels / Double(Convolution.blockPixels(shape))).rounded(.up)
    let gathered = pixels * (0.4 * patch + 8 * Double(shape.kernel * shape.kernel))
    return products + gathered + 0.3 * blocks * patch * Double(shape.outputChannels)
  }

  private static func groups(_ channels: Int) -> Double { Double((channels + 15) / 16) }
}
