import Calendars
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Models
import Records
import TestSupport
import Testing

@Suite("A predictor")
struct PredictorTests {
  /// Samples in memory, in pieces of a size that the test chooses, some of which cannot be read.
  private struct Pieces: InputReader {
    var samples: [[Float]]
    var bad: Set<Int> = []
    var badAnswers: Set<Int> = []
    var largest = Int.max
    /// Whether samples come late, so that workers overtake one another.
    var isSlow = false
    private var next = 0

    init(_ samples: [[Float]]) { self.samples = samples }

    mutating func read(atMost count: Int) throws(DataError) -> (any InputBatch)? {
      guard next < samples.count else { return nil }
      let range = next..<min(next + min(count, largest), samples.count)
      next = range.upperBound
      return Piece(all: self, range: range)
    }

    struct Piece: InputBatch {
      let all: Pieces
      let range: Range<Int>
      var count: Int { range.count }
      func name(_ index: Int) -> String { "row \(range.lowerBound + index)" }

      func write(_ index: Int, into input: Floats) throws(DataError) {
        let sample = range.lowerBound + index
        if all.isSlow, sample % 11 < 2 { Thread.sleep(forTimeInterval: 0.0005) }
        if all.bad.contains(sample) {
          // Half of it is there already.
          input[0] = .nan
          throw DataError(file: "input", found: "sample \(sample)", allowed: "others", remedy: "remove it")
        }
        for (place, value) in all.samples[sample].enumerated() { input[place] = value }
      }

      func answer(_ index: Int) throws(DataError) -> InputAnswer? {
        let sample = range.lowerBound + index
        if all.badAnswers.contains(sample) {
          throw DataError(file: "input", found: "answer \(sample)", allowed: "others", remedy: "remove it")
        }
        return sample % 3 == 0 ? nil : .label(sample % 5)
      }
    }
  }

  private func samples(_ count: Int, width: Int = 147) -> [[Float]] {
    var generator = SeededGenerator(seed: 21)
    return (0..<count).map { _ in generator.floats(width) }
  }

  private func model(microbatch: Int, _ configuration: ModelConfiguration = Runs.convolutional) throws -> Model {
    let splits = Runs.samples(.image(height: 7, width: 7, channels: 3), count: 60)
    let configuration = Runs.configuration(configuration, batch: 20, shards: 1, microbatch: microbatch)
    let trainer = try Trainer(RunPlan(configuration, splits: splits))
    for _ in 0..<2 { _ = trainer.takeStep() }
    return try Model(trainer)
  }

  @Test("gives the same bits for 1, 2, 3 and 7 threads, in the order of the input, though it is read in other pieces")
  func threads() throws {
    let model = try model(microbatch: 20)
    // 1,024 ÷ 20 microbatches at once, whatever T is, up to 12 threads.
    var reader = Pieces(samples(1111))
    let expected = try AllPredictions(model, reader, threads: 1)
    #expect(expected.names == (0..<1111).map { "row \($0)" } && expected.failures.isEmpty)
    #expect(expected.pieces == [1020, 91])
    #expect(Set(expected.outputs.map(\.bitPattern)).count > 1000)
    reader.isSlow = true
    for threads in [2, 3, 7, 16] {
      let found = try AllPredictions(model, reader, threads: threads)
      #expect(found.names == expected.names && found.answers == expected.answers)
      #expect(found.outputs.map(\.bitPattern) == expected.outputs.map(\.bitPattern), "\(threads) threads")
      if threads == 16 { #expect(found.pieces == [1111]) }
    }
    // Whole microbatches at a time are the same ones.
    reader.largest = 40
    let pieces = try AllPredictions(model, reader, threads: 2)
    #expect(pieces.pieces.count == 28 && pieces.outputs.map(\.bitPattern) == expected.outputs.map(\.bitPattern))
  }

  @Test("gives what the network gives, sample by sample, however few an input hands out at a time")
  func reference() throws {
    let model = try model(microbatch: 6)
    let all = samples(41)
    let workspace = Workspace(for: model.network)
    var expected: [Float] = []
    for sample in all {
      let output = Buffer<Float>(count: 5)
      model.network.computeOutputs(
        of: Buffer(sample).view, state: model.state, packedWeights: model.packedWeights.view, into: output.view,
        workspace: workspace)
      expected += output.array()
    }
    for largest in [1, 4, 6, 13, 100] {
      var reader = Pieces(all)
      reader.largest = largest
      let found = try AllPredictions(model, reader, threads: 3)
      #expect(found.names == (0..<41).map { "row \($0)" })
      expectClose(found.outputs, expected, relative: 1e-5, "\(largest) at a time")
    }
  }

  @Test("leaves other samples as they are where one cannot be read, and says which and why", arguments: [1, 3])
  func failures(threads: Int) throws {
    let model = try model(microbatch: 8)
    var reader = Pieces(samples(67))
    let expected = try AllPredictions(model, reader, threads: threads)
    reader.bad = [0, 9, 10, 30, 66]
    reader.badAnswers = [40]
    let found = try AllPredictions(model, reader, threads: threads)
    #expect(found.names == expected.names)
    #expect(found.failures.keys.sorted() == [0, 9, 10, 30, 40, 66])
    for (sample, error) in found.failures {
      #expect(error.found == (sample == 40 ? "answer 40" : "sample \(sample)"))
      #expect(found.answers[sample] == nil)
    }
    for sample in 0..<67 where !reader.bad.contains(sample) {
      let range = sample * 5..<(sample + 1) * 5
      #expect(
        found.outputs[range].map(\.bitPattern) == expected.outputs[range].map(\.bitPattern), "sample \(sample)")
    }
  }

  @Test("ends at once where nobody wants the rest, and reads nothing of an empty input")
  func ends() throws {
    struct Enough: Error {}
    let model = try model(microbatch: 8)
    var pieces = 0
    var reader = Pieces(samples(100))
    reader.largest = 16
    #expect(throws: Enough.self) {
      try Predictor(model, threads: 2).predict(reader) { _ in
        pieces += 1
        if pieces == 2 { throw Enough() }
      }
    }
    #expect(pieces == 2)
    try Predictor(model, threads: 2).predict(Pieces([])) { _ in Issue.record("there is no sample") }
  }

  @Test("counts for a collector: samples that cannot be read, have no answer, or no finite output")
  func collector() throws {
    let model = try model(microbatch: 8)
    var all = samples(67)
    var reader = Pieces(all)
    reader.bad = [1, 9]
    func record(_ reader: Pieces) throws -> (EvaluationRecord, EvaluationCollector) {
      var collector = EvaluationCollector(model, answers: .classes(names: ["a", "b", "c", "d", "e"]))
      try Predictor(model, threads: 2).predict(reader) { collector.add($0) }
      return (collector.record(model: "m", input: "i"), collector)
    }
    let (found, collector) = try record(reader)
    #expect(found.unreadableSamples == 2)
    // Every third sample has no answer, 9 among them.
    #expect(collector.unansweredSamples == 22 && collector.answeredSamples == 43 && found.testSamples == 43)
    let outputs = try AllPredictions(model, reader, threads: 1)
    var (loss, right) = (0.0, 0)
    for sample in 0..<67 where sample % 3 != 0 && sample != 1 {
      let logits = outputs.outputs[sample * 5..<(sample + 1) * 5].map(Double.init)
      loss += log(logits.reduce(0) { $0 + exp($1) }) - logits[sample % 5]
      if logits.indices.allSatisfy({ logits[$0] <= logits[sample % 5] }) { right += 1 }
    }
    #expect(abs(found.testLoss - loss / 43) < 1e-5 && found.testAccuracy == Double(right) / 43)

    all[2][0] = .infinity
    reader.samples = all
    let (diverged, _) = try record(reader)
    #expect(diverged.notFiniteSamples == 1 && diverged.testAccuracy == nil && diverged.macroF1 == nil)
  }
}
