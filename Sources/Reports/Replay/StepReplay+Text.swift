import Charts
import Records

extension StepReplay {
  /// What is printed: the step's figures beside what the run recorded, and tables of layers and tensors.
  package func text(style: TerminalStyle) -> String {
    let role: TerminalStyle.Role = isSame == false || place != nil ? .bad : .good
    var text = style.paint(style.plain(headline), role) + "\n\n" + TextLines.render(facts, style) + "\n"
    text += LayerTables.forward(layers, at: place, style) + LayerTables.backward(layers, at: place, style)
    return text + LayerTables.tensors(tensors, at: place, style)
  }

  private var headline: String {
    let from = computedFrom == 0 ? "the beginning" : "the save after step \(HumanFormat.count(computedFrom))"
    let start = "Step \(HumanFormat.count(step)), computed from \(from)"
    return switch isSame {
    case true?: start + ": the loss has the recorded bits."
    case false?: start + ": the loss is not the recorded one."
    case nil: start + "."
    }
  }

  private var facts: [(String, String)] {
    var facts = [
      ("epoch", HumanFormat.short(epoch, digits: 4)),
      ("loss", loss.map { "\($0)" } ?? "not finite"),
    ]
    if let recordedLoss, isSame == false { facts.append(("recorded loss", "\(recordedLoss)")) }
    facts.append(("learning rate", "\(learningRate)"))
    if let recordedLearningRate, recordedLearningRate != learningRate {
      facts.append(("recorded rate", "\(recordedLearningRate)"))
    }
    facts.append(("batch", "\(HumanFormat.count(batch)) in \(shards) shards, microbatches of \(microbatch)"))
    facts.append(("layers of", shown))
    if let samples { facts.append(("samples", samples.prefix(200).map(String.init).joined(separator: " "))) }
    if let place {
      facts.append(("first not finite", place.title))
      facts.append(("", place.details))
    }
    facts.append(("kernels", "\(kernels), OpenBLAS for \(blasCore)"))
    return facts + notes.map { ("note", $0) }
  }

  private var shown: String {
    switch (shard, microbatchOfShard) {
    case (let shard?, let microbatch?): "microbatch \(microbatch) of shard \(shard)"
    case (let shard?, nil): "shard \(shard)"
    case (nil, let microbatch?): "microbatch \(microbatch) of every shard"
    case (nil, nil): "the whole batch"
    }
  }
}
