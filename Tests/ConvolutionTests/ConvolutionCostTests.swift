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

  /// Ice Lake, AVX-512, November 2026: the best of three runs.
  private let avx512Measurements = [
    Measurement(32, 32, 16, 16, 3, 1, (87, 161, 54), (85, 166, 60), (82, 146, 52)),
    Measurement(32, 16, 32, 32, 3, 1, (144, 321, 82), (152, 315, 82), (113, 236, 77)),
    Measurement(32, 8, 64, 64, 3, 1, (142, 403, 99), (137, 418, 108), (142, 339, 106)),
    Measurement(32, 32, 3, 16, 3, 1, (78, 22, 27), (15, 29, 27), (79, 28, 24)),
    Measurement(32, 32, 16, 32, 3, 2, (131, 0, 76), (85, 0, 80), (112, 0, 70)),
    Measurement(32, 16, 32, 64, 3, 2, (144, 0, 99), (148, 0, 100), (139, 0, 94)),
    Measurement(32, 32, 16, 32, 1, 2, (78, 0, 35), (38, 0, 28), (73, 0, 34)),
    Measurement(32, 16, 32, 64, 1, 2, (112, 0, 68), (76, 0, 55), (119, 0, 60)),
    Measurement(32, 28, 1, 32, 5, 1, (131, 22, 33), (5, 22, 35), (120, 24, 30)),
    Measurement(32, 14, 32, 64, 5, 1, (155, 493, 99), (152, 483, 102), (148, 380, 104)),
    Measurement(8, 224, 3, 64, 7, 2, (149, 0, 77), (16, 0, 74), (156, 0, 71)),
    Measurement(8, 56, 64, 64, 3, 1, (145, 374, 98), (146, 385, 101), (140, 318, 100)),
    Measurement(8, 28, 128, 128, 3, 1, (154, 408, 103), (152, 406, 106), (138, 322, 114)),
    Measurement(8, 14, 256, 256, 3, 1, (154, 345, 97), (152, 331, 92), (142, 286, 111)),
    Measurement(8, 7, 512, 512, 3, 1, (149, 307, 62), (149, 306, 53), (119, 210, 86)),
    Measurement(8, 56, 128, 128, 3, 2, (137, 0, 98), (146, 0, 96), (138, 0, 111)),
    Measurement(8, 14, 512, 512, 3, 2, (141, 0, 62), (145, 0, 55), (100, 0, 85)),
    Measurement(8, 56, 64, 256, 1, 1, (131, 0, 93), (143, 0, 89), (132, 0, 74)),
    Measurement(8, 56, 256, 64, 1, 1, (140, 0, 89), (132, 0, 88), (112, 0, 78)),
    Measurement(8, 14, 1024, 256, 1, 1, (142, 0, 119), (144, 0, 128), (139, 0, 112)),
    Measurement(8, 7, 512, 2048, 1, 1, (153, 0, 126), (149, 0, 125), (104, 0, 129)),
    Measurement(8, 56, 256, 512, 1, 2, (142, 0, 117), (122, 0, 94), (127, 0, 111)),
    Measurement(8, 56, 64, 64, 1, 1, (131, 0, 90), (134, 0, 94), (140, 0, 80)),
    Measurement(8, 56, 256, 128, 1, 1, (144, 0, 104), (144, 0, 103), (129, 0, 94)),
    Measurement(8, 28, 128, 512, 1, 1, (147, 0, 111), (146, 0, 105), (135, 0, 103)),
    Measurement(8, 28, 512, 128, 1, 1, (151, 0, 109), (150, 0, 112), (127, 0, 97)),
    Measurement(8, 28, 512, 256, 1, 1, (148, 0, 114), (151, 0, 123), (140, 0, 107)),
    Measurement(8, 28, 256, 256, 3, 2, (146, 0, 91), (150, 0, 89), (141, 0, 110)),
    Measurement(8, 14, 256, 1024, 1, 1, (147, 0, 127), (144, 0, 120), (136, 0, 117)),
    Measurement(8, 28, 512, 1024, 1, 2, (138, 0, 120), (132, 0, 108), (111, 0, 125)),
    Measurement(8, 14, 1024, 512, 1, 1, (148, 0, 133), (146, 0, 131), (138, 0, 127)),
    Measurement(8, 14, 1024, 2048, 1, 2, (143, 0, 96), (139, 0, 94), (79, 0, 123)),
    Measurement(8, 7, 2048, 512, 1, 1, (146, 0, 127), (151, 0, 128), (106, 0, 124)),
  ]

  /// The same core with AVX2, and OpenBLAS's kernels for Haswell.
  private let avx2Measurements = [
    Measurement(32, 32, 16, 16, 3, 1, (98, 168, 52), (97, 167, 58), (76, 156, 51)),
    Measurement(32, 16, 32, 32, 3, 1, (103, 252, 73), (102, 251, 77), (74, 200, 76)),
    Measurement(32, 8, 64, 64, 3, 1, (99, 311, 85), (99, 311, 87), (74, 235, 89)),
    Measurement(32, 32, 3, 16, 3, 1, (89, 24, 26), (0, 0, 0), (86, 31, 24)),
    Measurement(32, 32, 16, 32, 3, 2, (94, 0, 68), (95, 0, 68), (69, 0, 67)),
    Measurement(32, 16, 32, 64, 3, 2, (96, 0, 84), (96, 0, 84), (75, 0, 86)),
    Measurement(32, 32, 16, 32, 1, 2, (61, 0, 35), (52, 0, 29), (52, 0, 36)),
    Measurement(32, 16, 32, 64, 1, 2, (78, 0, 65), (67, 0, 53), (63, 0, 59)),
    Measurement(32, 28, 1, 32, 5, 1, (85, 17, 35), (0, 0, 0), (87, 20, 33)),
    Measurement(32, 14, 32, 64, 5, 1, (100, 328, 84), (100, 330, 85), (80, 266, 88)),
    Measurement(8, 224, 3, 64, 7, 2, (101, 0, 70), (0, 0, 0), (90, 0, 66)),
    Measurement(8, 56, 64, 64, 3, 1, (101, 299, 83), (101, 295, 83), (75, 236, 86)),
    Measurement(8, 28, 128, 128, 3, 1, (102, 314, 88), (103, 305, 86), (82, 251, 94)),
    Measurement(8, 14, 256, 256, 3, 1, (97, 254, 83), (97, 251, 78), (94, 220, 95)),
    Measurement(8, 7, 512, 512, 3, 1, (80, 218, 60), (81, 217, 51), (73, 127, 84)),
    Measurement(8, 56, 128, 128, 3, 2, (96, 0, 85), (101, 0, 81), (85, 0, 91)),
    Measurement(8, 14, 512, 512, 3, 2, (77, 0, 60), (81, 0, 51), (61, 0, 83)),
    Measurement(8, 56, 64, 256, 1, 1, (93, 0, 71), (84, 0, 74), (83, 0, 76)),
    Measurement(8, 56, 256, 64, 1, 1, (85, 0, 76), (94, 0, 77), (72, 0, 74)),
    Measurement(8, 14, 1024, 256, 1, 1, (102, 0, 98), (99, 0, 98), (82, 0, 95)),
    Measurement(8, 7, 512, 2048, 1, 1, (101, 0, 98), (101, 0, 97), (68, 0, 99)),
    Measurement(8, 56, 256, 512, 1, 2, (98, 0, 91), (89, 0, 81), (79, 0, 91)),
    Measurement(8, 56, 64, 64, 1, 1, (93, 0, 82), (92, 0, 80), (67, 0, 78)),
    Measurement(8, 56, 256, 128, 1, 1, (93, 0, 86), (96, 0, 83), (77, 0, 83)),
    Measurement(8, 28, 128, 512, 1, 1, (98, 0, 93), (99, 0, 90), (83, 0, 90)),
    Measurement(8, 28, 512, 128, 1, 1, (99, 0, 88), (99, 0, 93), (80, 0, 83)),
    Measurement(8, 28, 512, 256, 1, 1, (101, 0, 94), (100, 0, 95), (83, 0, 92)),
    Measurement(8, 28, 256, 256, 3, 2, (94, 0, 81), (99, 0, 75), (83, 0, 94)),
    Measurement(8, 14, 256, 1024, 1, 1, (99, 0, 98), (102, 0, 98), (84, 0, 96)),
    Measurement(8, 28, 512, 1024, 1, 2, (95, 0, 93), (91, 0, 87), (70, 0, 97)),
    Measurement(8, 14, 1024, 512, 1, 1, (101, 0, 99), (100, 0, 98), (82, 0, 97)),
    Measurement(8, 14, 1024, 2048, 1, 2, (80, 0, 88), (79, 0, 84), (54, 0, 96)),
    Measurement(8, 7, 2048, 512, 1, 1, (101, 0, 97), (101, 0, 98), (68, 0, 99)),
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
      // Narrower layers wait for memory more than for products.
      guard choice != .gemm, shape.inputChannels >= 32 || shape.kernel > 3 else { continue }
      let cost = try #require(ConvolutionCost.operations(.forward, of: shape, by: choice, path: .avx512, blas: newBLAS))
      // A vector operation takes the time of 32 FLOPs at 140 GFLOP/s.
      let predicted = Double(shape.outputPixels * shape.patchCount * shape.outputChannels) / 16 / cost * 140
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
