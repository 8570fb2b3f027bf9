import Models
import Calendars
import Datasets
import Kernels
import Keys
import Optimizers
import Configuration
import Foundation
import Testing

@Suite("accepted configs")
struct AcceptedTests {
  @Test("all but data and model has the documented default")
  func defaults() throws {
    let run = try RunConfiguration.decode(
      #"{ "data": { "dataset": "digits" }, "model": { "preset": "mlp" } }"#, file: "some/folder/my-run.json")
    #expect(
      run
        == RunConfiguration(
          name: "my-run", seed: 1,
          data: DataConfiguration(
            source: .digits, order: .reshuffle, normalization: .standardize, augmentations: [], lastBatch: .drop),
          model: .mlp(hidden: [128, 128]), loss: .crossEntropy(labelSmoothing: 0),
          batch: BatchConfiguration(size: 256, shards: nil, microbatch: nil),
          optimizer: OptimizerConfiguration(
            method: .sgd(momentum: 0.9, nesterov: false), weightDecay: 0, clipNorm: nil),
          learningRate: LearningRateConfiguration(
            reference: 0.1, referenceBatch: 256, scaling: .linear, warmup: .gradual(.epochs(5)), decay: .none),
          length: .epochs(10), evaluate: EvaluationConfiguration(every: .epochs(1)),
          checkpoint: CheckpointConfiguration(every: .epochs(1), keep: 3, isPaced: true), target: nil, threads: .auto))
  }

  @Test(
    "every kind of model takes model.convolution and model.zeros, and nothing of the model changes with them",
    arguments: [
      #""preset": "mlp", "hidden": [5]"#, #""preset": "lenet""#, #""preset": "resnet20", "shortcut": "B""#,
      #""preset": "plain56""#, #""preset": "resnet50""#, #""layers": [{ "type": "dense", "units": 10 }]"#,
    ])
  func convolution(model: String) throws {
    func decoded(_ keys: String) throws -> RunConfiguration {
      try decode(text: #"{ "data": { "dataset": "digits" }, "model": { \#(keys) } }"#)
    }
    let run = try decoded(model)
    let direct = try decoded(model + #", "convolution": "direct""#)
    #expect(run.convolution == .auto && direct.convolution == .direct)
    #expect(run.model == direct.model)
    #expect(try RunConfiguration.decode(direct.json(), file: "x") == direct)
    #expect(
      try decode(text: run.json(), overrides: ["name=config", "model.convolution=direct"]).convolution == .direct)
    let multiplied = try decoded(model + #", "zeros": "multiply""#)
    #expect(run.zeros == .skip && multiplied.zeros == .multiply && run.model == multiplied.model)
    #expect(try RunConfiguration.decode(multiplied.json(), file: "x") == multiplied)
    #expect(
      mistakes(text: #"{ "data": { "dataset": "digits" }, "model": { \#(model), "convolution": "directly" } }"#)
        == [
          #"config.json: model.convolution: found the string "directly"; nearest: "direct"; allowed: "auto", "direct""#
        ])
  }

  @Test("γ of a block starts at zero in the networks of Goyal et al. alone, unless the config says otherwise")
  func zeroInitResidual() throws {
    func run(_ keys: String) throws -> RunConfiguration {
      try decode(text: #"{ "data": { "dataset": "digits" }, "model": { \#(keys) } }"#)
    }
    let block = #"{ "type": "residual", "body": [{ "type": "batchNorm" }] }"#
    let defaults: [(model: String, isZero: Bool)] =
      [20, 32, 44, 56, 110].map { (#""preset": "resnet\#($0)""#, false) }
      + [18, 34, 50].map { (#""preset": "resnet\#($0)""#, true) } + [(#""layers": [\#(block)]"#, false)]
    for (model, isZero) in defaults {
      #expect(try run(model).model.zeroInitResidual == isZero, "\(model)")
      for asked in [false, true] {
        let found = try run(model + #", "zeroInitResidual": \#(asked)"#)
        #expect(found.model.zeroInitResidual == asked, "\(model)")
        // The resolved config holds it.
        #expect(found.json().contains(#""zeroInitResidual" : \#(asked)"#))
        #expect(try RunConfiguration.decode(found.json(), file: "x") == found)
      }
      #expect(try run(model).json().contains(#""zeroInitResidual" : \#(isZero)"#))
    }
    // A block inside another counts.
    let nested = #"{ "type": "residual", "body": [\#(block), { "type": "relu" }] }"#
    #expect(try run(#""layers": [\#(nested)], "zeroInitResidual": true"#).model.zeroInitResidual)
    #expect(try !run(#""preset": "plain20""#).json().contains("zeroInitResidual"))
  }

  @Test("statistics of batch norm are recomputed where the config says over how many samples")
  func batchNormSamples() throws {
    #expect(try decode(#""evaluate": { "everySteps": 3 }"#).evaluate.batchNormSamples == nil)
    let run = try decode(#""evaluate": { "batchNormSamples": 2048 }"#)
    #expect(run.evaluate == EvaluationConfiguration(every: .epochs(1), batchNormSamples: 2048))
    #expect(!mistakes(#""evaluate": { "batchNormSamples": 0 }"#).isEmpty)
  }

  @Test("adam and adamw have a reference rate and a scaling of their own", arguments: ["adam", "adamw"])
  func defaultsOfAdam(method: String) throws {
    let run = try decode(#""optimizer": { "method": "\#(method)" }"#)
    let adam = AdamConfiguration(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, scaleWithBatch: false)
    #expect(run.optimizer.method == (method == "adam" ? .adam(adam) : .adamW(adam)))
    #expect(run.learningRate.reference == 0.001)
    #expect(run.learningRate.scaling == .sqrt)
  }

  @Test("lamb has Adam's rate and scaling, and an ε of its own")
  func defaultsOfLAMB() throws {
    let run = try decode(#""optimizer": { "method": "lamb" }"#)
    #expect(run.optimizer.method == .lamb(AdamConfiguration(beta1: 0.9, beta2: 0.999, epsilon: 1e-6)))
    #expect(run.optimizer.method != .adam(AdamConfiguration(epsilon: 1e-6)))
    #expect(run.learningRate.reference == 0.001)
    #expect(run.learningRate.scaling == .sqrt)
    #expect(!mistakes(#""optimizer": { "method": "lamb", "scaleWithBatch": true }, "batch": { "size": 4096 }"#).isEmpty)
  }

  @Test("variants have their documented defaults")
  func defaultsOfVariants() throws {
    let layers = #"""
      [{"type": "conv2d", "channels": 2, "kernel": 3}, {"type": "maxPool", "size": 3}, {"type": "averagePool"},
       {"type": "dropout"}, {"type": "residual", "body": [{"type": "relu"}]}, {"type": "dense", "units": 9}]
      """#
    let run = try decode(
      text: #"""
        { "data": { "dataset": "synthetic", "shape": [4], "augment": [] }, "model": { "layers": \#(layers) },
          "optimizer": { "method": "lars" }, "learningRate": { "decay": { "kind": "step", "steps": [3] } } }
        """#)
    #expect(run.data.source == .synthetic(shape: [4], classes: 10, samples: 10000, testSamples: 1000))
    #expect(
      run.model
        == .layers([
          .conv2d(channels: 2, kernel: 3, stride: 1, padding: 0, bias: true), .maxPool(size: 3, stride: 3),
          .averagePool(size: 2, stride: 2), .dropout(rate: 0.5), .residual(body: [.relu], shortcut: []),
          .dense(units: 9, bias: true),
        ]))
    #expect(run.optimizer.method == .lars(momentum: 0.9, trust: 0.001))
    #expect(run.learningRate.decay == .step(at: [.steps(3)], factor: 0.1))
    #expect(
      try decode(#""learningRate": {"decay": {"kind": "polynomial"}}"#).learningRate.decay == .polynomial(power: 1))
    let regression = try decode(
      text: #"""
        { "data": { "dataset": "csv", "train": "a", "test": "b", "label": "y", "task": "regression" },
          "model": { "preset": "logistic" } }
        """#)
    #expect(regression.loss == .meanSquaredError)
  }

  @Test("the quadratic is a regression whose constant input is not normalised")
  func quadratic() throws {
    let text = #"{ "data": { "dataset": "quadratic", "deviations": [1, 0.5] }, "model": { "preset": "logistic" } }"#
    let run = try decode(text: text)
    #expect(run.data.source == .quadratic(QuadraticConfiguration(curvature: 1, deviations: [1, 0.5])))
    #expect(run.data.normalization == .none && run.loss == .meanSquaredError)
    #expect(try decode(text: run.json()) == run)
    let full = try decode(text: text, overrides: ["data.curvature=2", "data.samples=64", "data.testSamples=8"])
    #expect(
      full.data.source
        == .quadratic(QuadraticConfiguration(curvature: 2, deviations: [1, 0.5], samples: 64, testSamples: 8)))
    #expect(mistakes(text: text, overrides: ["data.normalize=standardize"]).first?.contains("constant input") == true)
    #expect(mistakes(text: text, overrides: ["data.curvature=0"]).first?.contains("above 0") == true)
    #expect(mistakes(text: text, overrides: ["loss.kind=crossEntropy"]).isEmpty == false)
  }

  @Test("every key reaches its place")
  func everyKey() throws {
    let first = try decode(text: fullConfigs[0])
    var expected = RunConfiguration(
      name: "first", seed: 7,
      data: DataConfiguration(
        source: .digits, order: .iid, normalization: .unit, augmentations: [.padCrop(padding: 2), .flip],
        lastBatch: .keep),
      model: .mlp(hidden: [64, 32]), loss: .crossEntropy(labelSmoothing: 0.1),
      batch: BatchConfiguration(size: 100, shards: 7, microbatch: 9),
      optimizer: OptimizerConfiguration(
        method: .sgd(momentum: 0.5, nesterov: true), weightDecay: 0.01, clipNorm: 2,
        average: WeightAverage(decay: 0.99, warmup: false), freeze: ["0.*", "!0.bias"],
        groups: [TensorGroup(tensors: ["1.*"], rate: 2, weightDecay: 0.1)]),
      learningRate: LearningRateConfiguration(
        reference: 0.2, referenceBatch: 50, scaling: .sqrt, warmup: .constant(.steps(10)),
        decay: .step(at: [.epochs(1), .epochs(2.5)], factor: 0.5)),
      length: .epochs(3.5), evaluate: EvaluationConfiguration(every: .steps(5)),
      checkpoint: CheckpointConfiguration(every: .steps(6), keep: 2, isPaced: true), target: .testAccuracy(0.9),
      threads: .count(3))
    expected.stop = StopConfiguration(patience: 5)
    expected.log = LogConfiguration(tensorboard: true, csv: true, histograms: false)
    expected.receipt = ReceiptConfiguration(everySteps: 50)
    expected.guarding = GuardConfiguration(share: 0.25)
    expected.isPinned = false
    expected.arithmetic = .portable
    expected.ranks = RanksConfiguration(overlap: false, wire: .bf16)
    (expected.data.targets, expected.data.validationShare, expected.data.splitSeed) = (.none, 0.25, 3)
    #expect(first == expected)

    let second = try decode(text: fullConfigs[1])
    #expect(second.name == "config")
    #expect(
      second.data
        == DataConfiguration(source: .named(.fashionMNIST, path: "here"), order: .sequential, normalization: .none))
    #expect(second.model == .lenet)
    #expect(second.optimizer == OptimizerConfiguration(method: .lars(momentum: 0.8, trust: 0.02)))
    #expect(second.learningRate.warmup == .none)
    #expect(second.learningRate.decay == .step(at: [.steps(3), .steps(9)], factor: 0.1))
    #expect(second.length == .steps(12))
    #expect(second.evaluate.every == .epochs(0.5))
    // Where the config names the steps, every save is made.
    #expect(second.checkpoint == CheckpointConfiguration(every: .epochs(2), keep: 3, isPaced: false))
    #expect(second.target == .testLoss(0.5))

    let third = try decode(text: fullConfigs[2])
    #expect(third.data.source == .synthetic(shape: [9, 7, 3], classes: 5, samples: 60, testSamples: 11))
    #expect(
      third.model
        == .layers([
          .conv2d(channels: 4, kernel: 3, stride: 2, padding: 1, bias: false), .batchNorm, .relu,
          .residual(body: [.conv2d(channels: 4, kernel: 1, stride: 1, padding: 0, bias: true)], shortcut: [.relu]),
          .maxPool(size: 3, stride: 1, padding: 1), .averagePool(size: 2, stride: 2),
          .downsample(channels: 6, stride: 2), .globalAveragePool, .flatten,
          .dropout(rate: 0.25), .dense(units: 5, bias: true),
        ]))
    #expect(
      third.optimizer.method == .adam(AdamConfiguration(beta1: 0.8, beta2: 0.99, epsilon: 1e-6, scaleWithBatch: true)))
    #expect(third.learningRate.warmup == .gradual(.epochs(2)))
    #expect(third.learningRate.decay == .polynomial(power: 2))

    let fourth = try decode(text: fullConfigs[3])
    var table = CSVConfiguration(header: true, labels: [.name("x"), .index(-1)], regression: true)
    (table.separator, table.decimal, table.encoding) = (.semicolon, .comma, "windows-1252")
    table.columns = ["a": .number, "b": .ordinal(["low", "high"]), "c": .date(.dayFirst)]
    (table.missing, table.missingWords, table.oneHotLimit) = (.drop, ["leer"], 50)
    #expect(fourth.data.source == .csv(train: "a.csv", validation: "v.csv", test: "b.csv", table))
    #expect(fourth.learningRate.decay == .cosine)
    let (train, test) = (ImageLabelPaths(inputs: "a", labels: "b"), ImageLabelPaths(inputs: "c", labels: "d"))
    #expect(try decode(text: fullConfigs[4]).data.source == .idx(train: train, test: test))
    #expect(try decode(text: fullConfigs[5]).data.source == .npy(train: train, test: test))
  }

  @Test("the parts of airbench94 reach their places")
  func airbench() throws {
    let texts = try fullConfigs.filter { $0.contains("airbench94") || $0.contains("whitening") }.map {
      try decode(text: $0)
    }
    let (preset, layers) = (texts[0], texts[1])
    #expect(preset.data.augmentations == [.alternatingFlip, .reflectCrop(padding: 2), .mixup(alpha: 0.5)])
    #expect(preset.model == .airbench94(widths: [8, 16, 24]))
    #expect(
      preset.optimizer.groups == [
        TensorGroup(tensors: ["*.norm*.bias"], rate: 64, weightDecay: 1e-5, decayBiases: true),
        TensorGroup(tensors: ["0.bias"], decayBiases: true, trainEpochs: 3),
      ])
    #expect(preset.optimizer.lookahead == Lookahead(every: 7, decay: 0.75, power: 3))
    #expect(preset.learningRate.warmup == .ramp(start: 0.1, share: 0.25))
    #expect(preset.learningRate.decay == .polynomial(power: 1, floor: 0.07))
    #expect(preset.evaluate.views == EvaluationViews(mirror: false, shifts: [[1, 1], [-1, 0]], shiftWeight: 0.25))
    #expect(
      layers.model
        == .layers([
          .conv2d(
            channels: 8, kernel: 2, stride: 1, padding: 0, bias: true, initial: .whitening(samples: 99, epsilon: 0.01)),
          .conv2d(channels: 8, kernel: 3, stride: 1, padding: 0, bias: true, initial: .dirac),
          .batchNorm(epsilon: 1e-3, momentum: 0.4, scale: false),
          .dense(units: 10, bias: false, initial: .uniform), .scale(0.125),
        ]))
    #expect(layers.evaluate.views == EvaluationViews(mirror: true, shifts: [], shiftWeight: 0.5))
    let plain = try decode()
    #expect(plain.evaluate.views == nil && plain.optimizer.lookahead == nil)
    #expect(
      try decode(#""learningRate": { "warmup": { "kind": "ramp" } }"#).learningRate.warmup
        == .ramp(start: 0.2, share: 0.2))
  }

  @Test("views have weights that add up to 1, half of a view's for its mirror image")
  func views() {
    let views = EvaluationViews(mirror: true, shifts: [[1, 1], [-1, -1]], shiftWeight: 0.5).all
    var expected: [SampleView] = []
    for (pixels, weight) in [(0, 0.25), (1, 0.125), (-1, 0.125)] {
      for isMirrored in [false, true] {
        expected.append(SampleView(down: pixels, right: pixels, isMirrored: isMirrored, weight: weight))
      }
    }
    #expect(views == expected)
    #expect(EvaluationViews(mirror: false).all == [SampleView()])
    #expect(EvaluationViews(mirror: false, shifts: [[0, 3]], shiftWeight: 0.25).all.map(\.weight) == [0.75, 0.25])
  }

  @Test("what does not go together is refused by name")
  func refused() {
    let iid =
      #"{ "data": { "dataset": "cifar10", "order": "iid", "augment": [{ "type": "flip", "alternate": true }] }, "#
    #expect(mistakes(text: iid + #""model": { "preset": "lenet" } }"#).first?.contains("no epochs") == true)
    #expect(
      mistakes(#""optimizer": { "lookahead": {}, "average": {} }"#).first?.contains("allowed: one of the two") == true)
    #expect(mistakes(#""evaluate": { "views": { "shifts": [[1]] } }"#).count == 1)
    let scale = #"{ "data": { "dataset": "digits" }, "model": { "layers": [{ "type": "scale", "factor": 0 }] } }"#
    #expect(mistakes(text: scale).first?.contains("above 0") == true)
  }

  @Test("residual presets have their depth, and those for small images a choice of shortcuts")
  func residualPresets() throws {
    func model(_ keys: String) throws -> ModelConfiguration {
      try decode(text: #"{ "data": { "dataset": "digits" }, "model": { \#(keys) } }"#).model
    }
    for depth in [20, 32, 44, 56, 110] {
      #expect(
        try model(#""preset": "resnet\#(depth)""#) == .cifarResNet(depth: depth, shortcut: .subsampling))
      #expect(
        try model(#""preset": "resnet\#(depth)", "shortcut": "B""#) == .cifarResNet(depth: depth, shortcut: .projection)
      )
      #expect(try model(#""preset": "plain\#(depth)""#) == .cifarPlain(depth: depth))
    }
    for depth in [18, 34, 50] { #expect(try model(#""preset": "resnet\#(depth)""#) == .resNet(depth: depth)) }
    #expect(
      try model(#""layers": [{ "type": "downsample", "channels": 8 }, { "type": "maxPool", "size": 3 }]"#)
        == .layers([.downsample(channels: 8, stride: 1), .maxPool(size: 3, stride: 3, padding: 0)]))
  }

  @Test("numbers may be written with point or exponent where they are whole")
  func wholeNumbers() throws {
    let run = try decode(#""seed": 9007199254740992, "batch": { "size": 1e3 }, "epochs": 2, "threads": 2.0"#)
    #expect(run.seed == 1 << 53)
    #expect(run.batch.size == 1000)
    #expect(run.length == .epochs(2))
    #expect(run.threads == .count(2))
  }

  @Test(
    "the bounds of a range are accepted where they belong to it",
    arguments: [
      #""target": { "testAccuracy": 1 }"#, #""target": { "testLoss": 0 }"#, #""loss": { "labelSmoothing": 0 }"#,
      #""optimizer": { "momentum": 0, "weightDecay": 0 }"#, #""learningRate": { "warmup": { "epochs": 0 } }"#,
      #""learningRate": { "warmup": { "steps": 0 } }"#, #""epochs": 1000000000"#, #""epochs": 1e-9"#,
      #""steps": 2147483648"#,
      #""learningRate": { "decay": { "kind": "step", "steps": [1, 2], "factor": 1 } }"#, #""seed": 0"#,
      #""threads": 4096"#,
      #""batch": { "size": 1, "shards": 1, "microbatch": 1 }"#, #""checkpoint": { "keep": 10000 }"#,
    ])
  func bounds(more: String) {
    #expect(mistakes(more) == [])
  }

  @Test("a CSV label may be one column or several", arguments: [#""y""#, "-1", #"["y"]"#, #"[0, "y"]"#])
  func columns(label: String) throws {
    let run = try decode(
      text: #"""
        { "data": { "dataset": "csv", "train": "a", "test": "b", "label": \#(label) }, "model": { "preset": "logistic" } }
        """#)
    let csv = try #require(run.data.source.kind as? CSVSource).table
    let expected: [String: [CSVColumn]] = [
      #""y""#: [.name("y")], "-1": [.index(-1)], #"["y"]"#: [.name("y")], #"[0, "y"]"#: [.index(0), .name("y")],
    ]
    #expect(csv.labels == expected[label])
    #expect(csv.header == nil && csv.regression == nil)
  }

  @Test("the default name comes from the file and can name a folder")
  func defaultName() throws {
    func name(_ file: String) throws -> String {
      try RunConfiguration.decode(fullConfigs[5], file: file).name
    }
    #expect(try name("a/b/resnet20-cifar10.json") == "resnet20-cifar10")
    #expect(try name("mnist.big.json") == "mnist.big")
    #expect(try name("Ziffern-größer.json") == "Ziffern-größer")
    #expect(try name("-") == "run")
    #expect(try name("") == "run")
    #expect(try name("a\nb.json") == "ab")
    #expect(try name(String(repeating: "é", count: 200) + ".json") == String(repeating: "é", count: 50))
  }

  @Test("comments and trailing commas are accepted")
  func comments() throws {
    let run = try decode(
      text: """
        // A config.
        {
          "data": { "dataset": "digits", /* embedded */ },  // twice
          "model": { "preset": "mlp", "hidden": [8, 9,], },
          /* many
             lines ** */ "seed": 5,
        }
        // the end
        """)
    #expect(run.seed == 5)
    #expect(run.model == .mlp(hidden: [8, 9]))
  }

  @Test("the resolved config decodes to the same config", arguments: fullConfigs)
  func roundTrip(text: String) throws {
    let run = try decode(text: text)
    let json = run.json()
    #expect(try RunConfiguration.decode(json, file: "other.json") == run)
    #expect(try RunConfiguration.decode(Data(json.utf8), file: "other.json").json() == json)
    try run.validate()
  }

  @Test("shards that only the largest batch of a growing run can fill are accepted, and more are not")
  func shardsOfLargestBatch() throws {
    let batch = { (shards: Int) in #""batch": { "size": 8, "microbatch": 8, "shards": \#(shards) }"# }
    let decay = #""learningRate": { "decay": { "kind": "batch", "epochs": [12, 18], "factor": 5 } }"#
    #expect(try decode(batch(16) + ", " + decay).batch.shards == 16)
    #expect(try decode(batch(25) + ", " + decay).largestBatch == 200)
    #expect(mistakes(batch(26) + ", " + decay).first?.contains("200 samples of the largest batch make 25 of 8") == true)
    #expect(mistakes(batch(201) + ", " + decay).first?.contains("at most the largest batch's size, 200") == true)
    let held = #""temperature": { "hold": true, "batches": [{ "epoch": 3, "size": 40 }] }"#
    #expect(try decode(batch(5) + ", " + held).batch.shards == 5)
    #expect(mistakes(batch(6) + ", " + held).count == 1)
    let capped = #""learningRate": { "decay": { "kind": "batch", "epochs": [1], "factor": 5, "maximumBatch": 16 } }"#
    #expect(mistakes(batch(3) + ", " + capped).count == 1 && mistakes(batch(2) + ", " + capped).isEmpty)
    // A factor that no number of samples follows must not overflow.
    let huge = #""learningRate": { "decay": { "kind": "batch", "epochs": [1, 2, 3, 4], "factor": 1e6 } }"#
    #expect(mistakes(batch(100) + ", " + huge).isEmpty)
  }

  @Test("the differences of two configs are named by key, but for those that change no result")
  func differences() throws {
    let run = try decode()
    var other = run
    #expect(run.differences(from: run) == [])
    (other.name, other.threads, other.checkpoint.keep) = ("other", .count(9), 7)
    other.log = LogConfiguration(tensorboard: true, csv: true)
    other.isPinned = false
    #expect(other.differences(from: run) == [])
    (other.batch.size, other.optimizer.weightDecay, other.target) = (64, 0.5, .testLoss(1))
    #expect(
      other.differences(from: run) == [
        "batch.size: 64 in place of 256", "optimizer.weightDecay: 0.5 in place of 0",
        "target.testLoss: 1 in place of nothing",
      ])
    let places = try [("a", "b"), ("c/a", "d/b")].map { train, test in
      try decode(
        text: """
          { "data": { "dataset": "csv", "train": "\(train)", "test": "\(test)", "label": 0 },
            "model": { "preset": "logistic" } }
          """)
    }
    #expect(places[0].differences(from: places[1]) == [])
  }

  @Test("random numbers survive the round trip to the bit")
  func roundTripOfNumbers() throws {
    var generator = SplitMix(state: 3)
    for _ in 0..<500 {
      var run = try decode()
      run.learningRate.reference = Double(
        sign: .plus, exponent: Int.random(in: -1000...1000, using: &generator),
        significand: .random(in: 1..<2, using: &generator))
      run.optimizer.weightDecay = Double.random(in: 0..<1, using: &generator)
      run.seed = UInt64.random(in: 0...1 << 53, using: &generator)
      #expect(try RunConfiguration.decode(run.json(), file: "") == run)
    }
  }

  @Test("a config made in Swift can be checked")
  func validate() throws {
    var run = try decode()
    run.batch = BatchConfiguration(size: 8, shards: 9)
    run.seed = .max
    run.learningRate.reference = .nan
    let error = #expect(throws: ConfigurationError.self) { try run.validate() }
    #expect(error?.issues.map(\.path) == ["seed", "learningRate.reference", "batch.shards"])
  }
}

/// A small generator with a seed (Steele et al. 2014).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
