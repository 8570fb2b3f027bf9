import Kernels
import TestSupport
import Testing

@Suite("Direct convolution")
struct DirectConvolutionTests {
  /// Sums of up to 3136 products, in single precision, against double precision.
  private let bound = 4e-6

  @Test("every kernel, stride and padding agrees with the definition", arguments: KernelPath.supported)
  func everyKernel(path: KernelPath) {
    let sizes = [1, 5, 7, 9, 13, 30]
    let channels = [1, 3, 5, 16, 17, 32]
    var count = 0
    for kernel in [1, 2, 3, 5, 7] {
      for stride in 1...3 {
        for padding in 0...3 {
          for height in sizes {
            // Two odd steps through widths and channels meet most pairs without trying them all.
            let width = sizes[(count * 5 + count / 7) % sizes.count]
            let inputs = channels[count % channels.count]
            let outputs = channels[(count / 2 + 3) % channels.count]
            count += 1
            guard min(height, width) + 2 * padding >= kernel else { continue }
            check(
              ConvolutionShape(
                batch: count % 2 == 0 ? 1 : 3, height: height, width: width, inputChannels: inputs,
                outputChannels: outputs, kernel: kernel, stride: stride, padding: padding), path)
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
            batch: 1, height: 9, width: 13, inputChannels: inputs, outputChannels: outputs, kernel: 3, padding: 1),
          path)
        check(
          ConvolutionShape(
            batch: 3, height: 8, width: 7, inputChannels: inputs, outputChannels: outputs, kernel: 3, stride: 2,
            padding: 1), path)
      }
    }
  }

  @Test(
    "images larger than the cache budget, cut into bands, agree with the definition", arguments: KernelPath.supported)
  func bands(path: KernelPath) {
    check(
      ConvolutionShape(
        batch: 2, height: 60, width: 70, inputChannels: 17, outputChannels: 33, kernel: 3, padding: 1), path)
    check(
      ConvolutionShape(
        batch: 2, height: 91, width: 97, inputChannels: 3, outputChannels: 32, kernel: 7, stride: 2, padding: 3), path)
    check(ConvolutionShape(batch: 2, height: 70, width: 61, inputChannels: 16, outputChannels: 16, kernel: 3), path)
  }

  @Test(
    "weights beyond the cache budget, whose sums are taken block by block, agree with the definition",
    arguments: KernelPath.supported)
  func blocksOfWeights(path: KernelPath) {
    check(ConvolutionShape(batch: 3, height: 6, width: 6, inputChannels: 512, outputChannels: 256, kernel: 1), path)
    for outputs in [64, 40] {
      check(
        ConvolutionShape(
          batch: 2, height: 7, width: 6, inputChannels: 256 * (outputs == 40 ? 2 : 1), outputChannels: outputs,
          kernel: 3, stride: 2, padding: 1), path)
    }
    check(
      ConvolutionShape(
        batch: 2, height: 5, width: 8, inputChannels: 256, outputChannels: 512, kernel: 1, stride: 2), path)
  }

  /// Of 32 inputs a block has 16, and of 48 it has 32: with the gap behind them as many floats as there are inputs.
  @Test("blocks with one group of inputs less than all agree with the definition", arguments: KernelPath.supported)
  func blocksOfInputs(path: KernelPath) {
    check(
      ConvolutionShape(
        batch: 2, height: 8, width: 16, inputChannels: 32, outputChannels: 64, kernel: 8, stride: 8), path)
    check(
      ConvolutionShape(
        batch: 2, height: 5, width: 21, inputChannels: 48, outputChannels: 96, kernel: 5, stride: 16), path)
    check(
      ConvolutionShape(
        batch: 2, height: 19, width: 16, inputChannels: 48, outputChannels: 16, kernel: 16, stride: 16, padding: 1),
      path
    )
  }

  @Test("weights of which no block fits the cache agree with the definition", arguments: KernelPath.supported)
  func blocksBeyondCache(path: KernelPath) {
    check(
      ConvolutionShape(
        batch: 2, height: 9, width: 8, inputChannels: 40, outputChannels: 80, kernel: 7, padding: 3), path)
    check(
      ConvolutionShape(
        batch: 1, height: 21, width: 20, inputChannels: 16, outputChannels: 64, kernel: 20, stride: 16), path)
  }

  @Test("padding beyond the kernel is seen by outputs and no input", arguments: KernelPath.supported)
  func widePadding(path: KernelPath) {
    check(
      ConvolutionShape(batch: 2, height: 5, width: 4, inputChannels: 3, outputChannels: 17, kernel: 1, padding: 3), path
    )
    check(
      ConvolutionShape(
        batch: 2, height: 5, width: 6, inputChannels: 5, outputChannels: 16, kernel: 2, stride: 3, padding: 4), path)
  }

  @Test("inputs that no output sees have gradient zero, or keep what they held", arguments: KernelPath.supported)
  func unseenInputs(path: KernelPath) {
    let shape = ConvolutionShape(
      batch: 1, height: 6, width: 6, inputChannels: 16, outputChannels: 16, kernel: 1, stride: 2)
    let oracle = NaiveConvolution(shape)
    let old = NaiveConvolution(shape, seed: 2).inputs
    let plain = Algorithm.direct.inputGradient(oracle, path: path)
    let added = Algorithm.direct.inputGradient(oracle, over: old, path: path)
    for index in 0..<shape.inputCount {
      let pixel = index / shape.inputChannels
      guard pixel / 6 % 2 == 1 || pixel % 2 == 1 else { continue }
      #expect(plain[index] == 0)
      #expect(added[index] == old[index])
    }
  }

  private func check(_ shape: ConvolutionShape, _ path: KernelPath) {
    let (outputs, inputGradient, weightGradient) = Algorithm.direct.errors(NaiveConvolution(shape), path: path)
    #expect(outputs <= bound && inputGradient <= bound && weightGradient <= bound, "\(path) \(shape)")
  }
}
