import Foundation
import JSON
import Records
import TestSupport
import Testing

@Suite("Rows of metrics")
struct MetricsTextTests {
  /// What the general decoder makes of a row: the oracle of the quick one.
  private func decoded(_ row: String) -> MetricsLine? {
    try? JSONDecoder().decode(MetricsLine.self, from: Data(row.utf8))
  }

  private func rows(_ text: String) -> [MetricsText.Row] {
    var rows: [MetricsText.Row] = []
    MetricsText.forEachRow(in: Data(text.utf8)) { rows.append($0) }
    return rows
  }

  /// Lines are the same, a number that is none included.
  private func same(_ first: MetricsLine?, _ second: MetricsLine?) -> Bool {
    first.map { JSONText.line($0) } == second.map { JSONText.line($0) }
  }

  private func line(_ generator: inout SeededGenerator) -> MetricsLine {
    func number() -> Double {
      switch Int.random(in: 0..<8, using: &generator) {
      case 0: Double(Int.random(in: -5...5, using: &generator))
      case 1: .nan
      case 2: Double(bitPattern: UInt64.random(in: 0...UInt64.max, using: &generator))
      case 3: Double.random(in: 0...1e-300, using: &generator)
      default: Double.random(in: -10...10, using: &generator)
      }
    }
    let step = Int.random(in: 0...(1 << 40), using: &generator)
    var line: MetricsLine
    switch Int.random(in: 0..<3, using: &generator) {
    case 0:
      line = .training(
        step: step, epoch: Double(step) / 7, loss: number(), learningRate: number(), samplesPerSecond: number(),
        gradientNorm: number(), trainAccuracy: number())
      (line.noiseScale, line.noiseScaleLow, line.batch, line.temperatureIndex) = (number(), number(), step, number())
      line.noiseScaleHigh = number()
    case 1:
      line = .validation(step: step, epoch: 0.5, loss: number(), accuracy: number())
      line.rSquared = number()
    default:
      line = .evaluation(step: step, epoch: 1e22, testLoss: number(), testAccuracy: nil)
      line.density = ["0.input": 0.1875, "10.gradient": Double.random(in: 0...1, using: &generator)]
    }
    return line
  }

  @Test("are read as the general decoder reads them, to the last bit")
  func oracle() throws {
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<1500 {
      let text = JSONText.line(line(&generator))
      let row = try #require(rows(text).first)
      #expect(row.line != nil && same(row.line, decoded(text)), "\(text)")
    }
  }

  @Test("and so are rows that were mangled: none is understood that the decoder refuses, or otherwise")
  func mangled() throws {
    var generator = SeededGenerator(seed: 12)
    let signs = Array(#"{}[]",:.-+eE0123456789nulNtrfas \"#.utf8)
    var understood = 0
    for _ in 0..<4000 {
      var bytes = Array(JSONText.line(line(&generator)).utf8)
      for _ in 0..<Int.random(in: 1...2, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        let sign = signs[Int.random(in: 0..<signs.count, using: &generator)]
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes[place] = sign
        case 1: bytes.insert(sign, at: place)
        default: bytes.remove(at: place)
        }
      }
      let text = String(decoding: bytes, as: UTF8.self)
      let found = rows(text).first?.line
      #expect(same(found, decoded(text)), "\(text)")
      if found != nil { understood += 1 }
    }
    // Neither all nor none, or this would show nothing.
    #expect((300...3500).contains(understood), "\(understood)")
    for text in [
      "", "{}", "[]", "{\"step\":1}", "{\"step\":01,\"epoch\":1}", "{\"step\":1,\"epoch\":1,}",
      "{\"step\":1,\"step\":1,\"epoch\":1}",
      "{\"step\":1,\"epoch\":1.}", "{\"step\":1,\"epoch\":.5}", "{\"step\":1,\"epoch\":00.5}",
      "{\"step\":1,\"epoch\":1e999}",
      "{\"step\":99999999999999999999,\"epoch\":1}", "{ \"step\" : 1, \"epoch\" : 2, \"other\" : [\"x\"] }",
      "{\"step\":-1,\"epoch\":-0.0}",
    ] {
      #expect(same(rows(text).first?.line, decoded(text)), "\(text)")
    }
  }

  @Test("stand where they stand, in a file of many pieces too, whatever the last one ends in")
  func places() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("metrics.jsonl")
      var lines = (1...20_000).map {
        JSONText.line(MetricsLine.evaluation(step: $0, epoch: 1, testLoss: 1 / Double($0), testAccuracy: 1))
      }
      lines[7] = ""
      lines[8] = "{\"st"
      for end in ["\n", "", "\n\n", "\n{\"step\":"] {
        let text = lines.joined(separator: "\n") + end
        let bytes = Array(text.utf8)
        #expect(bytes.count > 1 << 20)
        try text.write(to: file, atomically: true, encoding: .utf8)
        var count = 0
        try MetricsText.forEachRow(of: file) { row in
          count += 1
          #expect(bytes[row.start..<(row.isEnded ? row.end - 1 : row.end)].elementsEqual(row.bytes))
          if let line = row.line { #expect(line.step == row.number) }
        }
        #expect(count == (end.hasSuffix(":") ? 20_000 : 19_999))
        #expect(try MetricsLog(file: file) == MetricsLog(contents: Data(bytes)))
      }
    }
  }
}

@Suite("The log of a long run")
struct LongLogTests {
  @Test("keeps the first, the last and every spike of a hundred thousand evaluations, and how many there were")
  func spikes() {
    var generator = SeededGenerator(seed: 4)
    var log = MetricsLog()
    var spikes: [Int: Double] = [:]
    for step in 1...100_000 {
      var loss = 1 + Double.random(in: 0...0.1, using: &generator)
      if Int.random(in: 0..<5000, using: &generator) == 0 {
        loss = Bool.random(using: &generator) ? 50 + Double(step) : Double(step) / 1e6
        spikes[step] = loss
      }
      if step == 77_777 { loss = .nan }
      log.append(.evaluation(step: step, epoch: Double(step), testLoss: loss, testAccuracy: 1 / loss))
      if step.isMultiple(of: 10_000) {
        #expect(log.lines.last?.step == step && log.lines.first?.step == 1 && log.evaluationCount == step)
      }
    }
    #expect(log.lines.count <= 1 << 13 && log.lines.count > 1000)
    #expect(log.lines.map(\.step) == log.lines.map(\.step).sorted())
    let kept = Dictionary(uniqueKeysWithValues: log.lines.map { ($0.step, $0.testLoss ?? 0) })
    #expect(spikes.count > 10)
    for (step, loss) in spikes { #expect(kept[step] == loss, "\(step)") }
    #expect(kept[77_777]?.isNaN == true)
    // No stretch is left out.
    let gaps = zip(log.lines.dropFirst(), log.lines).map { $0.step - $1.step }
    #expect(gaps.max() ?? 0 < 400)
  }

  @Test("of two kinds thins each by itself, and a resumed run replaces what it takes again")
  func kinds() {
    var log = MetricsLog()
    func add(_ steps: ClosedRange<Int>, _ loss: Double) {
      for step in steps {
        if step.isMultiple(of: 10) {
          log.append(.training(step: step, epoch: 1, loss: loss, learningRate: 1, samplesPerSecond: 1))
        }
        log.append(.validation(step: step, epoch: 1, loss: loss, accuracy: nil))
      }
    }
    add(1...20_000, 1)
    #expect(log.training.map(\.step) == Array(stride(from: 10, through: 20_000, by: 10)))
    #expect(log.evaluationCount == 20_000 && log.evaluations.count <= 1 << 13)
    add(15_001...16_000, 2)
    #expect(log.lines.last?.step == 16_000 && log.training.filter { $0.loss == 2 }.count == 100)
    #expect(log.evaluations.allSatisfy { ($0.validationLoss == 2) == ($0.step > 15_000) })
    #expect(log.evaluations.map(\.step) == log.evaluations.map(\.step).sorted())
  }

  @Test("steps of any size are thinned without a trap")
  func extremes() {
    var log = MetricsLog()
    for step in (Int.max - 9000)...Int.max {
      log.append(.evaluation(step: step, epoch: 1, testLoss: 1, testAccuracy: nil))
    }
    #expect(log.lines.last?.step == .max && log.lines.count <= 1 << 13)
    log = MetricsLog()
    for index in 0..<9000 {
      let step = index == 0 ? Int.min : index == 8999 ? Int.max : index
      log.append(.evaluation(step: step, epoch: 1, testLoss: Double(index), testAccuracy: nil))
    }
    #expect(log.lines.first?.step == .min && log.lines.last?.step == .max)
  }
}
