import Charts
import Records
import Reports
import Testing

/// What is said of failures, steps and differences between runs.
@Suite struct ReplayTextTests {
  private static func failure(_ part: FailurePlace.Part) -> FailureReplay {
    var place = FailurePlace(part)
    (place.layer, place.layerKind, place.tensor, place.value) = ("2", "dense 10", "2.weight", "inf")
    (place.row, place.sample, place.element, place.className) = (3, 4711, 40, "seven")
    var record = FailureRecord(
      name: "run", isothermVersion: "0", noticed: .trainingLoss, noticedAtStep: 9, step: 9, epoch: 1,
      learningRate: 0.5, place: place, configurationSHA256: "", dataSHA256: "",
      data: .init(shape: [8, 8, 1], trainingSamples: 5000, testSamples: 10, validationSamples: nil), kernels: "avx2",
      blasCore: "Zen")
    record.set = .training
    let range = ValueRange(count: 10, minimum: -1, maximum: 2, mean: 0.5, deviation: 1)
    record.layers = [LayerRange(name: "0", kind: "dense 20", shape: [20], forward: range, backward: range)]
    record.tensors = [TensorRange(name: "2.weight", shape: [10, 20], weights: range)]
    var replay = FailureReplay(bundle: "run/failure", failure: record, isReproduced: true, differences: [])
    replay.place = place
    replay.layers = record.layers
    replay.sameLayers = 1
    return replay
  }

  private static func explanation(
    _ part: FailurePlace.Part, _ change: (inout FailureReplay) -> Void = { _ in }
  ) -> String {
    var replay = failure(part)
    change(&replay)
    replay.explain()
    return replay.explanation
  }

  @Test("the sample at the place is blamed where its input is odd, and no other")
  func sample() {
    let text = Self.explanation(.forward) { replay in
      var far = SampleOddity(row: 3, sample: 4711, notANumber: 0, infinite: 0, far: 2, element: 40, value: "9e+17")
      far.deviations = 1e18
      replay.oddities = [
        SampleOddity(row: 1, sample: 12, notANumber: 1, infinite: 0, far: 0, element: 0, value: "NaN"), far,
      ]
    }
    #expect(text.contains("sample 4711 of the training set") && text.contains("9e+17"))
    #expect(!text.contains("sample 12"))
    #expect(!Self.explanation(.forward).contains("at fault"))
  }

  @Test("weights that grew are named with the rate and the losses that tell of it")
  func growth() {
    let text = Self.explanation(.forward) { replay in
      replay.failure.tensors[0].weights.maximum = 1e30
      replay.failure.history = [
        .init(step: 6, loss: 0.3, learningRate: 0.5, gradientNorm: 1),
        .init(step: 8, loss: 4000, learningRate: 0.5, gradientNorm: 1e9),
      ]
    }
    #expect(text.contains("2.weight reach 1e30") || text.contains("2.weight reach 10³⁰"), "\(text)")
    #expect(text.contains("0.300 in step 6") && text.contains("4,000 in step 8"), "\(text)")
    #expect(text.contains("the rate is too high"))
  }

  @Test(
    "each part of a computation is called by its name",
    arguments: [
      (FailurePlace.Part.input, "network's input"), (.target, "number to predict"), (.forward, "output of layer 2"),
      (.loss, "the loss"), (.backward, "gradient by the output of layer 2"), (.gradient, "gradient of 2.weight"),
      (.update, "2.weight after the update"), (.weights, "2.weight before the step"),
    ])
  func parts(part: FailurePlace.Part, words: String) {
    var replay = Self.failure(part)
    replay.explain()
    let text = replay.text(picture: nil, style: TerminalStyle())
    #expect(text.contains(words), "\(text)")
    #expect(text.contains("sample 4,711 (class seven)"))
    #expect(!replay.explanation.isEmpty)
  }

  @Test("a failure that does not come again is said to have not")
  func notReproduced() {
    var replay = Self.failure(.forward)
    replay.isReproduced = false
    replay.place = nil
    #expect(replay.text(picture: nil, style: TerminalStyle()).hasPrefix("Not reproduced: every number is finite"))
  }

  @Test("a diverged run says where its bundle is and how to ask it")
  func closing() {
    var summary = RunSummary(
      outcome: .diverged, steps: 8, epochs: 1, samples: 80, trainLoss: nil, testLoss: nil, testAccuracy: nil,
      wallSeconds: 1, samplesPerSecond: 80, peakMemoryBytes: 1, threads: 1, weightsSHA256: "0")
    var divergence = DivergenceRecord(step: 9, learningRate: 0.5, loss: 2, kind: .pass)
    divergence.bundle = "failure"
    divergence.place = Self.failure(.forward).place
    divergence.placeStep = 9
    summary.divergence = divergence
    let text = summary.closingText(folder: "runs/a", style: TerminalStyle())
    #expect(text.contains("isotherm replay runs/a/failure"))
    #expect(text.contains("the output of layer 2 (dense 10) in step 9"))
    #expect(text.contains("an activation or a gradient was no longer a finite number"))
  }

  @Test("the first difference of two runs is named with both values")
  func bisection() {
    var record = BisectionRecord(a: "a", b: "b", hasSameData: false)
    #expect(record.headline == "No difference in 0 steps.")
    (record.step, record.part, record.sampleA, record.sampleB, record.position) = (12, .input, 9, 9, 3)
    (record.element, record.valueA, record.valueB, record.count) = (5, "0.25", "0.5", 1)
    (record.differentSamples, record.differentSampleCount, record.isSwap) = ([9, 50], 2, true)
    let text = record.text(style: TerminalStyle())
    #expect(
      text.contains(
        "First difference in step 12: the input of training sample 9 differs at element 5: 0.25 in A, 0.5 in B"))
    #expect(text.contains("9 and 50 have changed places"), "\(text)")
  }
}
