import Keys
import Optimizers
import Testing

/// What exhaustive switches would guarantee if there were any: every rule is complete.
@Suite("Every rule of the list")
struct RuleKindsTests {
  private let format = Format.object(OptimizerConfiguration.keys)

  private func read(_ json: JSONValue) throws -> OptimizerConfiguration {
    let findings = Findings(file: "config.json", overrides: [], issues: [], keyPaths: { [] })
    let value = format.read(json, Place(path: "optimizer", findings: findings))
    try #require(findings.issues.isEmpty, "\(findings.issues)")
    return try #require(value)
  }

  /// Every key of a rule with a value that is not its default: halves of numbers, opposites of flags.
  private func otherValues(_ written: [String: JSONValue]) -> [String: JSONValue] {
    written.mapValues { value in
      if case .bool(let flag) = value { return .bool(!flag) }
      return value.double.map { .number($0 / 2) } ?? value
    }
  }

  @Test("names are unique, and the first is the default")
  func names() throws {
    let names = RuleKinds.all.map { $0.name }
    #expect(Set(names).count == names.count)
    #expect(try read([:]).method == read(["method": .string(names[0])]).method)
  }

  @Test(
    "a rule reads its keys from JSON, and writes itself back with every one of them", arguments: RuleKinds.all.indices)
  func roundTrip(index: Int) throws {
    let kind = RuleKinds.all[index]
    let standard = try read(["method": .string(kind.name)])
    #expect(type(of: standard.method.rule) == kind)
    #expect(OptimizerMethod(kind.standard) == standard.method)
    guard case .object(let written) = format.write(standard) else {
      Issue.record("no object")
      return
    }
    #expect(written["method"] == .string(kind.name))

    let others = otherValues(written)
    let changed = try read(.object(others))
    #expect(format.write(changed) == .object(others))
    #expect(try read(format.write(changed)) == changed)
    let ownKeys = written.keys.filter { others[$0] != written[$0] && $0 != "weightDecay" }
    #expect((changed.method == standard.method) == ownKeys.isEmpty)
    for key in ownKeys {
      var one = written
      one[key] = others[key]
      #expect(try read(.object(one)).method != standard.method, "\(key) is not kept")
    }
  }

  @Test("the schema has a branch with the rule's description and keys", arguments: RuleKinds.all.indices)
  func schema(index: Int) throws {
    let kind = RuleKinds.all[index]
    let section = Section.describing()
    _ = OptimizerConfiguration.keys(section, nil)
    let options = try #require(section.choices.first).options
    let option = try #require(options.first { $0.name == kind.name })
    #expect(option.about == kind.about && kind.about.count > 5)
    guard case .object(let written) = format.write(try read(["method": .string(kind.name)])) else { return }
    let shared = Set(section.properties.map(\.name))
    #expect(Set(option.section.properties.map(\.name)) == Set(written.keys).subtracting(shared))
    #expect(options.map(\.name) == RuleKinds.all.map { $0.name })
  }

  @Test("a rule describes itself, and its constants are those of a batch", arguments: RuleKinds.all.indices)
  func description(index: Int) throws {
    let kind = RuleKinds.all[index]
    let rule = try read(["method": .string(kind.name)]).method.rule
    #expect(rule.summary.hasPrefix(kind.name))
    #expect(!rule.title.isEmpty && rule.title.lowercased() == kind.name)
    #expect(kind.defaultRate > 0)
    #expect(rule.rateExponent > 0 && rule.rateExponent <= 1)
    #expect((0..<1).contains(rule.momentum))
    #expect(rule.temperatureMomentum == nil || rule.temperatureMomentum == rule.momentum)
    #expect(Set(rule.stateNames).count == rule.stateNames.count && rule.stateNames.count <= 2)
    #expect(OptimizerMethod(rule.scaled(batchRatio: 1)) == OptimizerMethod(rule))
  }

  @Test("golden values and naive references are there for every rule", arguments: RuleKinds.all.indices)
  func hasOracles(index: Int) {
    let kind = RuleKinds.all[index]
    #expect(GoldenTests.cases.contains { type(of: $0.configuration.method.rule) == kind }, "golden values")
    #expect(ReferenceTests.configurations.contains { type(of: $0.method.rule) == kind }, "naive reference")
  }
}
