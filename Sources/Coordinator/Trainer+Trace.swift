import Calendars
import Configuration
import Datasets
import Gradients
import Kernels
import Models
import Optimizers
import Synchronization
import Tracing
import Workers

/// Some steps of a run that are to be recorded, and what was recorded of them as soon as they are over.
package final class RunTrace: Sendable {
  /// Steps as metrics count them, from 1.
  package let steps: ClosedRange<Int>
  /// One operation of the network, by its number.
  package struct Layer: Sendable {
    /// What its tensors' names begin with; empty for layers without tensors.
    package let name: String
    /// What `plan` calls it, such as "conv2d 5×5, 32".
    package let kind: String
  }

  /// The network's operations, in order.
  package let layers: [Layer]
  /// The tensor of each chunk of the parameters; pieces of the running statistics come behind them.
  package let tensorOfChunk: [String]
  private let finished = Mutex<TraceRecording?>(nil)
  private let begun = Mutex<Int?>(nil)

  /// Memory for the spans of all workers together, at most, in bytes.
  package static let mostBytes = 256 << 20

  /// Five steps from the tenth on, when caches are warm, or what a short run has of that; `nil` without a step left.
  ///
  /// - Parameters:
  ///   - step: steps that the run has taken before.
  ///   - steps: those of the whole run.
  package static func defaultSteps(after step: Int, of steps: Int) -> ClosedRange<Int>? {
    guard step < steps else { return nil }
    let first = max(step + 1, min(step + 10, steps - 4))
    return first...min(first + 4, steps)
  }

  init(_ steps: ClosedRange<Int>, _ network: Network, chunks: [StepGradients.Chunk]) {
    self.steps = steps
    layers = network.layers.map { Layer(name: $0.name, kind: $0.kind) }
    tensorOfChunk = chunks.map { network.tensors[$0.tensor].name }
  }

  /// What was recorded; `nil` before the last of the steps is over, and where none of them was taken.
  package var recording: TraceRecording? { finished.withLock { $0 } }

  /// Begins or ends before step `next`, where it is time to, and tells the recorder which step comes.
  func enter(_ next: Int, _ spans: SpanRecorder) {
    if spans.isOn, next > steps.upperBound { end(after: next - 1, spans) }
    guard steps.contains(next), recording == nil else { return }
    if !spans.isOn {
      begun.withLock { $0 = next }
      spans.begin()
    }
    spans.begin(step: next)
  }

  /// Ends, if it goes on, after the run has taken so many steps.
  func end(after step: Int, _ spans: SpanRecorder) {
    guard spans.isOn, let first = begun.withLock({ $0 }) else { return }
    let recording = spans.end(steps: first...max(first, step))
    finished.withLock { $0 = recording }
  }
}

extension Trainer {
  /// Has the coming run record what its threads do in some of its steps, evaluations and saves between them included.
  ///
  /// The weights stay the same bits, and a step still allocates nothing: the memory is there before the run begins, and
  /// what does not fit there is counted.
  ///
  /// - Parameters:
  ///   - steps: as metrics count them, from 1, in the numbering of the whole run.
  ///   - bytes: memory for the spans of all workers together, at most.
  /// - Throws: `AllocationError` if there is no memory.
  package func trace(_ steps: ClosedRange<Int>, bytes: Int = RunTrace.mostBytes) throws -> RunTrace {
    let tracks = pool.threads + 1
    let stride = MemoryLayout<TraceSpan>.stride
    let capacity = max(1, min(spans(of: steps), bytes / tracks / stride))
    try AllocationError.requireMemory(bytes: capacity * tracks * stride)
    pool.spans.reserve(capacity: capacity)
    let trace = RunTrace(steps, plan.network, chunks: engine.chunks)
    self.trace = trace
    return trace
  }

  /// Spans that some steps leave at most, if one worker does everything.
  private func spans(of steps: ClosedRange<Int>) -> Int {
    let operations = plan.network.operations.count
    let microbatches = plan.division.microbatches(count: max(plan.division.batch, plan.calendar.largestBatch))
    // Of a fork-join, every worker has two that wait.
    let forks = 2 * (plan.update.passes + 2) + 4
    let ofStep =
      microbatches * (2 * operations + 3) + 3 * plan.division.shards + plan.network.packingCount(transposing: true)
      + 3 * plan.update.passes * (engine.chunks.count + engine.statisticsPieces) + forks
    let ofSteps = Int.saturatingProduct(steps.count, ofStep)
    // More than there will be room for: evaluations between so many steps need not be counted one by one.
    guard ofSteps < RunTrace.mostBytes / MemoryLayout<TraceSpan>.stride else { return ofSteps }
    let evaluations = (steps.lowerBound...steps.upperBound).count {
      $0 == plan.steps || plan.calendar.isDue(plan.configuration.evaluate.every, after: $0)
    }
    let evaluated = [plan.splits.judging.count, plan.splits.test.count].reduce(0, +)
    let taken = plan.configuration.evaluate.batchNormSamples ?? 0
    let ofEvaluation = ((evaluated + taken) / plan.network.microbatch + 8) * (operations + 4)
    return Int.saturatingSum(
      ofSteps, Int.saturatingProduct(evaluations, ofEvaluation), 256)
  }

  /// Before a step.
  func beginOrEndTrace() { trace?.enter(progress.step + 1, pool.spans) }

  /// After the last one, the run's end included.
  func endTrace() { trace?.end(after: progress.step, pool.spans) }
}
