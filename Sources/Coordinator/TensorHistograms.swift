import Calendars
import Gradients
import Kernels
import Models
import Optimizers
import Statistics
import Workers

/// Where the numbers of one of the network's tensors lie, in the weights and in the gradient.
public struct TensorHistograms: Sendable, Equatable {
  /// Name in files, such as `0.weight`.
  public let name: String
  /// Of the weights that training changes.
  public let weights: Histogram
  /// Of the last step's average gradient, without weight decay, before clipping; `nil` for a frozen tensor.
  public let gradient: Histogram?
}

/// Counts the weights and the gradient of a step, tensor by tensor: workers take chunks.
///
/// Counts are exact, and sums go over chunks in order, so neither T nor the number of ranks shows. Padding is left out.
final class HistogramMeasurement {
  private struct Tensor {
    let name: String
    let chunks: Range<Int>
    let first: Int
    let isFrozen: Bool
    /// 1 for each of the tensor's places in memory that holds an element, 0 for padding; `nil` where all do.
    let elements: Buffer<UInt8>?
  }

  private let engine: GradientEngine
  private let pool: WorkerPool
  private let tensors: [Tensor]
  /// Of each worker.
  private let counts: [HistogramCounts]
  private let gradients: [Buffer<Float>]
  /// Of each chunk.
  private let moments: Buffer<Moments>
  /// The average gradient, of which every rank has averaged its own chunks; `nil` in a run of one process.
  private let shared: Buffer<Float>?

  /// - Parameter isFrozen: of each of the network's tensors.
  init(_ engine: GradientEngine, isFrozen: [Bool], pool: WorkerPool) {
    self.engine = engine
    self.pool = pool
    var chunk = 0
    tensors = engine.network.tensors.enumerated().map { number, tensor in
      let first = chunk
      while chunk < engine.chunks.count, engine.chunks[chunk].tensor == number { chunk += 1 }
      let stored = tensor.stored
      var elements: Buffer<UInt8>?
      if stored.count < stored.range.count {
        let places = Buffer<UInt8>(count: stored.range.count)
        for index in 0..<stored.count { places.view[stored.layout.index(ofFileElement: index)] = 1 }
        elements = places
      }
      return Tensor(
        name: tensor.name, chunks: first..<chunk, first: stored.range.lowerBound, isFrozen: isFrozen[number],
        elements: elements)
    }
    counts = (0..<pool.threads).map { _ in HistogramCounts() }
    gradients = (0..<pool.threads).map { _ in Buffer(count: StepGradients.chunkCount) }
    moments = Buffer(count: engine.chunks.count)
    shared = engine.isRanked ? Buffer(count: engine.network.parameterCount) : nil
  }

  /// Of the weights as they are, and of the batch whose gradient the engine computed last.
  func measure() -> [TensorHistograms] {
    let parameters = engine.state.parameters.view
    shareGradient()
    return tensors.map { tensor in
      let weights = histogram(of: tensor) { _, _, range in parameters[range] }
      guard !tensor.isFrozen else { return TensorHistograms(name: tensor.name, weights: weights, gradient: nil) }
      let gradient = histogram(of: tensor) { [engine, gradients, shared] worker, chunk, range in
        if let shared { return shared.view[range] }
        let average = gradients[worker].view.prefix(range.count)
        engine.average(chunk, worker: worker, into: average)
        return average
      }
      return TensorHistograms(name: tensor.name, weights: weights, gradient: gradient)
    }
  }

  private func shareGradient() {
    guard let shared else { return }
    let (engine, own) = (engine, engine.ownChunks)
    let isFrozen = tensors.map(\.isFrozen)
    pool.run(own.count) { worker, index in
      let chunk = engine.chunks[own.lowerBound + index]
      guard !isFrozen[chunk.tensor] else { return }
      engine.average(own.lowerBound + index, worker: worker, into: shared.view[chunk.range])
    }
    engine.shareParameters(shared.view)
  }

  /// - Parameter numbers: of a chunk, by a worker.
  private func histogram(
    of tensor: Tensor, _ numbers: @escaping @Sendable (_ worker: Int, _ chunk: Int, _ range: Range<Int>) -> Floats
  ) -> Histogram {
    for worker in counts { worker.clear() }
    let (chunks, elements, first) = (tensor.chunks, tensor.elements, tensor.first)
    pool.run(chunks.count) { [engine, counts, moments] worker, index in
      let chunk = chunks.lowerBound + index
      let range = engine.chunks[chunk].range
      let isElement = elements?.view[range.lowerBound - first..<range.upperBound - first]
      moments.view[chunk] = counts[worker].add(numbers(worker, chunk, range), where: isElement)
    }
    var all = Moments()
    for chunk in chunks { all.add(moments.view[chunk]) }
    return Histogram(counts, all)
  }
}

extension Trainer {
  /// Histograms of the weights as they are, and of the average gradient of the step just taken.
  package func tensorHistograms() -> [TensorHistograms] {
    let measurement = histograms ?? HistogramMeasurement(engine, isFrozen: plan.terms.map(\.isFrozen), pool: pool)
    histograms = measurement
    return measurement.measure()
  }

  /// Tells those observers of them who want to know; nothing is computed for the others.
  func tellHistograms() throws {
    guard wantsHistograms else { return }
    let histograms = tensorHistograms()
    try observers.tellHistograms(
      .histograms(step: progress.step, epoch: plan.calendar.epoch(after: progress.step), histograms))
  }
}
