import Charts
import Records

extension ScaleRecord {
  /// The cells with a core for each thread; all of them where there is no such cell.
  var honestCells: [ScaleCell] {
    let within = cells.filter { !$0.exceedsCores }
    return within.isEmpty ? cells : within
  }

  /// Batches that were measured, rising.
  var batches: [Int] { Set(cells.map(\.batch)).sorted() }

  /// Thread counts that were measured, rising.
  var threadCounts: [Int] { Set(cells.map(\.threads)).sorted() }

  /// The cell with most samples a second.
  var fastest: ScaleCell? { honestCells.max { $0.samplesPerSecond < $1.samplesPerSecond } }

  /// The smallest batch with 95 % of the highest throughput, at the same number of threads.
  var sufficient: ScaleCell? {
    guard let fastest else { return nil }
    return honestCells.filter {
      $0.threads == fastest.threads && $0.samplesPerSecond >= 0.95 * fastest.samplesPerSecond
    }.min { $0.batch < $1.batch }
  }

  /// What the study found, in one sentence.
  package var headline: String {
    guard let cell = sufficient else { return "No step was timed before the study was stopped." }
    let rate = "\(HumanFormat.number(cell.samplesPerSecond)) samples a second"
    let threads = HumanFormat.plural("\(cell.threads)", "thread")
    let base = cells.first { $0.batch == cell.batch }?.threads ?? cell.threads
    let against =
      base == cell.threads
      ? "" : ", \(HumanFormat.number(cell.speedup)) × as fast as on \(HumanFormat.plural("\(base)", "thread"))"
    let larger = honestCells.contains { $0.threads == cell.threads && $0.batch > cell.batch }
    let smaller = honestCells.contains { $0.threads == cell.threads && $0.batch < cell.batch }
    let tail = larger ? "; larger batches gain less than 5 %" : smaller ? "; it still gains with the batch" : ""
    return "On this machine, \(name) trains at \(rate) on \(threads) with batch \(HumanFormat.count(cell.batch))"
      + "\(against)\(tail)."
  }

  /// What the next doubling of threads meets.
  package var limitSentence: String? {
    guard let batch = sufficient?.batch, let limit = limits.first(where: { $0.batch == batch }) else { return nil }
    return limit.sentence(cores: usableCores)
  }

  /// Up to how many threads the model expects a gain of at least 20 % a doubling at a batch, and what then stops it.
  func worthwhile(_ batch: Int) -> (last: ScalePrediction, next: ScalePrediction?)? {
    let row = predictions.filter { $0.batch == batch }
    guard let measured = model?.fittedThreads.last else { return nil }
    var last = row.last { $0.threads <= measured } ?? row.first
    for next in row where next.threads > last?.threads ?? 0 {
      guard let now = last else { return nil }
      // Doublings, and the shorter step from an odd number of threads to the next power of two.
      let doublings = Double(next.threads) / Double(now.threads) / 2
      guard next.samplesPerSecond >= now.samplesPerSecond * (doublings < 1 ? 1.1 : 1.2) else { return (now, next) }
      last = next
    }
    return last.map { ($0, nil) }
  }

  /// How many threads the model expects to pay.
  package var predictionSentence: String? {
    guard let batch = sufficient?.batch, let (last, next) = worthwhile(batch) else { return nil }
    let size = "batch \(HumanFormat.count(batch))"
    guard let next else {
      return "On a machine with as many cores, the model expects every doubling up to "
        + "\(HumanFormat.plural("\(last.threads)", "thread")) to gain 20 % or more at \(size) "
        + "(\(HumanFormat.number(last.speedup)) ×)."
    }
    var text =
      "On a machine with as many cores, the model expects \(size) to gain from up to "
      + "\(HumanFormat.plural("\(last.threads)", "thread")) (\(HumanFormat.number(last.speedup)) ×); "
      + "past them, \(next.limit.words(shards: next.shards, threads: next.threads))."
    if let more = next.moreShards, more.samplesPerSecond >= 1.2 * next.samplesPerSecond {
      text += " With \(more.shards) shards, \(next.threads) threads would reach "
      text += "\(HumanFormat.number(more.samplesPerSecond)) samples a second"
      text += " rather than \(HumanFormat.number(next.samplesPerSecond))."
    }
    return text
  }

  /// How far the predictions can be trusted.
  package var trustSentence: String? {
    guard let model else {
      return cells.isEmpty
        ? nil : "Every cell has more threads than cores, so nothing can be said about a machine with more cores."
    }
    var text = "The model is fitted to \(HumanFormat.plural("\(model.fittedCells)", "cell"))"
    if let median = model.medianHeldOutError, let worst = model.worstHeldOutError {
      text += "; a cell that is left out is predicted within \(HumanFormat.percent(median, decimals: 1)) at the median"
      text += " and \(HumanFormat.percent(worst, decimals: 1)) at worst"
    }
    switch model.fittedThreads.count {
    case 1:
      text += ". One number of threads tells nothing about sharing memory: predictions assume that it costs nothing"
    case 2:
      text += ". Two numbers of threads cannot tell where memory bandwidth saturates: predictions assume that each "
      text += "further thread slows the others by as much as the last one measured"
    default: break
    }
    return text + "."
  }

  /// What a reader has to know of cells that stand apart.
  var remarks: [String] {
    var remarks: [String] = []
    if outcome == .interrupted {
      remarks.append("The study was stopped early: some cells have fewer steps than planned, or are missing.")
    }
    let crowded = Set(cells.filter(\.exceedsCores).map(\.threads)).sorted()
    if !crowded.isEmpty {
      remarks.append(
        "Cells with \(crowded.map(String.init).joined(separator: ", ")) threads share "
          + "\(HumanFormat.plural("\(usableCores)", "core")); they are shown, and are no evidence for the model.")
    }
    let spreads = cells.map { ($0.stepSecondsHigh - $0.stepSecondsLow) / $0.stepSeconds }.sorted()
    if !spreads.isEmpty, spreads[spreads.count / 2] > 0.15 {
      remarks.append(
        "Step times vary: in the median cell, their quartiles are "
          + "\(HumanFormat.percent(spreads[spreads.count / 2], decimals: 0)) apart. Other work on the machine disturbs "
          + "the times; repeat the study when it is quiet.")
    }
    return remarks
  }
}

extension ScaleLimit {
  /// What the doubling meets, in a sentence.
  func sentence(cores: Int) -> String {
    let words = reason.words(shards: shards, threads: nextThreads)
    let gain = "\(HumanFormat.number(gain)) ×"
    let size = "batch \(HumanFormat.count(batch))"
    guard exceedsCores else {
      return "\(nextThreads) threads should be \(gain) as fast as \(threads) at \(size): \(words)."
    }
    return "The cores limit the next doubling: \(nextThreads) threads need as many, and this machine has \(cores). "
      + "With enough of them it would be \(gain) as fast at \(size): \(words)."
  }
}

extension ScaleLimit.Reason {
  /// The reason as the end of a sentence.
  func words(shards: Int, threads: Int) -> String {
    switch self {
    case .shards: "\(threads) threads have only \(HumanFormat.plural("\(shards)", "shard")) to compute"
    case .loadImbalance: "\(HumanFormat.plural("\(shards)", "shard")) do not go evenly into \(threads) threads"
    case .memoryBandwidth: "workers wait for the memory that they share"
    case .reduction: "summing gradients and updating weights takes the rest"
    case .forkJoin: "waking threads, and what one thread does alone, takes the rest"
    case .nothing: "nothing that was measured here holds it back"
    }
  }

  /// The reason in a cell of a table.
  var label: String {
    switch self {
    case .shards: "shards"
    case .loadImbalance: "load imbalance"
    case .memoryBandwidth: "shared memory"
    case .reduction: "reduction"
    case .forkJoin: "fork-join"
    case .nothing: "nothing"
    }
  }
}
