import Kernels
import TestSupport
import Testing

extension KernelsTests {
  @Suite("Allocations") struct AllocationTests {
    @Test("no kernel allocates after its first call", .enabled(if: AllocationCounter.works, "glibc without sanitizers"))
    func none() async {
      // In a process of its own, where no other test allocates.
      await #expect(processExitsWith: .success) {
        try BLASBuild.requireUsable()
        let count = 32 * 48
        let a = Memory.floats([Float](repeating: 0.5, count: count))
        let b = Memory.floats([Float](repeating: 0.25, count: count))
        let c = Memory.floats([Float](repeating: 0.25, count: count))
        let (x, y, z) = (
          Matrix(a, rows: 32, columns: 48), Matrix(b, rows: 32, columns: 48), Matrix(c, rows: 32, columns: 48)
        )
        let vectors = (0..<6).map { _ in Memory.floats([Float](repeating: 1, count: 48)) }
        let labels = Memory.labels([Int32](repeating: 1, count: 32))
        let bytes = Memory.bytes([UInt8](repeating: 1, count: count))
        let shards = Shards((0..<11).map { _ in Memory.floats([Float](repeating: 1, count: count)) })
        let generator = Philox(seed: 1, purpose: .dropout)
        let pooling = PoolingShape(batch: 2, height: 4, width: 4, channels: 48, size: 2, stride: 2)
        let convolution = ConvolutionShape(
          batch: 2, height: 4, width: 4, inputChannels: 3, outputChannels: 4, kernel: 3, padding: 1)
        let (images, weights, outputs) = (
          a.prefix(convolution.inputCount), b.prefix(convolution.weightCount), c.prefix(convolution.outputCount)
        )
        let scratch = Memory.output(Convolution.scratchCount(convolution))
        let square = Matrix(Memory.output(32 * 32), rows: 32, columns: 32)

        // As many statistics as channels.
        let groups = GroupNormalization.Shape(batch: 2, pixels: count / 96, channels: 48, groups: 24)

        func everyKernel() {
          Elementwise.relu(a)
          Elementwise.reluBackward(gradient: b, output: a)
          Elementwise.add(into: a, b, relu: true)
          Elementwise.scale(a, by: 0.5)
          Elementwise.gelu(a, form: .exact, into: b)
          Elementwise.geluBackward(input: a, outputGradient: b, form: .tanh, into: b)
          GroupNormalization.forward(
            a, shape: groups, scale: vectors[0], shift: vectors[1], into: b, mean: vectors[2],
            inverseDeviation: vectors[3])
          GroupNormalization.backward(
            input: a, outputGradient: b, shape: groups, scale: vectors[0], mean: vectors[2],
            inverseDeviation: vectors[3], into: b, scaleGradient: vectors[4], shiftGradient: vectors[5],
            accumulating: true)
          Elementwise.addBias(x, bias: vectors[0])
          Elementwise.columnSums(of: x, into: vectors[0])
          Elementwise.normalize(bytes: bytes, channels: 48, scale: vectors[0], shift: vectors[1], into: a)
          Elementwise.dropout(x, rate: 0.5, generator: generator, step: 1, firstSample: 0, layer: 1)
          _ = Losses.softmaxCrossEntropy(logits: x, labels: labels, smoothing: 0.1, gradient: y)
          _ = Losses.meanSquaredError(outputs: x, targets: y, gradient: z)
          Losses.predictions(logits: x, into: labels)
          labels.fill(with: 1)
          BatchNormalization.forward(
            x, scale: vectors[0], shift: vectors[1], into: y, activation: .relu, mean: vectors[2],
            inverseDeviation: vectors[3],
            statistics: (vectors[4], vectors[5]), accumulating: false)
          BatchNormalization.backward(
            input: x, outputGradient: z, activation: .reluOfSum(y), scale: vectors[0], mean: vectors[2],
            inverseDeviation: vectors[3], into: z, scaleGradient: vectors[4], shiftGradient: vectors[5],
            accumulating: true)
          BatchNormalization.evaluate(
            x, scale: vectors[0], shift: vectors[1], runningMean: vectors[2], runningVariance: vectors[3], into: y)
          Pooling.maxForward(
            a, shape: pooling, into: b.prefix(pooling.outputCount), choices: bytes.prefix(pooling.outputCount))
          Pooling.maxBackward(
            outputGradient: b.prefix(pooling.outputCount), choices: bytes.prefix(pooling.outputCount), shape: pooling,
            into: a)
          Convolution.forward(images, weights: weights, shape: convolution, into: outputs, scratch: scratch)
          Convolution.weightGradient(
            input: images, outputGradient: outputs, shape: convolution, into: weights, scratch: scratch)
          Convolution.inputGradient(
            outputGradient: outputs, weights: weights, shape: convolution, into: images, scratch: scratch)
          GEMM.multiply(x, by: y, transposed: true, into: square)
          Reduction.treeSum(shards, range: 3..<count, dividedBy: 11, into: a.prefix(count - 3))
          _ = Reduction.squaredNorm(a)
          UpdateRule.sgd(
            weights: a, gradient: b, momentumBuffer: c, rate: 0.1, momentum: 0.9, weightDecay: 0, nesterov: true)
          UpdateRule.adam(
            weights: a, gradient: b, firstMoment: c, secondMoment: c, step: 1, rate: 0.1, beta1: 0.9, beta2: 0.999,
            epsilon: 1e-8, weightDecay: 0, decoupled: true)
          _ = UpdateRule.lambDirection(
            weights: a, gradient: b, firstMoment: c, secondMoment: c, step: 1, beta1: 0.9, beta2: 0.999,
            epsilon: 1e-6, weightDecay: 0.1, into: b)
          UpdateRule.movingAverage(vectors[0], new: vectors[1], decay: 0.99)
          a.exchange(with: b)
          UpdateRule.runningAverage(vectors[0], new: vectors[1], momentum: 0.9)
          _ = generator.block(1, 2, 3)
        }
        everyKernel()
        let allocations = AllocationCounter.count { for _ in 0..<10 { everyKernel() } }
        try #require(allocations == 0)
        #expect(Memory.releaseAndCheck())
      }
    }
  }
}
