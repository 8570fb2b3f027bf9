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

  /// A layer shape of each class that the networks have, and bounds for its three passes.
  ///
  /// Errors grow with the length of the sums: forward over kernel² · inputs, the weight gradient over the pixels of the
  /// batch. Rounding adds up like a random walk, so the bounds grow far slower than the sums. The direct kernels hold a
  /// quarter of these bounds on the same shapes.
  static let classes: [(ConvolutionShape, forward: Double, inputGradient: Double, weightGradient: Double)] = [
    // ResNet-20's three groups, a microbatch of 32 in the first: sums of 32,768 products.
    (
      .init(batch: 32, height: 32, width: 32, inputChannels: 16, outputChannels: 16, kernel: 3, padding: 1), 4e-6, 4e-6,
      8e-6
    ),
    (
      .init(batch: 16, height: 16, width: 16, inputChannels: 32, outputChannels: 32, kernel: 3, padding: 1), 4e-6, 4e-6,
      8e-6
    ),
    (
      .init(batch: 16, height: 8, width: 8, inputChannels: 64, outputChannels: 64, kernel: 3, padding: 1), 5e-6, 5e-6,
      8e-6
    ),
    // ResNet-18's to -50's: large images with few channels, and small ones with many.
    (
      .init(batch: 1, height: 56, width: 56, inputChannels: 64, outputChannels: 64, kernel: 3, padding: 1), 5e-6, 5e-6,
      8e-6
    ),
    (
      .init(batch: 1, height: 28, width: 28, inputChannels: 128, outputChannels: 128, kernel: 3, padding: 1), 6e-6,
      6e-6, 8e-6
    ),
    (
      .init(batch: 1, height: 14, width: 14, inputChannels: 256, outputChannels: 256, kernel: 3, padding: 1), 6e-6,
      6e-6, 8e-6
    ),
    (
      .init(batch: 1, height: 7, width: 7, inputChannels: 512, outputChannels: 512, kernel: 3, padding: 1), 8e-6, 8e-6,
      8e-6
    ),
    // LeNet's, and sizes that divide by nothing.
    (
      .init(batch: 8, height: 14, width: 14, inputChannels: 32, outputChannels: 64, kernel: 5, padding: 2), 6e-6, 6e-6,
      1e-5
    ),
    (
      .init(batch: 5, height: 19, width: 23, inputChannels: 13, outputChannels: 37, kernel: 3, padding: 1), 4e-6, 4e-6,
      8e-6
    ),
  ]

  @Test(
    "each pass of each class of shapes is within its bound of a direct convolution in double precision",
    arguments: KernelPath.supported, classes.indices)
  func accuracyByClass(path: KernelPath, index: Int) {
    let (shape, forward, inputGradient, weightGradient) = Self.classes[index]
    let oracle = NaiveConvolution(shape)
    for (algorithm, share) in [(Algorithm.winograd, 1.0), (.direct, 0.25)] {
      let errors = [
        largestError(algorithm.forward(oracle, path: path), oracle.outputs),
        largestError(algorithm.inputGradient(oracle, path: path), oracle.inputGradient),
        largestError(algorithm.weightGradient(oracle, path: path), oracle.weightGradient),
      ]
      for (error, bound) in zip(errors, [forward, inputGradient, weightGradient]) {
        #expect(error <= bound * share, "\(algorithm) \(path) \(shape): \(errors)")
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
