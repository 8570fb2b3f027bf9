import Charts
import Records

/// What a failure comes from, in sentences: the sample, if one is odd, else the numbers that grew.
struct FailureExplanation {
  /// Weights beyond this are no longer those of a network that learns.
  private static let largeWeight = 1e6

  private let failure: FailureRecord
  private let oddities: [SampleOddity]

  init(_ replay: FailureReplay) {
    failure = replay.failure
    oddities = replay.oddities
  }

  /// The sentences.
  var text: String {
    let place = failure.place
    switch place.part {
    case .input: return sampleText ?? "An input of the network is \(place.value ?? "not finite")."
    case .target:
      return
        "The number to predict of \(sampleName(place.sample)) is \(place.value ?? "not finite"): correct the data, or "
        + "leave that sample out."
    case .weights:
      return "The weights were not finite before the step, and the step that made them so is not in the bundle."
        + advice
    case .update: return updateText + advice
    case .forward, .loss, .backward, .gradient: return sampleText ?? passText + advice
    }
  }

  // MARK: The sample

  /// Where a sample of the microbatch is odd: that at the place, or, where no sample is named there, the oddest.
  private var sampleText: String? {
    let culprit = oddities.first { $0.row == failure.place.row } ?? (failure.place.row == nil ? oddities.first : nil)
    guard let culprit else { return nil }
    var what: [String] = []
    if culprit.notANumber > 0 { what.append("\(culprit.notANumber) NaN") }
    if culprit.infinite > 0 { what.append("\(culprit.infinite) infinite") }
    if culprit.far > 0 { what.append("\(culprit.far) far from all others") }
    let distance =
      culprit.deviations.map { " (\(HumanFormat.number($0)) standard deviations from the other samples' mean)" } ?? ""
    return "The input of \(sampleName(culprit.sample, culprit.className)) is at fault: of its numbers "
      + what.joined(separator: " and ") + ", the first at element \(culprit.element): \(culprit.value)\(distance)"
      + (failure.place.part == .input ? "" : ", from which \(placeText)")
      + ". Correct the data, or leave that sample out."
  }

  private func sampleName(_ sample: Int?, _ className: String? = nil) -> String {
    guard let sample else { return "a sample" }
    let set = (failure.set ?? .training).rawValue
    return "sample \(sample) of the \(set) set" + (className.map { " (class \($0))" } ?? "")
  }

  private var placeText: String {
    switch failure.place.part {
    case .forward: "the output of layer \(layer) overflows"
    case .backward: "the gradient overflows at the output of layer \(layer)"
    case .gradient: "the gradient of \(failure.place.tensor ?? "a tensor") overflows"
    default: "the loss overflows"
    }
  }

  private var layer: String { "\(failure.place.layer ?? "?") (\(failure.place.layerKind ?? "?"))" }

  // MARK: The numbers

  private var passText: String {
    let what =
      switch failure.place.part {
      case .forward: "The output of layer \(layer) overflowed"
      case .backward:
        "The gradient by the output of layer \(layer) overflowed"
          + (failure.place.arisenIn.map { ", in the backward pass of layer \($0)" } ?? ", in the loss")
      case .gradient: "The gradient of \(failure.place.tensor ?? "a tensor") overflowed"
      default: "The loss overflowed"
      }
    return what + cause + "."
  }

  /// The greatest weights, or the greatest activation before.
  private var cause: String {
    let own = failure.tensors.filter { $0.name.hasPrefix((failure.place.layer ?? "") + ".") }
    let all = own.isEmpty ? failure.tensors : own
    if let tensor = all.max(by: { ($0.weights.magnitude ?? 0) < ($1.weights.magnitude ?? 0) }),
      let magnitude = tensor.weights.magnitude, magnitude >= Self.largeWeight
    {
      return ": the weights of \(tensor.name) reach \(HumanFormat.number(magnitude))"
    }
    let index = failure.layers.firstIndex { $0.name == failure.place.layer && $0.kind == failure.place.layerKind } ?? 0
    let before = failure.layers[..<min(index, failure.layers.count)].last
    guard let before, let magnitude = before.forward.magnitude, magnitude >= Self.largeWeight else { return "" }
    return ": what it is given reaches \(HumanFormat.number(magnitude)), behind layer \(before.title)"
  }

  private var updateText: String {
    let tensor = failure.tensors.first { $0.name == failure.place.tensor }
    let weights = tensor?.weights.magnitude.map { HumanFormat.number($0) } ?? "?"
    let gradient = tensor?.gradient?.magnitude.map { ", its gradient \(HumanFormat.number($0))" } ?? ""
    return "The optimizer's step made \(failure.place.tensor ?? "a tensor") not finite: before it, its weights reached "
      + "\(weights)\(gradient), and the learning rate was \(HumanFormat.short(failure.learningRate, digits: 4))."
  }

  /// Whether weights are beyond what a network has that learns.
  private var hasLargeWeights: Bool { failure.tensors.contains { $0.weights.magnitude ?? 0 >= Self.largeWeight } }

  /// Where the recorded steps show that the run ran away.
  private var advice: String {
    if failure.step == 1, hasLargeWeights {
      return " These are the weights that the run began with: begin with others."
    }
    let losses = failure.history.compactMap { step in step.loss.map { (step.step, $0) } }
    guard let least = losses.min(by: { $0.1 < $1.1 }), let last = losses.last, last.1 > 2 * least.1, last.0 > least.0
    else {
      let rate = HumanFormat.short(failure.learningRate, digits: 4)
      return hasLargeWeights
        ? " Steps at a learning rate of \(rate) made them so large: lower learningRate.reference, warm up longer, or set "
          + "optimizer.clipNorm."
        : " Try a learning rate (learningRate.reference) below \(rate), a longer warmup, or optimizer.clipNorm."
    }
    return
      " The loss had grown from \(HumanFormat.number(least.1)) in step \(least.0) to \(HumanFormat.number(last.1)) in "
      + "step \(last.0), at a learning rate of \(HumanFormat.short(failure.learningRate, digits: 4)): the rate is too high. "
      + "Lower learningRate.reference, warm up longer, or set optimizer.clipNorm."
  }
}
