import Charts
import Records

/// The tables of a scale study.
enum ScaleTables {
  /// Every measured cell.
  static func cells(_ record: ScaleRecord) -> TextTable {
    let ranks: [TextTable.Column] = record.isRanked ? [.init("ranks")] : []
    var table = TextTable(
      columns: [.init("batch")] + ranks + [
        .init("threads"), .init("samples/s"), .init("step"), .init("gradients"), .init("reduce"),
        .init("speedup"), .init("efficiency"), .init("memory"), .init("steps"), .text("remark"),
      ])
    for cell in record.cells {
      let row = row(cell)
      table.append(record.isRanked ? [row[0], HumanFormat.count(cell.ranks)] + row[1...] : row)
    }
    return table
  }

  /// The columns of ``cells(_:)`` that a terminal has room for.
  static func shortCells(_ record: ScaleRecord) -> TextTable {
    let kept = record.isRanked ? [0, 1, 2, 3, 4, 6, 7, 8, 11] : [0, 1, 2, 3, 5, 6, 7, 10]
    let whole = cells(record)
    return TextTable(columns: kept.map { whole.columns[$0] }, rows: whole.rows.map { row in kept.map { row[$0] } })
  }

  private static func row(_ cell: ScaleCell) -> [String] {
    [
      HumanFormat.count(cell.batch), HumanFormat.count(cell.threads), HumanFormat.number(cell.samplesPerSecond),
      HumanFormat.duration(cell.stepSeconds), HumanFormat.duration(cell.gradientSeconds),
      HumanFormat.duration(cell.reduceSeconds), HumanFormat.number(cell.speedup),
      HumanFormat.percent(cell.efficiency, decimals: 0), HumanFormat.bytes(cell.peakMemoryBytes),
      HumanFormat.count(cell.timedSteps), remark(cell),
    ]
  }

  private static func remark(_ cell: ScaleCell) -> String {
    var parts: [String] = []
    if cell.exceedsCores { parts.append("shares cores") }
    if cell.exceedsShards {
      parts.append(HumanFormat.plural("\(cell.shards)", "shard") + (parts.isEmpty ? " only" : ""))
    }
    return parts.joined(separator: ", ")
  }

  static func weakScaling(_ record: ScaleRecord) -> TextTable {
    var table = TextTable(columns: [
      .init("samples a thread"), .init("threads"), .init("batch"), .init("samples/s"), .init("efficiency"),
    ])
    for group in record.weakScaling {
      for point in group.points {
        table.append([
          HumanFormat.short(group.samplesPerThread, digits: 6), HumanFormat.count(point.threads),
          HumanFormat.count(point.batch), HumanFormat.number(point.samplesPerSecond),
          HumanFormat.percent(point.efficiency, decimals: 0) + (point.exceedsCores ? ", shares cores" : ""),
        ])
      }
    }
    return table
  }

  /// What is expected of 4 … 256 threads.
  static func predictions(_ record: ScaleRecord) -> TextTable {
    var table = TextTable(columns: [
      .init("batch"), .init("shards"), .init("threads"), .init("samples/s"), .init("range of fits"), .init("speedup"),
      .text("held back by"), .text("more shards"),
    ])
    let least = min(4, record.predictions.map(\.threads).max() ?? 4)
    for item in record.predictions where item.threads >= least {
      let more = item.moreShards.map {
        "\(HumanFormat.count($0.shards)): \(HumanFormat.number($0.samplesPerSecond))"
      }
      table.append([
        HumanFormat.count(item.batch), HumanFormat.count(item.shards), HumanFormat.count(item.threads),
        HumanFormat.number(item.samplesPerSecond),
        HumanFormat.number(item.samplesPerSecondLow) + "–" + HumanFormat.number(item.samplesPerSecondHigh),
        HumanFormat.number(item.speedup), item.limit.label, more ?? "",
      ])
    }
    return table
  }

  /// The same of one batch, in the columns that a terminal has room for.
  static func shortPredictions(_ record: ScaleRecord, batch: Int) -> TextTable {
    var one = record
    one.predictions.removeAll { $0.batch != batch }
    let whole = predictions(one)
    return TextTable(
      caption: "Expected at batch \(HumanFormat.count(batch)) on a machine with as many cores",
      columns: Array(whole.columns[2...]), rows: whole.rows.map { Array($0[2...]) })
  }

  /// What is expected of several hosts, a row each and network.
  static func networks(_ record: ScaleRecord) -> TextTable {
    var table = TextTable(columns: [
      .init("batch"), .init("network"), .init("hosts"), .init("threads each"), .init("exchanged"), .init("step"),
      .init("of it exchange"), .init("can be hidden"), .init("samples/s"), .init("range of fits"), .init("speedup"),
      .text("held back by"),
    ])
    for item in record.networks ?? [] {
      table.append([
        HumanFormat.count(item.batch), ScaleRecord.speed(item.bitsPerSecond), HumanFormat.count(item.ranks),
        HumanFormat.count(item.threads), HumanFormat.bytes(item.exchangedBytes), HumanFormat.duration(item.stepSeconds),
        HumanFormat.duration(item.exchangeSeconds), HumanFormat.duration(item.hideableSeconds),
        HumanFormat.number(item.samplesPerSecond),
        HumanFormat.number(item.samplesPerSecondLow) + "–" + HumanFormat.number(item.samplesPerSecondHigh),
        HumanFormat.number(item.speedup), item.limit.label,
      ])
    }
    return table
  }

  /// Samples a second of one batch, by hosts and networks: what a terminal has room for.
  static func shortNetworks(_ record: ScaleRecord, batch: Int) -> TextTable {
    let rows = (record.networks ?? []).filter { $0.batch == batch }
    let speeds = Set(rows.map(\.bitsPerSecond)).sorted()
    let threads = HumanFormat.plural("\(rows.first?.threads ?? 1)", "thread")
    var table = TextTable(
      caption: "Samples a second expected of several hosts with \(threads) each at batch \(HumanFormat.count(batch))",
      columns: [.init("hosts"), .init("exchanged")] + speeds.map { .init(ScaleRecord.speed($0)) })
    for ranks in Set(rows.map(\.ranks)).sorted() {
      let row = rows.filter { $0.ranks == ranks }
      let rates = speeds.map { speed in
        row.first { $0.bitsPerSecond == speed }.map { HumanFormat.number($0.samplesPerSecond) } ?? HumanFormat.missing
      }
      table.append([HumanFormat.count(ranks), HumanFormat.bytes(row[0].exchangedBytes)] + rates)
    }
    return table
  }

  /// What the doubling of the most measured threads meets.
  static func limits(_ record: ScaleRecord) -> TextTable {
    var table = TextTable(columns: [
      .init("batch"), .init("from threads"), .init("to"), .init("gain", unit: "×"), .text("held back by"),
    ])
    for limit in record.limits {
      let cores = limit.exceedsCores ? "cores; with enough of them " : ""
      table.append([
        HumanFormat.count(limit.batch), HumanFormat.count(limit.threads), HumanFormat.count(limit.nextThreads),
        HumanFormat.number(limit.gain), cores + limit.reason.label,
      ])
    }
    return table
  }

  /// The fitted numbers, as times, and as rates where bytes move.
  static func parameters(_ model: ScaleModelRecord) -> TextTable {
    var table = TextTable(columns: [
      .text("part of a step"), .init("costs"), .init("range of fits"), .text("told from the others"),
    ])
    for parameter in model.parameters {
      let low = HumanFormat.duration(parameter.low)
      let high = HumanFormat.duration(parameter.high)
      let isBytes = [.byte, .sharedByte, .remoteByte, .exchangedByte].contains(parameter.term)
      let value = isBytes ? perGigabyte(parameter.seconds) : HumanFormat.duration(parameter.seconds)
      let range =
        isBytes
        ? perGigabyte(parameter.low) + " … " + perGigabyte(parameter.high) : low == high ? low : "\(low) … \(high)"
      table.append([
        words(parameter.term), parameter.isTold ? value : HumanFormat.missing,
        parameter.isTold ? range : HumanFormat.missing, parameter.isTold ? "yes" : "no",
      ])
    }
    return table
  }

  private static func perGigabyte(_ seconds: Double) -> String { HumanFormat.duration(seconds * 1e9) + "/GB" }

  private static func words(_ term: ScaleModelRecord.Term) -> String {
    switch term {
    case .sample: "a sample of the busiest worker"
    case .microbatch: "a microbatch of the busiest worker"
    case .sharedSample: "a sample of another worker meanwhile (shared memory)"
    case .gradientConstant: "before the first gradient, on one thread"
    case .wake: "waking a worker"
    case .byte: "reduction, bytes of the busiest worker"
    case .sharedByte: "reduction, bytes of other workers meanwhile"
    case .reduceConstant: "update, on one thread"
    case .groupSample: "a sample of another worker behind the same cache meanwhile"
    case .remoteSample: "a sample, for memory on other nodes"
    case .remoteByte: "reduction, bytes from other nodes"
    case .exchangedByte: "bytes from rank to rank, where they were measured"
    case .exchange: "ranks wait for one another, once"
    }
  }
}
