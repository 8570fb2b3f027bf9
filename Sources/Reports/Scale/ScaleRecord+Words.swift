import Charts
import Records

extension ScaleRecord {
  /// The cells of one process, or of the fewest ranks.
  var soloCells: [ScaleCell] { cells.ofFewestRanks }

  /// Those with a core for each thread; all of them where there is no such cell.
  var honestCells: [ScaleCell] {
    let within = soloCells.filter { !$0.exceedsCores }
    return within.isEmpty ? soloCells : within
  }

  /// Whether several ranks were measured.
  var isRanked: Bool { cells.contains { $0.ranks > 1 } }

  /// Batches that were measured, rising.
  var batches: [Int] { Set(cells.map(\.batch)).sorted() }

  /// Thread counts that were measured, rising.
  var threadCounts: [Int] { Set(soloCells.map(\.threads)).sorted() }

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
    let threads = cell.workersText
    let base = soloCells.first { $0.batch == cell.batch }?.threads ?? cell.threads
    let against =
      base == cell.threads
      ? ""
      : ", \(HumanFormat.number(cell.speedup)) × as fast as on \(HumanFormat.plural("\(base)", "thread"))"
        + (speedupRange(cell).map { " (\($0))" } ?? "")
    let larger = honestCells.contains { $0.threads == cell.threads && $0.batch > cell.batch }
    let smaller = honestCells.contains { $0.threads == cell.threads && $0.batch < cell.batch }
    let tail =
      larger ? "; no larger batch was faster by more than 5 %" : smaller ? "; it still gains with the batch" : ""
    return "On this machine, \(name) trains at \(rate) on \(threads) with batch \(HumanFormat.count(cell.batch))"
      + "\(against)\(tail)."
  }

  /// "5.9 to 6.6": what the quartiles of both cells' steps leave open, where that is more than the number's own digits.
  func speedupRange(_ cell: ScaleCell) -> String? {
    guard let range = speedupEnds(cell) else { return nil }
    let ends = [range.lowerBound, range.upperBound].map { HumanFormat.number($0, digits: 2) }
    return ends[0] == ends[1] ? nil : "\(ends[0]) to \(ends[1])"
  }

  private func speedupEnds(_ cell: ScaleCell) -> ClosedRange<Double>? {
    guard let base = soloCells.first(where: { $0.batch == cell.batch }), cell.stepSecondsLow > 0,
      cell.stepSecondsHigh > 0
    else { return nil }
    let (low, high) = (base.stepSecondsLow / cell.stepSecondsHigh, base.stepSecondsHigh / cell.stepSecondsLow)
    return low <= high ? low...high : nil
  }

  /// Whether more threads were faster in the headline, but quartiles leave open whether they are.
  var isGainOpen: Bool {
    guard let cell = sufficient, cell.speedup > 1, let ends = speedupEnds(cell) else { return false }
    return soloCells.contains { $0.batch == cell.batch && $0.threads < cell.threads } && ends.lowerBound <= 1
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

  /// What several ranks gave, against one with the same number of threads in all where there is such a cell.
  package var ranksSentence: String? {
    guard isRanked, let batch = sufficient?.batch else { return nil }
    let row = cells.filter { $0.batch == batch && $0.ranks > 1 }
    let within = row.filter { !$0.exceedsCores }
    guard let cell = (within.isEmpty ? row : within).max(by: { $0.samplesPerSecond < $1.samplesPerSecond }) else {
      return nil
    }
    var text =
      "\(cell.workersText) reach \(HumanFormat.number(cell.samplesPerSecond)) samples a second at batch "
      + "\(HumanFormat.count(batch))"
    if let same = cells.first(where: { $0.batch == batch && $0.ranks == 1 && $0.threads == cell.workers }) {
      text +=
        ", \(HumanFormat.percent(cell.samplesPerSecond / same.samplesPerSecond, decimals: 0)) of what "
        + "\(same.workersText) of one process do"
    }
    let place =
      cell.hostRanks == cell.ranks ? "processes on this machine, which share its memory" : "processes on several hosts"
    return text + ". Ranks were \(place)" + (launcher.map { ", started by \($0)" } ?? "") + "."
  }

  /// Up to how many hosts each network is expected to pay at the batch of the headline.
  package var networkSentence: String? {
    guard let batch = sufficient?.batch, let rows = networks?.filter({ $0.batch == batch }), let first = rows.first
    else { return nil }
    var (paying, idle): ([String], [String]) = ([], [])
    for speed in Set(rows.map(\.bitsPerSecond)).sorted() {
      // What gains half of what it adds.
      let most = rows.filter { $0.bitsPerSecond == speed && $0.speedup >= 0.5 * Double($0.ranks) }
        .max { $0.ranks < $1.ranks }
      if let most {
        paying.append("\(most.ranks) hosts (\(HumanFormat.number(most.speedup)) ×) at \(Self.speed(speed))")
      } else {
        idle.append(Self.speed(speed))
      }
    }
    let parts = [
      paying.isEmpty ? nil : "up to " + paying.joined(separator: ", "),
      idle.isEmpty ? nil : "no number of hosts at " + idle.joined(separator: ", "),
    ].compactMap(\.self)
    return "Of several hosts like this one with \(HumanFormat.plural("\(first.threads)", "thread")) each, the model "
      + "expects half of their speed and more from \(parts.joined(separator: ", and from "))"
      + ", for batch \(HumanFormat.count(batch)); larger batches can use more."
  }

  /// "10 Gbit/s".
  static func speed(_ bitsPerSecond: Double) -> String { "\(HumanFormat.short(bitsPerSecond / 1e9)) Gbit/s" }

  /// That predictions lie beyond what was measured: memory of another node or socket.
  package var borderSentence: String? {
    guard let fitted = model?.fittedNodes else { return nil }
    guard let first = predictions.first(where: { ($0.nodes ?? 1) > fitted }) else { return nil }
    let cost =
      fitted > 1
      ? "more nodes are taken to cost as much as those that were measured"
      : "what memory of another node costs was not measured, and is taken to be nothing"
    return "Caution: from \(HumanFormat.plural("\(first.threads)", "thread")) on, predictions cross a border: such "
      + "threads are on \(first.nodes ?? 1) memory nodes (sockets, or parts of them), the measured cells on "
      + "\(fitted == 1 ? "one" : "at most \(fitted)"); \(cost)."
  }

  /// Distance of the quartiles of the median cell's step times, as a share of its median; `nil` without cells.
  var medianSpread: Double? {
    let spreads = cells.map { ($0.stepSecondsHigh - $0.stepSecondsLow) / $0.stepSeconds }.sorted()
    return spreads.isEmpty ? nil : spreads[spreads.count / 2]
  }

  /// Beyond it, other work on the machine has disturbed the times.
  static let greatestQuietSpread = 0.15

  /// What a reader has to know of cells that stand apart.
  var remarks: [String] {
    var remarks: [String] = []
    if outcome == .interrupted {
      remarks.append("The study was stopped early: some cells have fewer steps than planned, or are missing.")
    }
    let crowded = Set(cells.filter(\.exceedsCores).map { $0.threads * $0.hostRanks }).sorted()
    if !crowded.isEmpty {
      remarks.append(
        "Cells with \(crowded.map(String.init).joined(separator: ", ")) threads share "
          + "\(HumanFormat.plural("\(usableCores)", "core")); they are shown, and are no evidence for the model.")
    }
    if let medianSpread, medianSpread > Self.greatestQuietSpread {
      remarks.append(
        "Step times vary: in the median cell, their quartiles are "
          + "\(HumanFormat.percent(medianSpread, decimals: 0)) apart. Other work on the machine disturbs "
          + "the times; repeat the study when it is quiet.")
    }
    return remarks
  }
}

extension ScaleCell {
  /// Who computed: "2 threads", or "3 ranks × 2 threads".
  var workersText: String {
    let threads = HumanFormat.plural("\(threads)", "thread")
    return ranks > 1 ? "\(ranks) ranks × \(threads)" : threads
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
    case .network: "ranks wait for what crosses the network"
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
    case .network: "network"
    case .nothing: "nothing"
    }
  }
}
