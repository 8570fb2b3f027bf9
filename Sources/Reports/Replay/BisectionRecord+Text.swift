import Charts
import Records

extension BisectionRecord {
  /// What is printed: where the runs first differ, and what that means.
  package func text(style: TerminalStyle) -> String {
    let role: TerminalStyle.Role = part == .nothing ? .good : .bad
    let head = style.wrapped(style.plain(headline)).joined(separator: "\n")
    let end = style.wrapped(style.plain(meaning)).joined(separator: "\n")
    return style.paint(head, role) + "\n\n" + TextLines.render(facts, style) + (end.isEmpty ? "" : "\n" + end + "\n")
  }

  /// "First difference in step 12: …".
  package var headline: String {
    switch part {
    case .nothing: "No difference in \(HumanFormat.plural(HumanFormat.count(equalUpTo), "step"))."
    case .start: "The runs begin with different weights: \(tensor ?? "?")\(elementText)."
    default: "First difference in step \(HumanFormat.count(step ?? 0)): \(what)."
    }
  }

  private var what: String {
    switch part {
    case .learningRate: "the learning rate is \(valueA ?? "?") in A and \(valueB ?? "?") in B"
    case .division: "the batch is divided differently, \(valueA ?? "?") in A and \(valueB ?? "?") in B"
    case .samples where position == nil: "the batch has \(valueA ?? "?") in A and \(valueB ?? "?") in B"
    case .samples:
      "at position \(position ?? 0) of the batch is training sample \(sampleA ?? 0) in A and \(sampleB ?? 0) in B"
    case .label: "training sample \(sampleA ?? 0) is \(valueA ?? "?") in A and \(valueB ?? "?") in B"
    case .input: "the input of training sample \(sampleA ?? 0)\(elementText)"
    case .forward: "the output of layer \(layer ?? "?")\(elementText)"
    case .backward: "the gradient by the output of layer \(layer ?? "?")\(elementText)"
    case .loss: "the loss of a microbatch is \(valueA ?? "?") in A and \(valueB ?? "?") in B"
    case .gradient: "the gradient of \(tensor ?? "?")\(elementText)"
    case .update: "\(tensor ?? "?") after the update\(elementText)"
    case .state: "the optimizer's state, though all weights are equal"
    case .nothing, .start: ""
    }
  }

  /// " differs at element 3: 0.1 in A, 0.2 in B (40 elements)".
  private var elementText: String {
    guard let element, let valueA, let valueB else { return " differs" }
    let others = (count ?? 1) > 1 ? "; \(HumanFormat.count(count ?? 0)) elements differ" : ""
    return " differs at element \(HumanFormat.count(element)): \(valueA) in A, \(valueB) in B\(others)"
  }

  private var facts: [(String, String)] {
    var facts = [("A", a), ("B", b)]
    facts.append(("equal", "up to step \(HumanFormat.count(equalUpTo)) of \(HumanFormat.count(steps))"))
    facts.append(("computed", HumanFormat.plural(HumanFormat.count(stepsComputed), "step") + " of each"))
    for key in keys.prefix(20) { facts.append(("config", "\(key.path): \(key.a) in A, \(key.b) in B")) }
    if keys.count > 20 { facts.append(("config", "and \(keys.count - 20) other keys")) }
    if !hasSameData { facts.append(("data", dataText)) }
    if let position { facts.append(("position", "\(position) in the batch")) }
    if positions.count > 1 { facts.append(("positions", positions.map(String.init).joined(separator: " "))) }
    if let shard, let microbatch { facts.append(("place", "microbatch \(microbatch) of shard \(shard)")) }
    return facts + notes.map { ("note", $0) }
  }

  private var dataText: String {
    guard differentSampleCount > 0 else { return "differ" }
    let list = differentSamples.prefix(10).map(String.init).joined(separator: ", ")
    return "\(HumanFormat.plural(HumanFormat.count(differentSampleCount), "training sample")) differ"
      + (differentSampleCount == 1 ? "s" : "") + ": " + list + (differentSampleCount > 10 ? ", …" : "")
      + (isSwap ? ", which have changed places" : "")
  }

  /// What the first difference means.
  private var meaning: String {
    switch part {
    case .nothing:
      keys.isEmpty ? "" : "The keys that differ have changed nothing so far."
    case .start: "Everything after it follows from that: compare seed, model and --init."
    case .learningRate: "The rate follows from learningRate, batch.size and the length of the run: compare these keys."
    case .division:
      "Sums over other shards and microbatches round differently: give both the same batch.shards and batch.microbatch."
    case .samples:
      "The order of samples follows from seed, data.order, batch.size and the number of samples: compare these."
    case .label, .input:
      isSwap
        ? "Training samples \(differentSamples.map(String.init).joined(separator: " and ")) have changed places in B's data; all else "
          + "follows from that."
        : "The data differ, and all else follows from that."
    case .forward, .backward, .loss:
      "Batch and weights were equal: the model computes differently there. Compare the model, loss and convolution keys."
    case .gradient: "All passes were equal, so the sums over shards differ."
    case .update, .state: "The gradients were equal: the optimizer's keys differ."
    }
  }
}
