import Kernels
import TestSupport
import Testing

@Suite("The cost of a convolution")
struct ConvolutionCostTests {
  /// Effective GFLOP/s of one core by pass: direct, Winograd, GEMM; 0 for what is not computed so.
  private struct Measurement {
    let shape: ConvolutionShape
    let forward: (Double, Double, Double)
    let inputGradient: (Double, Double, Double)
    let weightGradient: (Double, Double, Double)

    init(
      _ batch: Int, _ size: Int, _ inputs: Int, _ outputs: Int, _ kernel: Int, _ stride: Int,
      _ forward: (Double, Double, Double), _ inputGradient: (Double, Double, Double),
      _ weightGradient: (Double, Double, Double)
    ) {
      shape = ConvolutionShape(
        batch: batch, height: size, width: size, inputChannels: inputs, outputChannels: outputs, kernel: kernel,
        stride: stride, padding: kernel / 2)
      (self.forward, self.inputGradient, self.weightGradient) = (forward, inputGradient, weightGradient)
    }
  }

  /// Zen 4, AVX-512, November 2026.
  private let avx512Measurements = [
    Measurement(32, 32, 16, 16, 3, 1, (112, 262, 56), (113, 265, 57), (113, 237, 55)),
    Measurement(32, 16, 32, 32, 3, 1, (115, 329, 84), (115, 330, 79), (115, 328, 82)),
    Measurement(32, 8, 64, 64, 3, 1, (116, 394, 93), (116, 393, 84), (115, 351, 95)),
    Measurement(32, 32, 3, 16, 3, 1, (106, 34, 23), (20, 40, 22), (112, 47, 23)),
    Measurement(32, 32, 16, 32, 3, 2, (108, 0, 74), (110, 0, 72), (109, 0, 74)),
    Measurement(32, 16, 32, 64, 3, 2, (112, 0, 90), (113, 0, 81), (112, 0, 93)),
    Measurement(32, 32, 16, 32, 1, 2, (102, 0, 73), (62, 0, 47), (123, 0, 80)),
    Measurement(32, 16, 32, 64, 1, 2, (106, 0, 100), (93, 0, 63), (114, 0, 100)),
    Measurement(32, 28, 1, 32, 5, 1, (109, 11, 17), (7, 14, 23), (115, 20, 18)),
    Measurement(32, 14, 32, 64, 5, 1, (115, 263, 91), (114, 260, 88), (114, 256, 91)),
    Measurement(8, 224, 3, 64, 7, 2, (105, 0, 41), (20, 0, 55), (106, 0, 46)),
    Measurement(8, 56, 64, 64, 3, 1, (107, 329, 69), (108, 350, 87), (106, 353, 82)),
    Measurement(8, 28, 128, 128, 3, 1, (113, 385, 97), (113, 386, 95), (111, 349, 93)),
    Measurement(8, 14, 256, 256, 3, 1, (110, 237, 90), (112, 241, 87), (103, 204, 92)),
    Measurement(8, 7, 512, 512, 3, 1, (95, 221, 73), (95, 221, 72), (54, 134, 97)),
    Measurement(8, 56, 128, 128, 3, 2, (107, 0, 80), (107, 0, 87), (102, 0, 89)),
    Measurement(8, 14, 512, 512, 3, 2, (64, 0, 68), (97, 0, 64), (31, 0, 92)),
    Measurement(8, 56, 64, 256, 1, 1, (86, 0, 85), (81, 0, 74), (89, 0, 71)),
    Measurement(8, 56, 256, 64, 1, 1, (81, 0, 74), (92, 0, 86), (92, 0, 72)),
    Measurement(8, 14, 1024, 256, 1, 1, (65, 0, 95), (109, 0, 93), (88, 0, 94)),
    Measurement(8, 7, 512, 2048, 1, 1, (105, 0, 79), (67, 0, 59), (51, 0, 87)),
    Measurement(8, 56, 256, 512, 1, 2, (104, 0, 94), (94, 0, 88), (78, 0, 93)),
  ]

  /// Zen 3, AVX2, November 2026: the best of three runs of `KernelBenchmarks --algorithms`.
  private let avx2Measurements = [
    Measurement(32, 28, 1, 32, 5, 1, (81, 8, 21), (0, 0, 0), (83, 13, 22)),
    Measurement(32, 14, 32, 64, 5, 1, (86, 173, 71), (88, 170, 62), (80, 146, 76)),
    Measurement(32, 32, 3, 16, 3, 1, (83, 26, 23), (0, 0, 0), (94, 35, 24)),
    Measurement(32, 32, 16, 16, 3, 1, (94, 175, 42), (92, 170, 34), (93, 162, 50)),
    Measurement(32, 32, 16, 32, 3, 2, (87, 0, 58), (89, 0, 49), (80, 0, 60)),
    Measurement(32, 16, 32, 32, 3, 1, (97, 250, 62), (94, 251, 52), (89, 209, 71)),
    Measurement(32, 32, 16, 32, 1, 2, (67, 0, 28), (50, 0, 28), (69, 0, 41)),
    Measurement(32, 16, 32, 64, 3, 2, (94, 0, 76), (92, 0, 67), (81, 0, 79)),
    Measurement(32, 8, 64, 64, 3, 1, (95, 297, 78), (95, 298, 67), (86, 198, 83)),
    Measurement(32, 16, 32, 64, 1, 2, (75, 0, 47), (71, 0, 49), (77, 0, 61)),
    Measurement(8, 224, 3, 64, 7, 2, (94, 0, 63), (0, 0, 0), (84, 0, 64)),
    Measurement(8, 56, 64, 64, 1, 1, (90, 0, 60), (89, 0, 61), (71, 0, 68)),
    Measurement(8, 56, 64, 64, 3, 1, (96, 285, 77), (96, 285, 64), (79, 190, 75)),
    Measurement(8, 56, 64, 256, 1, 1, (89, 0, 63), (77, 0, 68), (79, 0, 73)),
    Measurement(8, 56, 256, 64, 1, 1, (77, 0, 69), (84, 0, 61), (60, 0, 66)),
    Measurement(8, 56, 256, 128, 1, 1, (82, 0, 76), (71, 0, 72), (68, 0, 77)),
    Measurement(8, 56, 128, 128, 3, 2, (86, 0, 80), (88, 0, 71), (73, 0, 85)),
    Measurement(8, 28, 128, 512, 1, 1, (76, 0, 77), (84, 0, 75), (75, 0, 85)),
    Measurement(8, 56, 256, 512, 1, 2, (82, 0, 84), (83, 0, 72), (63, 0, 86)),
    Measurement(8, 28, 512, 128, 1, 1, (87, 0, 79), (78, 0, 78), (74, 0, 83)),
    Measurement(8, 28, 128, 128, 3, 1, (95, 313, 74), (92, 226, 71), (80, 232, 86)),
    Measurement(8, 28, 512, 256, 1, 1, (91, 0, 86), (86, 0, 88), (70, 0, 89)),
    Measurement(8, 28, 256, 256, 3, 2, (89, 0, 80), (89, 0, 72), (63, 0, 82)),
    Measurement(8, 14, 256, 1024, 1, 1, (89, 0, 81), (92, 0, 90), (54, 0, 91)),
    Measurement(8, 28, 512, 1024, 1, 2, (90, 0, 88), (89, 0, 82), (33, 0, 80)),
    Measurement(8, 14, 1024, 256, 1, 1, (93, 0, 85), (87, 0, 89), (62, 0, 87)),
    Measurement(8, 14, 256, 256, 3, 1, (98, 194, 83), (98, 206, 75), (76, 148, 85)),
    Measurement(8, 14, 1024, 512, 1, 1, (95, 0, 89), (90, 0, 90), (55, 0, 90)),
    Measurement(8, 14, 512, 512, 3, 2, (77, 0, 62), (80, 0, 54), (38, 0, 66)),
    Measurement(8, 7, 512, 2048, 1, 1, (75, 0, 85), (83, 0, 90), (33, 0, 89)),
    Measurement(8, 14, 1024, 2048, 1, 2, (78, 0, 85), (74, 0, 77), (20, 0, 86)),
    Measurement(8, 7, 2048, 512, 1, 1, (85, 0, 92), (83, 0, 91), (48, 0, 88)),
    Measurement(8, 7, 512, 512, 3, 1, (78, 226, 66), (81, 159, 52), (49, 112, 64)),
  ]

  /// With fused multiply-adds, whatever this machine's is.
  private let newBLAS = BLASBuild(configuration: "OpenBLAS 0.3.21 DYNAMIC_ARCH", coreName: "SkylakeX")

  @Test("the choice is within a fifth of the fastest measured algorithm", arguments: [KernelPath.avx512, .avx2])
  func choices(path: KernelPath) {
    for measurement in path == .avx2 ? avx2Measurements : avx512Measurements {
      let passes: [(ConvolutionPass, (Double, Double, Double))] = [
        (.forward, measurement.forward), (.inputGradient, measurement.inputGradient),
        (.weightGradient, measurement.weightGradient),
      ]
      for (pass, speeds) in passes {
        let choice = ConvolutionCost.choice(pass, of: measurement.shape, path: path, blas: newBLAS)
        let speed =
          switch choice {
          case .direct: speeds.0
          case .winograd: speeds.1
          case .gemm: speeds.2
          }
        let best = max(speeds.0, speeds.1, speeds.2)
        #expect(speed >= 0.8 * best, "\(pass) \(measurement.shape): \(choice) at \(speed), best \(best)")
      }
    }
  }

  @Test("the cost is within a third of the measured time for what is chosen")
  func predictions() throws {
    for measurement in avx512Measurements {
      let shape = measurement.shape
      let choice = ConvolutionCost.choice(.forward, of: shape, path: .avx512, blas: newBLAS)
      let speed = choice == .winograd ? measurement.forward.1 : measurement.forward.0
      guard choice != .gemm else { continue }
      let cost = try #require(ConvolutionCost.operations(.forward, of: shape, by: choice, path: .avx512, blas: newBLAS))
      // 16 multiply-adds a cycle at 3.7 GHz are 117 GFLOP/s.
      let predicted = Double(shape.outputPixels * shape.patchCount * shape.outputChannels) / 16 / cost * 117
      #expect(predicted > speed * 0.66 && predicted < speed * 1.33, "\(shape): \(predicted), measured \(speed)")
    }
  }

  @Test("with AVX2, weight gradients of many channels that Winograd does not fit go to OpenBLAS")
  func avx2() {
    // Measured on one core (Ice Lake, AVX2, November 2026), as shares of the direct kernels' forward pass: 0.6 for
    // 256 channels, 0.4 for 512.
    for (channels, expected) in [
      (64, ConvolutionAlgorithm.direct), (256, .gemm), (512, .gemm),
    ] {
      let shape = ConvolutionShape(
        batch: 8, height: 14, width: 14, inputChannels: channels, outputChannels: channels, kernel: 3, stride: 2,
        padding: 1)
      #expect(ConvolutionCost.choice(.weightGradient, of: shape, path: .avx2, blas: newBLAS) == expected)
    }
  }

  @Test("nothing is left to an OpenBLAS that has fallen back to old kernels", arguments: [KernelPath.avx512, .avx2])
  func oldBLAS(path: KernelPath) {
    let old = BLASBuild(configuration: "OpenBLAS 0.3.21 DYNAMIC_ARCH", coreName: "Prescott")
    var byNewBLAS = 0
    for shape in (path == .avx2 ? avx2Measurements : avx512Measurements).map(\.shape) {
      // Input gradients of fewer than 16 channels may stay with it: direct kernels compute 16 all the same. Mostly they are
      // those of a first layer, which training does not need.
      for pass in ConvolutionPass.allCases where pass != .inputGradient || shape.inputChannels >= 16 {
        #expect(ConvolutionCost.choice(pass, of: shape, path: path, blas: old) != .gemm, "\(pass) \(shape)")
        if ConvolutionCost.choice(pass, of: shape, path: path, blas: newBLAS) == .gemm { byNewBLAS += 1 }
      }
    }
    #expect(byNewBLAS > 0, "no shape of this test asks for OpenBLAS, so that it shows nothing")
  }

  @Test("Winograd is never chosen where it does not fit")
  func fits() {
    for pass in ConvolutionPass.allCases {
      let shape = ConvolutionShape(
        batch: 32, height: 32, width: 32, inputChannels: 64, outputChannels: 64, kernel: 3, stride: 2, padding: 1)
      #expect(ConvolutionCost.choice(pass, of: shape, path: .avx512) != .winograd)
      #expect(ConvolutionCost.operations(pass, of: shape, by: .winograd, path: .avx512) == nil)
    }
  }
}
