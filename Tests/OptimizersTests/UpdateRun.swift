import Kernels
import Optimizers

/// One tensor under an update rule, as the trainer drives it: norms of the whole tensor first, then chunk by chunk.
final class UpdateRun {
  let update: ParameterUpdate
  private let weights: Buffer<Float>
  private let state: [Buffer<Float>]
  private let gradient: Buffer<Float>
  private let decays: Bool
  private let chunk: Int

  init(_ update: ParameterUpdate, start: [Float], decays: Bool = true, chunk: Int = .max) {
    self.update = update
    self.decays = decays
    self.chunk = min(chunk, start.count)
    weights = Buffer(start)
    gradient = Buffer(count: start.count)
    state = update.stateNames.map { _ in Buffer(count: start.count) }
  }

  /// The weights now.
  func result() -> [Float] { weights.view.array() }

  func step(_ step: Int, gradient values: [Float], learningRate: Double) {
    gradient.view.copy(from: values)
    let whole = OptimizerState(first: state.first?.view, second: state.count > 1 ? state[1].view : nil)
    let globalNorm = update.needsGlobalNorm ? norm(values) : nil
    let chunks = stride(from: 0, to: values.count, by: chunk).map { $0..<min($0 + chunk, values.count) }
    if update.prepares {
      for range in chunks {
        _ = update.prepare(
          weights: weights.view[range], gradient: gradient.view[range], state: whole[range], step: step, decays: decays,
          globalGradientNorm: globalNorm)
      }
    }
    let norms = TensorNorms(weight: norm(weights.view.array()), direction: norm(gradient.view.array()))
    for range in chunks {
      update.apply(
        to: weights.view[range], gradient: gradient.view[range], state: whole[range], step: step,
        learningRate: learningRate, decays: decays, norms: update.needsTensorNorms ? norms : nil,
        globalGradientNorm: globalNorm)
    }
  }
}

/// Euclidean norm in double precision.
func norm(_ values: [Float]) -> Double {
  values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
}
