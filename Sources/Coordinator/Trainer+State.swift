import Datasets
import Configuration
import Gradients
import Kernels
import Models
import Optimizers

extension Trainer {
  /// Everything that steps change, laid aside.
  package struct StateCopy: Sendable {
    fileprivate let vectors: [Buffer<Float>]
    fileprivate let progress: RunProgress
  }

  /// A copy of all that steps change.
  package func copyState() -> StateCopy {
    StateCopy(
      vectors: stateVectors.map { vector in
        let copy = Buffer<Float>(count: vector.count)
        copy.view.copy(from: vector)
        return copy
      }, progress: progress)
  }

  /// Goes back to where the copy was made.
  package func put(back copy: StateCopy) {
    for (vector, saved) in zip(stateVectors, copy.vectors) { vector.copy(from: saved.view) }
    progress = copy.progress
  }

  /// Whether all that steps change is the same, to the bit, as in another trainer of the same network.
  package func hasSameState(as other: Trainer) -> Bool {
    let (mine, theirs) = (stateVectors, other.stateVectors)
    return mine.count == theirs.count && zip(mine, theirs).allSatisfy { $0.hasSameBits(as: $1) }
  }

  /// Goes back to the beginning of a run with initial weights of the seed.
  func restart() {
    for vector in stateVectors { vector.fill(with: 0) }
    initializeWeights()
    progress = RunProgress()
  }

  /// The average gradient of the next step's batch, before clipping, laid out as the parameters; zero for frozen tensors.
  package func averageGradient() -> Buffer<Float> {
    let position = plan.source.order.position(ofStep: progress.step)
    plan.source.order.prepare(position)
    let gradient = Buffer<Float>(count: plan.network.parameterCount)
    engine.compute(plan.division.batch(position))
    for (index, chunk) in engine.chunks.enumerated() where plan.terms[chunk.tensor].isTrained(at: progress.step) {
      engine.average(index, worker: 0, into: gradient.view[chunk.range])
    }
    return gradient
  }

  /// The optimizer's step with an average gradient that somebody kept, one chunk after another. Running statistics, and
  /// what follows the weights, stay as they are.
  package func apply(_ gradient: Floats) {
    let step = progress.step
    let rate = plan.schedule.learningRate(at: step)
    let chunks = engine.chunks.filter { plan.terms[$0.tensor].isTrained(at: step) }
    let decays = zip(plan.network.tensors, plan.terms).map { $0.decays || $1.decaysAlways }
    func state(_ range: Range<Int>) -> OptimizerState {
      let vectors = update.vectors.map { $0.view[range] }
      return OptimizerState(first: vectors.first, second: vectors.count > 1 ? vectors[1] : nil)
    }
    var direction = [Double](repeating: 0, count: plan.network.tensors.count)
    var weights = direction
    for chunk in chunks {
      direction[chunk.tensor] += Reduction.squaredNorm(gradient[chunk.range])
      weights[chunk.tensor] += Reduction.squaredNorm(self.state.parameters.view[chunk.range])
    }
    let norm = direction.reduce(0, +).squareRoot()
    if plan.update.prepares {
      direction = direction.map { _ in 0 }
      for chunk in chunks {
        direction[chunk.tensor] +=
          plan.update.prepare(
            weights: self.state.parameters.view[chunk.range], gradient: gradient[chunk.range],
            state: state(chunk.range),
            step: step, decays: decays[chunk.tensor],
            ownDecay: plan.terms[chunk.tensor].weightDecay, globalGradientNorm: norm
          ).direction
      }
    }
    for chunk in chunks {
      let terms = plan.terms[chunk.tensor]
      plan.update.apply(
        to: self.state.parameters.view[chunk.range], gradient: gradient[chunk.range], state: state(chunk.range),
        step: step, learningRate: rate * terms.rate, decays: decays[chunk.tensor],
        ownDecay: terms.weightDecay,
        norms: TensorNorms(weightSquares: weights[chunk.tensor], directionSquares: direction[chunk.tensor]),
        globalGradientNorm: norm)
    }
  }
}
