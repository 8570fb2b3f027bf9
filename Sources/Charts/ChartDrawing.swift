/// Draws a laid-out chart: ground and axes first, then data, then the key.
package struct ChartDrawing {
  private let chart: Chart
  private let layout: ChartLayout
  private var text = ""
  /// Class of each series' colour, and the number that picks its marker.
  private let colors: [(name: String, marker: Int)]

  package init(_ layout: ChartLayout) {
    self.layout = layout
    chart = layout.chart
    var next = 0
    colors = layout.chart.series.map { series in
      switch series.color {
      case .automatic:
        next += 1
        return ("p\((next - 1) % ChartTheme.paletteCount)", next - 1)
      case .palette(let index): return ("p\(index % ChartTheme.paletteCount)", index)
      case .ramp(let index, let count):
        let last = Double(ChartTheme.rampCount - 1)
        let place = count > 1 ? Double(index) / Double(count - 1) : 0
        return ("r\(Int(within: (min(max(place, 0), 1) * last).rounded()))", index)
      case .muted: return ("pm", 0)
      }
    }
  }

  package mutating func render() -> String {
    drawAxes()
    if chart.isEmpty {
      let x = (layout.left + layout.right) / 2
      write("empty", x, (layout.top + layout.bottom) / 2, "No data yet", anchor: "middle")
      return text
    }
    // What goes beyond a range set by hand is cut off at the plot's edge; a nested drawing clips without an id.
    text += "<svg x=\"\(c(layout.left))\" y=\"\(c(layout.top - 2))\" width=\"\(c(layout.plotWidth + 2))\""
    text += " height=\"\(c(layout.plotHeight + 4))\" viewBox=\"\(c(layout.left)) \(c(layout.top - 2))"
    text += " \(c(layout.plotWidth + 2)) \(c(layout.plotHeight + 4))\">\n"
    for guide in chart.guides { draw(guide) }
    for index in chart.series.indices { drawLines(index) }
    text += "</svg>\n"
    drawHits()
    for index in chart.series.indices { drawMarkers(index) }
    for label in layout.guideLabels {
      write("", label.x, label.y, chart.guides[label.guide].label, anchor: "middle")
    }
    drawKey()
    drawEndLabels()
    return text
  }

  // MARK: Axes

  private mutating func drawAxes() {
    let isEmpty = chart.isEmpty
    for tick in layout.yTicks.minor where !isEmpty { gridLine(y: layout.y(tick), "grid minor") }
    for tick in layout.xTicks.minor where !isEmpty { gridLine(x: layout.x(tick), "grid minor") }
    for (tick, label) in zip(layout.yTicks.major, layout.yTicks.labels) where !isEmpty {
      gridLine(y: layout.y(tick), "grid")
      write("", layout.left - 7, layout.y(tick) + 4.5, label, anchor: "end")
    }
    let isXLog = chart.xAxis.scale != .linear
    for (tick, label) in zip(layout.xTicks.major, layout.xTicks.labels) where !isEmpty {
      let x = layout.x(tick)
      if isXLog { gridLine(x: x, "grid") }
      line("axis", x, layout.bottom, x, layout.bottom + 4)
      let half = Markup.width(of: label, fontSize: ChartLayout.fontSize) / 2
      write("", min(x, chart.width - half), layout.bottom + 19, label, anchor: "middle")
    }
    line("axis", layout.left, layout.bottom, layout.right, layout.bottom)
    write("heading", 0, layout.headingY, chart.yHeading)
    write("heading", layout.right, layout.bottom + 19 + ChartLayout.lineHeight, chart.xAxis.heading, anchor: "end")
  }

  private mutating func gridLine(y: Double, _ name: String) { line(name, layout.left, y, layout.right, y) }
  private mutating func gridLine(x: Double, _ name: String) { line(name, x, layout.top, x, layout.bottom) }

  private mutating func draw(_ guide: ChartGuide) {
    switch guide.direction {
    case .x where chart.xAxis.shows(guide.value):
      let x = layout.x(guide.value)
      line("guide pm", x, layout.top - 2, x, layout.bottom)
    case .y where chart.yAxis.shows(guide.value):
      let y = layout.y(guide.value)
      line("guide pm", layout.left, y, layout.right, y)
    default: break
    }
  }

  // MARK: Data

  private mutating func drawLines(_ index: Int) {
    let series = chart.series[index]
    let color = colors[index].name
    if series.spread == .band { drawBand(series, color) }
    guard series.form != .markers else { return }
    var stretches: [[(x: Double, y: Double)]] = [[]]
    for (place, breaks) in kept(series) {
      let point = series.points[place]
      stretches[stretches.count - 1].append((layout.x(point.x), layout.y(point.y)))
      if breaks { stretches.append([]) }
    }
    let isStepped = series.form == .steps || series.form == .histogram
    var path = ""
    var area = ""
    for stretch in stretches where !stretch.isEmpty {
      var outline = ""
      for (place, point) in stretch.enumerated() {
        if isStepped, place > 0 {
          outline += "H\(c(point.x))V\(c(point.y))"
        } else {
          outline += "\(place == 0 ? "M" : "L")\(c(point.x)) \(c(point.y))"
        }
      }
      // A point alone between two gaps becomes a dot by its round cap.
      path += outline + (stretch.count == 1 ? "h0" : "")
      area += "\(outline)V\(c(layout.bottom))H\(c(stretch[0].x))Z"
    }
    if series.form == .histogram { text += "<path class=\"band \(color)\" d=\"\(area)\"/>\n" }
    text += "<path class=\"\(lineClass(series.stroke)) \(color)\" d=\"\(path)\"/>\n"
  }

  private mutating func drawBand(_ series: ChartSeries, _ color: String) {
    var stretches: [[(x: Double, low: Double, high: Double)]] = [[]]
    for (index, breaks) in kept(series) {
      let point = series.points[index]
      if let low = point.low, let high = point.high, chart.yAxis.shows(low), chart.yAxis.shows(high) {
        stretches[stretches.count - 1].append((layout.x(point.x), layout.y(low), layout.y(high)))
      }
      if breaks { stretches.append([]) }
    }
    for stretch in stretches where stretch.count > 1 {
      let outline = stretch.map { "\(c($0.x)) \(c($0.high))" } + stretch.reversed().map { "\(c($0.x)) \(c($0.low))" }
      text += "<path class=\"band \(color)\" d=\"M\(outline.joined(separator: "L"))Z\"/>\n"
    }
  }

  private mutating func drawMarkers(_ index: Int) {
    let series = chart.series[index]
    let (color, marker) = colors[index]
    let shown = kept(series).map { series.points[$0.index] }
      .filter { layout.xEnds.contains($0.x) && layout.yEnds.contains($0.y) }
    if series.spread == .errorBars {
      for point in shown { drawErrorBar(point, color) }
    }
    guard series.form == .markers || series.form == .lineAndMarkers else { return }
    let size = Self.markerSize(shown.count, in: layout.plotWidth)
    for point in shown {
      let shape = Self.marker(shown.count > 120 ? 0 : marker, size: size)
      let place = "<g transform=\"translate(\(c(layout.x(point.x))) \(c(layout.y(point.y))))\">"
      let note = point.note.map { "<title>\(Markup.escaped($0))</title>" } ?? ""
      // One without a note would only hide the strip below it from the pointer.
      let noted = point.note == nil ? "" : "noted "
      text += "\(place)<path class=\"mark \(noted)\(color)\" d=\"\(shape)\">\(note)</path></g>\n"
    }
  }

  private mutating func drawErrorBar(_ point: ChartPoint, _ color: String) {
    guard let low = point.low, let high = point.high, chart.yAxis.shows(low), chart.yAxis.shows(high), low < high
    else { return }
    let x = layout.x(point.x)
    let top = max(layout.y(high), layout.top)
    let bottom = min(layout.y(low), layout.bottom)
    text += "<path class=\"whisker \(color)\" d=\"M\(c(x)) \(c(top))V\(c(bottom))"
    text += "M\(c(x - 4)) \(c(top))h8M\(c(x - 4)) \(c(bottom))h8\"/>\n"
  }

  /// Under the markers, whose own notes say more.
  private mutating func drawHits() {
    let points = chart.series.map { series in kept(series).map { series.points[$0.index] } }
    for strip in HitAreas(layout, points: points).strips {
      // Of edges that are rounded both, so that no gap is left between two strips.
      let (left, right) = ((strip.left * 10).rounded() / 10, (strip.right * 10).rounded() / 10)
      text += "<rect class=\"hit\" x=\"\(c(left))\" y=\"\(c(layout.top))\" width=\"\(c(right - left))\""
      text += " height=\"\(c(layout.plotHeight))\"><title>\(Markup.escaped(strip.text))</title></rect>\n"
    }
  }

  private func kept(_ series: ChartSeries) -> [(index: Int, breaksAfter: Bool)] {
    Decimation.kept(
      series.points, position: { ChartLayout.share($0, chart.xAxis, layout.xEnds) },
      isShown: { chart.xAxis.shows($0.x) && chart.yAxis.shows($0.y) })
  }

  // MARK: Key

  private mutating func drawKey() {
    for entry in layout.key {
      let y = entry.y - 4.5
      let end = entry.x + ChartLayout.sampleWidth
      switch entry.sample {
      case .guide: line("guide pm", entry.x, y, end, y)
      case .series(let index):
        let series = chart.series[index]
        let (color, marker) = colors[index]
        if series.form == .histogram {
          text +=
            "<rect class=\"band \(color)\" x=\"\(c(entry.x + 4))\" y=\"\(c(y - 5))\" width=\"16\" height=\"10\"/>\n"
        }
        if series.form != .markers { line("\(lineClass(series.stroke)) \(color)", entry.x, y, end, y) }
        if series.form == .markers || series.form == .lineAndMarkers {
          let size = max(Self.markerSize(series.points.count, in: layout.plotWidth), 2.6)
          let shape = Self.marker(series.points.count > 120 ? 0 : marker, size: size)
          text += "<path class=\"mark \(color)\" transform=\"translate(\(c(entry.x + 12)) \(c(y)))\" d=\"\(shape)\"/>\n"
        }
      }
      write("key", end + 6, entry.y, entry.text)
    }
  }

  private mutating func drawEndLabels() {
    for label in layout.endLabels {
      let color =
        switch label.sample {
        case .series(let index): colors[index].name
        case .guide: "pm"
        }
      write("end \(color)", label.x, label.y, label.text, anchor: label.isInside ? "end" : "start")
    }
  }

  private func lineClass(_ stroke: ChartSeries.Stroke) -> String {
    switch stroke {
    case .solid: "line"
    case .faint: "line faint"
    case .thin: "line thin"
    case .thick: "line thick"
    case .dashed: "line dashed"
    }
  }

  /// Markers of a crowded series shrink, so that the line between them stays visible.
  private static func markerSize(_ count: Int, in width: Double) -> Double {
    min(max(width / Double(max(count, 1)) * 0.24, 1.8), 4)
  }

  /// Outline of a marker about the origin; shapes repeat after five.
  private static func marker(_ number: Int, size r: Double) -> String {
    func outline(_ corners: [(Double, Double)]) -> String {
      "M" + corners.map { "\(Markup.coordinate($0.0 * r)) \(Markup.coordinate($0.1 * r))" }.joined(separator: "L") + "Z"
    }
    switch number % 5 {
    case 0:
      let radius = Markup.coordinate(r)
      return "M-\(radius) 0a\(radius) \(radius) 0 1 0 \(Markup.coordinate(2 * r)) 0"
        + "a\(radius) \(radius) 0 1 0 -\(Markup.coordinate(2 * r)) 0Z"
    case 1: return outline([(-0.95, -0.95), (0.95, -0.95), (0.95, 0.95), (-0.95, 0.95)])
    case 2: return outline([(0, -1.25), (1.2, 0.9), (-1.2, 0.9)])
    case 3: return outline([(0, -1.35), (1.35, 0), (0, 1.35), (-1.35, 0)])
    default: return outline([(0, 1.25), (1.2, -0.9), (-1.2, -0.9)])
    }
  }

  // MARK: Elements

  private func c(_ value: Double) -> String { Markup.coordinate(value) }

  private mutating func line(_ name: String, _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) {
    text += "<path class=\"\(name)\" d=\"M\(c(x1)) \(c(y1))L\(c(x2)) \(c(y2))\"/>\n"
  }

  private mutating func write(_ name: String, _ x: Double, _ y: Double, _ words: String, anchor: String = "start") {
    let role = name.isEmpty ? "" : " class=\"\(name)\""
    let place = anchor == "start" ? "" : " text-anchor=\"\(anchor)\""
    text += "<text\(role) x=\"\(c(x))\" y=\"\(c(y))\"\(place)>\(Markup.svg(words))</text>\n"
  }
}
