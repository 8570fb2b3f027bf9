import Kernels
import TestSupport
import Testing

@Suite("Winograd's convolution")
struct WinogradConvolutionTests {
  /// Relative to the largest element. The points ±2 magnify rounding; without them sums would hold 4e-6.
  private let bound = 2e-5

  @Test("every image size and padding agrees with the definition", arguments: KernelPath.supported)
  func everySize(path: KernelPath) {
    let sizes = [1, 2, 5, 7, 9, 13, 30]
    let channels = [16, 3, 17, 32, 1, 5]
    var count = 0
    for kernel in [3, 5] {
      for padding in 0..<kernel {
        for height in sizes {
          for width in [sizes[count % sizes.count], 8] {
            let inputs = channels[count % channels.count]
            let outputs = channels[(count / 2 + 1) % channels.count]
            count += 1
            guard min(height, width) + 2 * padding >= kernel else { continue }
            check(
              ConvolutionShape(
                batch: count % 2 == 0 ? 1 : 3, height: height, width: width, inputChannels: inputs,
                outputChannels: outputs, kernel: kernel, padding: padding), path, bound)
          }
        }
      }
    }
  }

  @Test("every channel count agrees with the definition", arguments: KernelPath.supported)
  func everyChannelCount(path: KernelPath) {
    for inputs in [1, 3, 5, 16, 17, 32, 64] {
      for outputs in [1, 3, 5, 16, 17, 32, 64] {
        check(
          ConvolutionShape(
            batch: 3, height: 9, width: 7, inputChannels: inputs, outputChannels: outputs, kernel: 3, padding: 1),
          path, bound)
      }
    }
  }

  /// Packs and sums of more than 16 MiB are written past the caches.
  @Test("weights beyond all caches agree with the definition", arguments: KernelPath.supported)
  func streamedWeights(path: KernelPath) {
    check(
      ConvolutionShape(
        batch: 1, height: 4, width: 3, inputChannels: 384, outputChannels: 384, kernel: 3, padding: 1), path, bound)
  }

  @Test("the error stays small on the shapes of residual networks and LeNet", arguments: KernelPath.supported)
  func accuracy(path: KernelPath) {
    // Batches of 8 make weight gradients sums of up to 8192 products.
    check(
      .init(batch: 8, height: 32, width: 32, inputChannels: 16, outputChannels: 16, kernel: 3, padding: 1), path, 1.2e-5
    )
    check(
      .init(batch: 8, height: 16, width: 16, inputChannels: 32, outputChannels: 32, kernel: 3, padding: 1), path, 1.2e-5
    )
    check(
      .init(batch: 8, height: 8, width: 8, inputChannels: 64, outputChannels: 64, kernel: 3, padding: 1), path, 1.2e-5)
    check(
      .init(batch: 2, height: 7, width: 7, inputChannels: 128, outputChannels: 128, kernel: 3, padding: 1), path, 1.2e-5
    )
    check(
      .init(batch: 4, height: 14, width: 14, inputChannels: 32, outputChannels: 64, kernel: 5, padding: 2), path, 1.2e-5
    )
  }

  /// A layer shape of each class that the networks have, and the bounds of its passes.
  struct ShapeClass: Sendable, CustomTestStringConvertible {
    let shape: ConvolutionShape
    /// For outputs and input gradients, whose sums are as long as the kernel² and the channels make them.
    let bound: Double
    /// For weight gradients. The points ±1/2 and ±2 of kernels of 5 magnify rounding more.
    var weightBound: Double { shape.kernel == 5 ? 1.2e-5 : 8e-6 }

    init(_ batch: Int, _ size: Int, _ inputs: Int, _ outputs: Int, kernel: Int = 3, width: Int? = nil, _ bound: Double)
    {
      shape = ConvolutionShape(
        batch: batch, height: size, width: width ?? size, inputChannels: inputs, outputChannels: outputs,
        kernel: kernel, padding: kernel / 2)
      self.bound = bound
    }

    var testDescription: String { "\(shape)" }
  }

  /// One and a half times what was seen, on every path.
  static let classes = [
    // ResNet-20's three groups, a microbatch of 32 in the first: weight gradients are sums of 32,768 products.
    ShapeClass(32, 32, 16, 16, 6e-6), ShapeClass(16, 16, 32, 32, 8e-6), ShapeClass(16, 8, 64, 64, 1e-5),
    // ResNet-18's to -50's: large images with few channels, and small ones with many.
    ShapeClass(1, 56, 64, 64, 1.2e-5), ShapeClass(1, 28, 128, 128, 1.2e-5), ShapeClass(1, 14, 256, 256, 1.8e-5),
    ShapeClass(1, 7, 512, 512, 1.9e-5),
    // LeNet's, and sizes that divide by nothing.
    ShapeClass(8, 14, 32, 64, kernel: 5, 1.2e-5), ShapeClass(5, 19, 13, 37, width: 23, 6e-6),
  ]

  @Test(
    "each pass of each class of shapes is within its bound of a direct convolution in double precision",
    arguments: classes)
  func accuracyByClass(of shapeClass: ShapeClass) {
    let oracle = NaiveConvolution(shapeClass.shape)
    for path in KernelPath.supported {
      // The direct kernels hold a quarter of the bounds, or of those of 5 a sixth: what Winograd's points cost.
      for (algorithm, share) in [(Algorithm.winograd, 1.0), (.direct, shapeClass.shape.kernel == 5 ? 1.0 / 6 : 0.25)] {
        let errors = (
          largestError(algorithm.forward(oracle, path: path), oracle.outputs),
          largestError(algorithm.inputGradient(oracle, path: path), oracle.inputGradient),
          largestError(algorithm.weightGradient(oracle, path: path), oracle.weightGradient)
        )
        #expect(
          max(errors.0, errors.1) <= shapeClass.bound * share && errors.2 <= shapeClass.weightBound * share,
          "\(algorithm) \(path) \(shapeClass.shape): \(errors)")
      }
    }
  }

  @Test("other strides, kernels and paddings do not fit")
  func fits() {
    func fits(_ kernel: Int, _ stride: Int, _ padding: Int) -> Bool {
      WinogradConvolution.fits(
        ConvolutionShape(
          batch: 1, height: 9, width: 9, inputChannels: 3, outputChannels: 3, kernel: kernel, stride: stride,
          padding: padding))
    }
    #expect(fits(3, 1, 0) && fits(3, 1, 1) && fits(3, 1, 2) && fits(5, 1, 4))
    #expect(!fits(3, 2, 1) && !fits(3, 1, 3) && !fits(1, 1, 0) && !fits(7, 1, 3))
  }

  private func check(_ shape: ConvolutionShape, _ path: KernelPath, _ bound: Double) {
    let errors = Algorithm.winograd.errors(NaiveConvolution(shape), path: path)
    #expect(max(errors.0, errors.1, errors.2) <= bound, "\(path) \(shape): \(errors)")
  }
}
