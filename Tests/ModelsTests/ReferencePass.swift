import Models
import Foundation

func exponential(_ x: Double) -> Double { exp(x) }
func logarithm(_ x: Double) -> Double { log(x) }

/// One microbatch on its way through a ``ReferenceNetwork``.
struct ReferencePass {
  let network: ReferenceNetwork
  /// Position in the batch of the first sample.
  let firstSample: Int
  private(set) var statistics: [String: [Double]] = [:]
  private(set) var margin = Double.infinity
  private var dropouts = 0

  init(network: ReferenceNetwork, firstSample: Int) {
    self.network = network
    self.firstSample = firstSample
  }

  /// The layers of a list, one after the other.
  mutating func run(_ layers: [LayerConfiguration], on input: ReferenceImages, prefix: String) -> ReferenceImages {
    var value = input
    for (index, layer) in layers.enumerated() {
      guard let layer = layer.layer as? any ReferenceLayer else {
        preconditionFailure("the tests have no formula of \(type(of: layer.layer)): let it conform to ReferenceLayer")
      }
      value = layer.reference(value, "\(prefix)\(index)", &self)
    }
    return value
  }

  func parameter(_ name: String, _ count: Int) -> [Double] {
    guard let values = network.parameters[name], values.count == count else {
      preconditionFailure("the reference needs \(count) numbers \(name)")
    }
    return values
  }

  /// y[o] = Σ_i w[o, i]·x[i] + b[o], where x is the flattened sample.
  func dense(_ input: ReferenceImages, _ units: Int, _ hasBias: Bool, _ name: String) -> ReferenceImages {
    let x = flatten(input)
    let inputs = x.shape.channels
    let weights = parameter(name + ".weight", units * inputs)
    let bias = hasBias ? parameter(name + ".bias", units) : Array(repeating: 0, count: units)
    var y = ReferenceImages(samples: x.samples, shape: ReferenceShape(channels: units))
    for sample in 0..<x.samples {
      for output in 0..<units {
        var sum = bias[output]
        for index in 0..<inputs { sum += weights[output * inputs + index] * x.values[sample * inputs + index] }
        y.values[sample * units + output] = sum
      }
    }
    return y
  }

  /// y[i, j, o] = b[o] + Σ w[o, c, ky, kx]·x[i·stride + ky − padding, j·stride + kx − padding, c].
  func convolution(
    _ x: ReferenceImages, _ channels: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ hasBias: Bool, _ name: String
  ) -> ReferenceImages {
    let inputs = x.shape.channels
    let weights = parameter(name + ".weight", channels * inputs * kernel * kernel)
    let bias = hasBias ? parameter(name + ".bias", channels) : Array(repeating: 0, count: channels)
    var y = ReferenceImages(
      samples: x.samples,
      shape: ReferenceShape(
        height: (x.shape.height + 2 * padding - kernel) / stride + 1,
        width: (x.shape.width + 2 * padding - kernel) / stride + 1, channels: channels))
    for sample in 0..<x.samples {
      for i in 0..<y.shape.height {
        for j in 0..<y.shape.width {
          for output in 0..<channels {
            var sum = bias[output]
            for ky in 0..<kernel {
              for kx in 0..<kernel {
                let (row, column) = (i * stride + ky - padding, j * stride + kx - padding)
                guard row >= 0, row < x.shape.height, column >= 0, column < x.shape.width else { continue }
                for c in 0..<inputs {
                  sum += weights[((output * inputs + c) * kernel + ky) * kernel + kx] * x[sample, row, column, c]
                }
              }
            }
            y[sample, i, j, output] = sum
          }
        }
      }
    }
    return y
  }

  /// γ·(x − mean) ÷ √(variance + ε) + β for each channel, over samples and pixels.
  mutating func batchNorm(_ x: ReferenceImages, _ epsilon: Double, _ name: String) -> ReferenceImages {
    let channels = x.shape.channels
    let scale = parameter(name + ".weight", channels)
    let shift = parameter(name + ".bias", channels)
    let rows = x.values.count / channels
    var y = x
    var means: [Double] = []
    var variances: [Double] = []
    for channel in 0..<channels {
      let column = (0..<rows).map { x.values[$0 * channels + channel] }
      var mean = column.reduce(0, +) / Double(rows)
      let squares = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      var variance = squares / Double(rows)
      means.append(mean)
      variances.append(rows > 1 ? squares / Double(rows - 1) : variance)
      if !network.isTraining {
        mean = parameter(name + ".running_mean", channels)[channel]
        variance = parameter(name + ".running_var", channels)[channel]
      }
      for row in 0..<rows {
        y.values[row * channels + channel] =
          scale[channel] * (column[row] - mean) / (variance + epsilon).squareRoot() + shift[channel]
      }
    }
    statistics[name + ".running_mean"] = means
    statistics[name + ".running_var"] = variances
    return y
  }

  mutating func relu(_ x: ReferenceImages) -> ReferenceImages {
    var y = x
    for index in y.values.indices {
      // An exact 0, as a ReLU or a dropout leaves it, stays one under a small step.
      if y.values[index] != 0 { margin = min(margin, abs(y.values[index])) }
      y.values[index] = max(0, y.values[index])
    }
    return y
  }

  mutating func maxPool(_ x: ReferenceImages, _ size: Int, _ stride: Int, _ padding: Int) -> ReferenceImages {
    var closest = Double.infinity
    let y = pool(x, size, size, stride, padding: padding) { window in
      let sorted = window.sorted(by: >)
      if sorted.count > 1, sorted[0] != 0 || sorted[1] != 0 { closest = min(closest, sorted[0] - sorted[1]) }
      return sorted[0]
    }
    margin = min(margin, closest)
    return y
  }

  func averagePool(_ x: ReferenceImages, _ height: Int, _ width: Int, _ stride: Int) -> ReferenceImages {
    pool(x, height, width, stride) { $0.reduce(0, +) / Double($0.count) }
  }

  /// `value` of each window's pixels inside the image.
  private func pool(
    _ x: ReferenceImages, _ height: Int, _ width: Int, _ stride: Int, padding: Int = 0, _ value: ([Double]) -> Double
  ) -> ReferenceImages {
    var y = ReferenceImages(
      samples: x.samples,
      shape: ReferenceShape(
        height: (x.shape.height + 2 * padding - height) / stride + 1,
        width: (x.shape.width + 2 * padding - width) / stride + 1, channels: x.shape.channels))
    for sample in 0..<x.samples {
      for i in 0..<y.shape.height {
        for j in 0..<y.shape.width {
          for channel in 0..<x.shape.channels {
            y[sample, i, j, channel] = value(
              (0..<height * width).compactMap {
                let (row, column) = (i * stride + $0 / width - padding, j * stride + $0 % width - padding)
                guard row >= 0, row < x.shape.height, column >= 0, column < x.shape.width else { return nil }
                return x[sample, row, column, channel]
              })
          }
        }
      }
    }
    return y
  }

  /// y[i, j, c] = x[i·stride, j·stride, c], or 0 behind the last channel of x.
  func downsample(_ x: ReferenceImages, _ channels: Int, _ stride: Int) -> ReferenceImages {
    var y = ReferenceImages(
      samples: x.samples,
      shape: ReferenceShape(
        height: (x.shape.height + stride - 1) / stride, width: (x.shape.width + stride - 1) / stride,
        channels: channels))
    for sample in 0..<x.samples {
      for i in 0..<y.shape.height {
        for j in 0..<y.shape.width {
          for channel in 0..<x.shape.channels {
            y[sample, i, j, channel] = x[sample, i * stride, j * stride, channel]
          }
        }
      }
    }
    return y
  }

  /// [height, width, channels] to [channels · height · width].
  func flatten(_ x: ReferenceImages) -> ReferenceImages {
    var y = ReferenceImages(samples: x.samples, shape: ReferenceShape(channels: x.shape.count))
    var next = 0
    for sample in 0..<x.samples {
      for channel in 0..<x.shape.channels {
        for i in 0..<x.shape.height {
          for j in 0..<x.shape.width {
            y.values[next] = x[sample, i, j, channel]
            next += 1
          }
        }
      }
    }
    return y
  }

  mutating func dropout(_ x: ReferenceImages, _ rate: Double) -> ReferenceImages {
    defer { dropouts += 1 }
    guard let factor = network.dropout else { return x }
    var y = x
    for index in y.values.indices {
      let (sample, element) = index.quotientAndRemainder(dividingBy: x.shape.count)
      y.values[index] *= factor(dropouts, firstSample + sample, element, rate)
    }
    return y
  }
}
