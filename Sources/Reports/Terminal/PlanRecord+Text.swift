import Charts
import Records

extension PlanRecord {
  /// The plan as text: layers, figures, memory and the learning rate over time.
  ///
  /// `schedule` holds the learning rate of some steps, enough to draw it: a few hundred will do.
  package func text(schedule: [(step: Int, learningRate: Double)], style: TerminalStyle = TerminalStyle()) -> String {
    var parts: [String] = []
    if let layers, !layers.isEmpty { parts.append(layerTable(layers).render(style)) }
    parts.append(figureText(style))
    if let memory, !memory.isEmpty {
      var table = TextTable(caption: "Memory", columns: [.text("use"), .init("bytes")])
      for part in memory { table.append([part.label, HumanFormat.bytes(part.bytes)]) }
      table.footer = ["predicted peak", HumanFormat.bytes(memoryBytes)]
      parts.append(table.render(style))
    }
    if let ranks, !ranks.isEmpty { parts.append(Self.rankTable(ranks).render(style)) }
    if !learningRates.isEmpty { parts.append(rateTable.render(style)) }
    if schedule.count > 1 { parts.append(TextPlot(rateChart(schedule)).render(style)) }
    if let notes, !notes.isEmpty {
      parts.append(notes.map { style.paint("note: ", .warning) + style.plain($0) + "\n" }.joined())
    }
    return parts.joined(separator: "\n")
  }

  /// The learning rate against epochs, or against steps where the epochs are not known.
  package func rateChart(_ schedule: [(step: Int, learningRate: Double)]) -> Chart {
    let perEpoch = stepsPerEpoch.map { Double(max($0, 1)) }
    let points = schedule.map { ChartPoint(Double($0.step) / (perEpoch ?? 1), $0.learningRate) }
    return Chart(
      "Learning rate", x: ChartAxis(perEpoch == nil ? "step" : "epoch"),
      y: ChartAxis("learning rate", includesZero: true),
      series: [ChartSeries("learning rate", points)])
  }

  private static func rankTable(_ ranks: [Rank]) -> TextTable {
    var table = TextTable(
      caption: "Ranks, in a step",
      columns: [.init("rank"), .init("shards"), .init("updates"), .init("sends"), .init("receives")])
    for rank in ranks {
      table.append([
        "\(rank.rank)", "\(rank.shards)", HumanFormat.count(rank.parameters), HumanFormat.bytes(rank.sentBytes),
        HumanFormat.bytes(rank.receivedBytes),
      ])
    }
    return table
  }

  private func layerTable(_ layers: [Layer]) -> TextTable {
    var table = TextTable(
      caption: name.map { "Model of \($0)" } ?? "Model",
      columns: [.text("layer"), .text("kind"), .init("output"), .init("parameters"), .init("forward FLOPs")])
    for layer in layers {
      table.append([
        layer.name, layer.kind, layer.outputShape.map(String.init).joined(separator: "×"),
        layer.parameters == 0 ? "" : HumanFormat.count(layer.parameters),
        layer.flopsPerSample == 0 ? "" : HumanFormat.prefixed(Double(layer.flopsPerSample)),
      ])
    }
    let flops = layers.reduce(0) { $0 + $1.flopsPerSample }
    table.footer = ["", "", "a sample", HumanFormat.count(parameters), HumanFormat.prefixed(Double(flops))]
    return table
  }

  private func figureText(_ style: TerminalStyle) -> String {
    var lines: [(label: String, value: String)] = []
    func add(_ label: String, _ value: String?) {
      if let value { lines.append((label, value)) }
    }
    if let trainSamples {
      add(
        "data",
        "\(HumanFormat.count(trainSamples)) training samples"
          + (testSamples.map { ", \(HumanFormat.count($0)) test samples" } ?? ""))
    }
    if let batch {
      var value = HumanFormat.count(batch)
      if let shards { value += " in \(HumanFormat.plural(HumanFormat.count(shards), "shard"))" }
      if let microbatch { value += ", microbatches of \(HumanFormat.count(microbatch))" }
      add("batch", value)
    }
    let length = epochs.map { " (\(HumanFormat.plural(HumanFormat.short($0, digits: 4), "epoch"))" }
    let perEpoch = stepsPerEpoch.map { " of \(HumanFormat.count($0))" } ?? ""
    add("steps", HumanFormat.count(steps) + (length.map { $0 + perEpoch + ")" } ?? ""))
    add("optimizer", optimizer)
    add("convolution", convolution)
    add("arithmetic", arithmetic)
    add("parameters", HumanFormat.count(parameters))
    add("FLOPs a sample", flopsPerSample.map { HumanFormat.prefixed(Double($0)) + ", forward and backward" })
    add("threads", threads.map(HumanFormat.count))
    add("memory", HumanFormat.bytes(memoryBytes) + " at the peak, predicted")
    let width = lines.map(\.label.count).max() ?? 0
    return lines.map { label, value in
      "  " + style.paint(label, .quiet) + String(repeating: " ", count: width - label.count + 2) + style.plain(value)
        + "\n"
    }.joined()
  }

  private var rateTable: TextTable {
    let hasTemperature = learningRates.contains { $0.temperatureIndex != nil }
    let columns: [TextTable.Column] = [.init("step"), .init("epoch"), .init("rate")]
    var table = TextTable(
      caption: hasTemperature ? "Learning rate, and temperature index η ÷ (B(1 − m))" : "Learning rate",
      columns: columns + (hasTemperature ? [.init("temperature")] : []) + [.text("from here on")])
    for change in learningRates {
      let temperature = HumanFormat.optional(change.temperatureIndex) { HumanFormat.short($0, digits: 3) }
      table.append(
        [
          HumanFormat.count(change.step), HumanFormat.short(change.epoch, digits: 4),
          HumanFormat.short(change.learningRate, digits: 4),
        ] + (hasTemperature ? [temperature] : []) + [change.label ?? ""])
    }
    return table
  }
}
