import Kernels

extension EquilibriumChain {
  /// What is summed over the parameters along a part of a chain.
  struct PartSums {
    /// Σ (w − w*) and Σ ∇U.
    let weights: Buffer<Double>
    let gradients: Buffer<Double>
    /// (w − w*)·∇U at the last measured point.
    private(set) var product = 0.0
    private let minimum: Buffer<Float>
    private let gradient: Buffer<Float>
    /// The last measured point.
    private let before: Buffer<Float>
    private let spectrum: NoiseSpectrum?
    private var projection: Projection?

    /// Sums of nothing yet; with a spectrum, projections on its directions too.
    init(_ minimum: Buffer<Float>, spectrum: NoiseSpectrum?) {
      let count = minimum.view.count
      self.minimum = minimum
      self.spectrum = spectrum
      gradient = Buffer(count: count)
      before = Buffer(count: count)
      weights = Buffer(count: count)
      gradients = Buffer(count: count)
      projection = spectrum.map { Projection($0.vectors, count: $0.count) }
    }

    /// Adds a point of the chain.
    ///
    /// - Returns: U there.
    mutating func measure(_ point: Floats, _ potential: TrainingSetGradient) -> Double {
      let loss = potential.loss(at: point, gradient: gradient.view)
      before.view.copy(from: point)
      product = accumulate()
      if let spectrum, let projection {
        projection.add(spectrum.elements) { before.view[$0] - minimum.view[$0] }
      }
      return loss
    }

    /// A copy of the last measured point, in the place of an earlier one.
    func point(over earlier: Buffer<Float>?) -> Buffer<Float> {
      let copy = earlier ?? Buffer<Float>(count: before.view.count)
      copy.view.copy(from: before.view)
      return copy
    }

    /// |w − w'|² between a point and the last measured one.
    func squaredDistance(to point: Floats) -> Double {
      var sum = 0.0
      for index in point.indices {
        let difference = Double(point[index]) - Double(before.view[index])
        sum += difference * difference
      }
      return sum
    }

    /// Begins anew, and hands out the projections so far.
    mutating func restart() -> Projection? {
      weights.view.fill(with: 0)
      gradients.view.fill(with: 0)
      let finished = projection
      projection = spectrum.map { Projection($0.vectors, count: $0.count) }
      return finished
    }

    /// Adds w − w* and ∇U to their sums and returns (w − w*)·∇U.
    private func accumulate() -> Double {
      let (point, minimum, gradient) = (before.view, minimum.view, gradient.view)
      let (weightSum, gradientSum) = (weights.view, gradients.view)
      var product = 0.0
      for index in point.indices {
        let distance = Double(point[index]) - Double(minimum[index])
        let slope = Double(gradient[index])
        product += distance * slope
        weightSum[index] += distance
        gradientSum[index] += slope
      }
      return product
    }
  }
}
