import Models
import Calendars
import Datasets
import Keys
import Optimizers
import Configuration
import Testing

@Suite("overrides")
struct OverrideTests {
  @Test("an override replaces, adds and makes what is missing")
  func applied() throws {
    let run = try decode(
      #""batch": { "size": 64 }"#,
      overrides: [
        "batch.size=512", "batch.shards=8", "learningRate.decay.kind=cosine", "learningRate.warmup.kind=none",
        "model.hidden.0=64", "model.hidden.1=32", "name=two words", "target.testAccuracy=0.9", "threads=auto",
        #"optimizer={"method": "lars", "trust": 0.5}"#,
      ])
    #expect(run.batch == BatchConfiguration(size: 512, shards: 8))
    #expect(run.learningRate.decay == .cosine)
    #expect(run.learningRate.warmup == .none)
    #expect(run.model == .mlp(hidden: [64, 32]))
    #expect(run.name == "two words")
    #expect(run.target == .testAccuracy(0.9))
    #expect(run.optimizer.method == .lars(momentum: 0.9, trust: 0.5))
  }

  @Test("a list is changed and extended by index")
  func lists() throws {
    let text = #"{ "data": { "dataset": "digits" }, "model": { "preset": "mlp", "hidden": [8, 9] } }"#
    #expect(try decode(text: text, overrides: ["model.hidden.0=64"]).model == .mlp(hidden: [64, 9]))
    #expect(try decode(text: text, overrides: ["model.hidden.2=7"]).model == .mlp(hidden: [8, 9, 7]))
    #expect(try decode(text: text, overrides: ["data.augment.0.type=flip"]).data.augmentations == [.flip])
    #expect(
      mistakes(text: text, overrides: ["model.hidden.3=7"]) == [
        "--set model.hidden.3=7: model.hidden: found a list of 2; allowed after it: a number from 0 to 2"
      ])
    #expect(mistakes(text: text, overrides: ["model.hidden.-1=7"]).count == 1)
    #expect(mistakes(text: text, overrides: ["model.hidden.first=7"]).count == 1)
  }

  @Test("the later of two overrides wins")
  func laterWins() throws {
    #expect(try decode(overrides: ["seed=3", "seed=4"]).seed == 4)
    #expect(
      try decode(overrides: ["batch.size=3", #"batch={"shards": 2}"#]).batch == BatchConfiguration(size: 256, shards: 2)
    )
    #expect(try decode(overrides: ["epochs=3", "steps=4"]).length == .steps(4))
    #expect(try decode(overrides: ["steps=4", "epochs=3"]).length == .epochs(3))
  }

  @Test("a string needs no quotes, whatever it looks like")
  func bareStrings() throws {
    #expect(try decode(overrides: ["name=2026"]).name == "2026")
    #expect(try decode(overrides: ["name=true"]).name == "true")
    #expect(try decode(overrides: ["name=\"quoted\""]).name == "quoted")
    #expect(try decode(overrides: ["name=a=b"]).name == "a=b")
    #expect(
      try decode(text: fullConfigs[1], overrides: ["data.path=7"]).data.source == .named(.fashionMNIST, path: "7"))
  }

  @Test("null removes a key")
  func null() throws {
    #expect(try decode(text: fullConfigs[0], overrides: ["target=null"]).target == nil)
    #expect(try decode(text: fullConfigs[0], overrides: ["batch.shards=null"]).batch.shards == nil)
    #expect(try decode(text: fullConfigs[0], overrides: ["batch=null"]).batch.size == 256)
    #expect(try decode(text: fullConfigs[0], overrides: ["epochs=null", "seed=null"]).length == .epochs(10))
    #expect(
      try decode(text: fullConfigs[0], overrides: ["optimizer.method=null"]).optimizer.method
        == .sgd(momentum: 0.5, nesterov: true))
    #expect(mistakes(text: fullConfigs[0], overrides: ["batch.sise=null"]).count == 1)
    #expect(
      mistakes(text: fullConfigs[0], overrides: ["data=null"]).first?.hasPrefix("--set data=null: data: missing; ")
        == true)
  }

  @Test("an override that chooses another variant drops the file's keys of the old one")
  func otherVariant() throws {
    let adam = try decode(text: fullConfigs[0], overrides: ["optimizer.method=adam", "steps=9", "model.preset=lenet"])
    #expect(
      adam.optimizer
        == OptimizerConfiguration(
          method: .adam(AdamConfiguration()), weightDecay: 0.01, clipNorm: 2,
          average: WeightAverage(decay: 0.99, warmup: false), freeze: ["0.*", "!0.bias"],
          groups: [TensorGroup(tensors: ["1.*"], rate: 2, weightDecay: 0.1)]))
    #expect(adam.length == .steps(9))
    #expect(adam.model == .lenet)
    let layers = try decode(text: fullConfigs[0], overrides: [#"model.layers=[{"type": "dense", "units": 10}]"#])
    #expect(layers.model == .layers([.dense(units: 10, bias: true)]))
    // Its own keys must fit, and so must those that it overrides itself.
    #expect(
      mistakes(text: fullConfigs[0], overrides: ["optimizer.method=adam", "optimizer.trust=1"]) == [
        """
        --set optimizer.trust=1: optimizer.trust: belongs to method "lars", not to method "adam"; \
        allowed here: method, beta1, beta2, epsilon, scaleWithBatch, weightDecay, clipNorm, average, freeze, groups, \
        lookahead
        """
      ])
    #expect(mistakes(text: fullConfigs[0], overrides: ["batch.size=200", "optimizer.trust=1"]).count == 1)
  }

  @Test("a mistake is blamed on the override that made it, and on no other")
  func origins() {
    #expect(
      mistakes(#""seed": -1"#, overrides: ["batch.size=-3", "batch.sise=3", "threads=many", "optimizer.method=sdg"]).map
      {
        String($0.split(separator: ";")[0])
      } == [
        "config.json: seed: found -1",
        "--set batch.size=-3: batch.size: found -3",
        "--set batch.sise=3: batch.sise: unknown key",
        #"--set optimizer.method=sdg: optimizer.method: found the string "sdg""#,
        #"--set threads=many: threads: found the string "many""#,
      ])
    #expect(
      mistakes(#""batch": { "size": 3 }"#, overrides: ["batch.shards=9"]).first?.hasPrefix(
        "--set batch.shards=9: batch.shards: found 9; ") == true)
    #expect(
      mistakes("", overrides: ["seed=NaN"]) == [
        #"--set seed=NaN: seed: found the string "NaN"; allowed: an integer from 0 to 2^53"#
      ])
    #expect(mistakes("", overrides: ["batch=[3]", "loss.kind.x=3"]).count == 2)
    #expect(
      mistakes(#""seed": 3"#, overrides: ["seed.x=3", "threads=0"]) == [
        #"--set seed.x=3: seed: found 3, which has no key "x""#,
        #"--set threads=0: threads: found 0; allowed: "auto" or an integer from 1 to 4096"#,
      ])
  }

  @Test("an override answers for the objects that it made")
  func originOfWhatWasMade() {
    let messages = mistakes("", overrides: ["target.accuracy=0.9"])
    #expect(messages.count == 2)
    #expect(messages.contains("--set target.accuracy=0.9: target: missing; needed: testAccuracy or testLoss"))
    #expect(messages.allSatisfy { $0.hasPrefix("--set target.accuracy=0.9: target") })
    let layer = mistakes(
      text: #"{ "data": { "dataset": "digits" }, "model": { "layers": [{ "type": "relu" }] } }"#,
      overrides: ["model.layers.1.units=3"])
    #expect(layer.count == 1)
    #expect(layer.first?.hasPrefix("--set model.layers.1.units=3: model.layers.1.type: missing; ") == true)
  }

  @Test("an override that is no key.path=value is refused", arguments: ["batch.size", "=3", "batch..size=3", ".=", ""])
  func malformed(text: String) {
    let error = #expect(throws: ConfigurationError.self) { try Override(text) }
    #expect(error?.description.hasPrefix("--set \(text): ") == true)
  }

  @Test("a very deep override is refused")
  func deep() {
    let path = Array(repeating: "a", count: 100_000).joined(separator: ".")
    #expect(throws: ConfigurationError.self) { try Override("\(path)=1") }
    let nested = Array(repeating: "0", count: 99).joined(separator: ".")
    #expect(
      !mistakes(
        "", overrides: ["model.\(nested)=\(String(repeating: "[", count: 100))\(String(repeating: "]", count: 100))"]
      ).isEmpty)
  }
}
