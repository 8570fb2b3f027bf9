import Fuzzing
import Testing

// Tests of one reader write to the same file.
@Suite("Readers on odd inputs", .serialized)
struct CorpusTests {
  static let names = FuzzTarget.all.map(\.name)

  private func target(_ name: String) throws -> FuzzTarget {
    try #require(FuzzTarget.all.first { $0.name == name })
  }

  @Test("every file of the corpus is read or refused; its name says which", arguments: names)
  func corpus(name: String) throws {
    let target = try target(name)
    #expect(!target.seeds.isEmpty)
    for seed in target.ownSeeds {
      let refused = target.refuses(seed.bytes)
      if seed.name.hasPrefix("good-") { #expect(!refused, "\(name): \(seed.name)") }
      if seed.name.hasPrefix("bad-") { #expect(refused, "\(name): \(seed.name)") }
    }
  }

  @Test("a few hundred altered inputs are read or refused", arguments: names)
  func altered(name: String) throws {
    let target = try target(name)
    let mutator = Mutator(seeds: target.mutableSeeds, words: target.words, seed: 20_261_127)
    var refused = 0
    for number in 0..<300 where target.refuses(mutator.input(number)) { refused += 1 }
    // Inputs that are all refused, or none, would reach little of a reader.
    #expect((1..<300).contains(refused) || target.refusesNothing)
  }

  @Test("a number makes the same input again, and another one another")
  func numbers() {
    let mutators = (0..<2).map { _ in Mutator(seeds: [Array("{\"a\": 1}".utf8)], words: ["null"], seed: 3) }
    let inputs = (0..<100).map { mutators[0].input($0) }
    #expect(inputs == (0..<100).map { mutators[1].input($0) })
    #expect(Set(inputs).count > 60)
    #expect(Mutator(seeds: [Array("{\"a\": 1}".utf8)], words: ["null"], seed: 4).input(0) != inputs[0])
  }
}
