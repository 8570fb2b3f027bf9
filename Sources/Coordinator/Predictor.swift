import Datasets
import Foundation
import Kernels
import Models
import Synchronization
import Workers

/// What a model says of some samples of an input, in their order.
package struct Predictions: Sendable {
  /// What each sample is called.
  package var names: [String]
  /// The network's outputs, [samples, outputs]: logits of classes, or numbers as training saw them.
  package var outputs: [Float]
  /// Numbers of a sample.
  package var width: Int
  /// What the input says is to be predicted; `nil` where it does not.
  package var answers: [InputAnswer?]
  /// Why a sample could not be read, by its place; its outputs mean nothing.
  package var failures: [Int: DataError]

  /// The outputs of one sample.
  package func row(_ index: Int) -> ArraySlice<Float> { outputs[index * width..<(index + 1) * width] }
}

/// Predicts the samples of an input, in its order and with memory that does not grow with it: one thread reads, all
/// decode and compute.
///
/// What is predicted of a sample depends on it alone and on its place in the input, never on the threads: microbatches are
/// n samples in the order of the input, the last one smaller.
package final class Predictor: Sendable {
  private let model: Model
  /// Numbers of a sample.
  private let size: Int
  private let pool: WorkerPool
  private let workspaces: [Workspace]
  private let inputs: Buffer<Float>
  private let outputs: Buffer<Float>
  /// Samples that are read at once: some microbatches for every thread.
  private let chunk: Int
  private static let mostChunkBytes = 256 << 20

  /// A predictor with so many threads.
  package init(_ model: Model, threads: Int) {
    self.model = model
    size = model.network.input.count
    let pool = WorkerPool(threads: min(threads, BLASBuild.maximumCallers))
    self.pool = pool
    let network = model.network
    workspaces = (0..<pool.threads).map { _ in Workspace(for: network) }
    let sampleBytes = 4 * (size + network.outputs)
    let wanted = max(4 * pool.threads, 1024 / network.microbatch)
    let allowed = max(1, Self.mostChunkBytes / (sampleBytes * network.microbatch))
    chunk = min(wanted, allowed) * network.microbatch
    inputs = Buffer(count: chunk * size)
    outputs = Buffer(count: chunk * network.outputs)
  }

  /// Threads that compute.
  package var threads: Int { pool.threads }

  /// Opens an input and hands out what the model says of its samples, some at a time.
  ///
  /// - Parameter use: is called on the calling thread, in order.
  /// - Returns: what a user should know of the samples, in words.
  /// - Throws: ``DataError`` where the input cannot be read, and what `use` throws. A sample that cannot be read is no
  ///   error here: see ``Predictions/failures``.
  @discardableResult
  package func predict(_ location: InputLocation, _ use: (Predictions) throws -> Void) throws -> [String] {
    guard let preprocessing = model.preprocessing else {
      preconditionFailure("a model that does not say how its samples are read")
    }
    return try predict(preprocessing.input.reader(of: location, preprocessing), use)
  }

  /// The same for samples from elsewhere.
  @discardableResult
  package func predict(_ reader: any InputReader, _ use: (Predictions) throws -> Void) throws -> [String] {
    var reader = reader
    while let batch = try reader.read(atMost: chunk) {
      precondition(batch.count <= chunk, "\(batch.count) samples where at most \(chunk) were asked for")
      if batch.count > 0 { try use(predict(batch)) }
    }
    return reader.notes
  }

  private func predict(_ batch: any InputBatch) -> Predictions {
    let (count, width, n) = (batch.count, model.network.outputs, model.network.microbatch)
    let failures = Failures()
    pool.run((count + n - 1) / n) { [self] worker, index in
      let samples = index * n..<min((index + 1) * n, count)
      for sample in samples {
        let input = inputs.view[sample * size..<(sample + 1) * size]
        do throws(DataError) {
          try batch.write(sample, into: input)
        } catch {
          input.fill(with: 0)
          failures.set(error, at: sample)
        }
      }
      model.computeOutputs(
        of: inputs.view[samples.lowerBound * size..<samples.upperBound * size],
        into: outputs.view[samples.lowerBound * width..<samples.upperBound * width], workspace: workspaces[worker])
    }
    var predictions = Predictions(
      names: (0..<count).map(batch.name), outputs: outputs.view.prefix(count * width).array(), width: width,
      answers: Array(repeating: nil, count: count), failures: failures.all)
    for sample in 0..<count where predictions.failures[sample] == nil {
      do throws(DataError) { predictions.answers[sample] = try batch.answer(sample) } catch {
        predictions.failures[sample] = error
      }
    }
    return predictions
  }
}

/// Errors of samples that several workers may meet.
private final class Failures: Sendable {
  private let errors: Mutex<[Int: DataError]>

  init() { errors = Mutex([:]) }

  func set(_ error: DataError, at sample: Int) { errors.withLock { $0[sample] = error } }

  var all: [Int: DataError] { errors.withLock { $0 } }
}
