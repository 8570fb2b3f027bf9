/// One point of a chart; a coordinate that is not finite, or not positive on a logarithmic axis, leaves a gap.
package struct ChartPoint: Sendable, Equatable {
  /// Place along the x axis.
  package var x: Double
  /// Place along the y axis.
  package var y: Double
  /// Lower end of the spread around `y`; ``high`` is the upper one.
  package var low: Double?
  /// See ``low``.
  package var high: Double?
  /// Shown when the pointer rests on the point's marker.
  package var note: String?

  /// A point, by default without spread or note.
  package init(_ x: Double, _ y: Double, low: Double? = nil, high: Double? = nil, note: String? = nil) {
    self.x = x
    self.y = y
    self.low = low
    self.high = high
    self.note = note
  }
}

/// Points that belong together, and how they are drawn.
package struct ChartSeries: Sendable, Equatable {
  /// What the points become.
  package enum Form: Sendable, Equatable {
    case line
    /// The value holds until the next point.
    case steps
    case markers
    case lineAndMarkers
    /// Each value holds until the next point's x; filled down to the axis.
    case histogram
  }

  /// How a spread is drawn.
  package enum Spread: Sendable, Equatable { case errorBars, band }

  /// How strong a line is.
  package enum Stroke: Sendable, Equatable {
    case solid
    /// Thin and pale, for raw data under a smoothed line.
    case faint
    /// Thin, for what is of the second rank beside a thick line.
    case thin
    case thick
    /// For what is ideal, predicted or given rather than measured.
    case dashed
  }

  /// Where a colour comes from.
  package enum Color: Sendable, Equatable {
    /// The next of the palette.
    case automatic
    /// One of the eight colours of the palette, which colour-blind readers can tell apart (after Okabe and Ito 2008).
    case palette(Int)
    /// One of a ramp from dark to bright, for series with an order such as batch sizes.
    case ramp(Int, of: Int)
    /// Grey.
    case muted
  }

  /// Stands in the key; empty stands for nothing there.
  package var name: String
  /// In the order in which a line joins them.
  package var points: [ChartPoint]
  /// What the points become.
  package var form: Form
  /// How the points' spreads are drawn.
  package var spread: Spread
  /// How strong the line is.
  package var stroke: Stroke
  /// Where the colour comes from.
  package var color: Color
  /// Whether the y axis has to hold all points; a line that is only to be compared with leaves what was measured its
  /// room.
  package var stretchesAxis = true

  /// A series; by default a solid line in the palette's next colour.
  package init(
    _ name: String, _ points: [ChartPoint], form: Form = .line, spread: Spread = .errorBars, stroke: Stroke = .solid,
    color: Color = .automatic
  ) {
    self.name = name
    self.points = points
    self.form = form
    self.spread = spread
    self.stroke = stroke
    self.color = color
  }

  /// A grey dashed line through the given points, such as linear speedup, cut off where it leaves the data's axis.
  package static func ideal(_ name: String, _ points: [ChartPoint]) -> ChartSeries {
    var series = law(name, points)
    series.stretchesAxis = false
    return series
  }

  /// A grey dashed line that is shown whole, such as what a theory predicts of what was measured.
  package static func law(_ name: String, _ points: [ChartPoint]) -> ChartSeries {
    ChartSeries(name, points, stroke: .dashed, color: .muted)
  }

  /// A histogram of `counts` between `edges`, of which there is one more.
  package static func histogram(
    _ name: String, edges: [Double], counts: [Double], color: Color = .automatic
  ) -> ChartSeries {
    precondition(edges.count == counts.count + 1, "\(edges.count) edges of \(counts.count) bins")
    let points = zip(edges, counts + [0]).map { ChartPoint($0, $1) }
    return ChartSeries(name, points, form: .histogram, color: color)
  }
}

/// A straight line across the chart that marks one value, named in the key.
package struct ChartGuide: Sendable, Equatable {
  /// The axis whose value is marked.
  package enum Direction: Sendable { case x, y }

  /// Names the guide.
  package var label: String
  /// The axis whose value is marked.
  package var direction: Direction
  /// The marked value.
  package var value: Double

  /// A line across the plot at a value of one of the axes.
  package init(label: String, direction: Direction, value: Double) {
    self.label = label
    self.direction = direction
    self.value = value
  }

  /// A vertical line at a value of the x axis.
  package static func x(_ value: Double, _ label: String) -> ChartGuide {
    ChartGuide(label: label, direction: .x, value: value)
  }

  /// A level line at a value of the y axis.
  package static func y(_ value: Double, _ label: String) -> ChartGuide {
    ChartGuide(label: label, direction: .y, value: value)
  }
}
