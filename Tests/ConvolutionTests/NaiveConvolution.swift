import Kernels
import TestSupport

/// A convolution by its definition, in double precision: the oracle of every kernel.
struct NaiveConvolution {
  let shape: ConvolutionShape
  let inputs: [Float]
  let weights: [Float]
  let bias: [Float]
  let outputGradient: [Float]
  private(set) var outputs: [Double]
  private(set) var inputGradient: [Double]
  private(set) var weightGradient: [Double]

  /// Random inputs, weights, bias and output gradient in −1…1, and what follows from them.
  init(_ shape: ConvolutionShape, seed: UInt64 = 1) {
    var generator = SeededGenerator(seed: seed)
    self.shape = shape
    inputs = generator.floats(shape.inputCount)
    weights = generator.floats(shape.weightCount)
    bias = generator.floats(shape.outputChannels)
    outputGradient = generator.floats(shape.outputCount)
    outputs = (0..<shape.outputCount).map { [bias] in Double(bias[$0 % shape.outputChannels]) }
    inputGradient = [Double](repeating: 0, count: shape.inputCount)
    weightGradient = [Double](repeating: 0, count: shape.weightCount)
    for image in 0..<shape.batch {
      for y in 0..<shape.outputHeight {
        for x in 0..<shape.outputWidth { addPixel(image, y, x) }
      }
    }
  }

  /// The same numbers for one image of the batch, without results.
  func image(_ index: Int) -> NaiveConvolution {
    let inputCount = shape.inputCount / shape.batch
    let outputCount = shape.outputCount / shape.batch
    return NaiveConvolution(
      shape.with(batch: 1), Array(inputs[index * inputCount..<(index + 1) * inputCount]), weights, bias,
      Array(outputGradient[index * outputCount..<(index + 1) * outputCount]))
  }

  /// The same numbers but for one input, without results.
  func with(input: Float, at index: Int) -> NaiveConvolution {
    var inputs = inputs
    inputs[index] = input
    return NaiveConvolution(shape, inputs, weights, bias, outputGradient)
  }

  private init(
    _ shape: ConvolutionShape, _ inputs: [Float], _ weights: [Float], _ bias: [Float], _ outputGradient: [Float]
  ) {
    self.shape = shape
    self.inputs = inputs
    self.weights = weights
    self.bias = bias
    self.outputGradient = outputGradient
    (outputs, inputGradient, weightGradient) = ([], [], [])
  }

  private mutating func addPixel(_ image: Int, _ y: Int, _ x: Int) {
    let pixel = ((image * shape.outputHeight + y) * shape.outputWidth + x) * shape.outputChannels
    for ky in 0..<shape.kernel {
      let row = y * shape.stride + ky - shape.padding
      guard row >= 0 && row < shape.height else { continue }
      for kx in 0..<shape.kernel {
        let column = x * shape.stride + kx - shape.padding
        guard column >= 0 && column < shape.width else { continue }
        let source = ((image * shape.height + row) * shape.width + column) * shape.inputChannels
        for c in 0..<shape.inputChannels {
          let tap = ((ky * shape.kernel + kx) * shape.inputChannels + c) * shape.outputChannels
          let input = Double(inputs[source + c])
          var sum = 0.0
          for o in 0..<shape.outputChannels {
            let weight = Double(weights[tap + o])
            let gradient = Double(outputGradient[pixel + o])
            outputs[pixel + o] += input * weight
            sum += gradient * weight
            weightGradient[tap + o] += gradient * input
          }
          inputGradient[source + c] += sum
        }
      }
    }
  }
}

/// max |actual − expected| ÷ max |expected|, infinite where a number is missing or NaN.
func largestError(_ actual: [Float], _ expected: [Double]) -> Double {
  guard actual.count == expected.count else { return .infinity }
  var error = 0.0
  var scale = 0.0
  for (actual, expected) in zip(actual, expected) {
    let difference = abs(Double(actual) - expected)
    error = difference.isNaN ? .infinity : max(error, difference)
    scale = max(scale, abs(expected))
  }
  return scale > 0 ? error / scale : error
}
