extension Chart {
  /// The chart as an SVG element for a page that has the chart rules in its style.
  ///
  /// `id` starts the ids of the title and the description, so it must be unique on the page; the page's style knows the
  /// class.
  package func svg(id: String, class name: String? = nil) -> String { svg(id: id, class: name, standalone: false) }

  /// The chart as an SVG file of its own, with its title, its style and its ground; light and dark.
  package func svgFile() -> String {
    var chart = self
    chart.height += 30
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + chart.svg(id: "chart", class: nil, standalone: true)
  }

  private func svg(id: String, class name: String?, standalone: Bool) -> String {
    let title = Markup.escaped(self.title)
    let margin = standalone ? 14.0 : 0
    let layout = ChartLayout(self, below: standalone ? 30 : 0)
    let box = [-margin, -margin, width + 2 * margin, height + 2 * margin].map(Markup.coordinate)
    var text =
      "<svg class=\"chart\(name.map { " " + $0 } ?? "")\" role=\"img\" aria-labelledby=\"\(id)-title \(id)-desc\""
    text += " viewBox=\"\(box.joined(separator: " "))\""
    if standalone { text += " xmlns=\"http://www.w3.org/2000/svg\" width=\"\(box[2])\" height=\"\(box[3])\"" }
    text += ">\n<title id=\"\(id)-title\">\(title)</title>\n"
    text += "<desc id=\"\(id)-desc\">\(Markup.escaped(spokenSummary))</desc>\n"
    if standalone {
      text += "<style>\(ChartTheme.properties)\n\(ChartTheme.chartRules)</style>\n"
      text += "<rect class=\"ground\" x=\"\(box[0])\" y=\"\(box[1])\" width=\"\(box[2])\" height=\"\(box[3])\""
      text += " rx=\"8\"/>\n<text class=\"title\" x=\"0\" y=\"18\">\(title)</text>\n"
    }
    var drawing = ChartDrawing(layout)
    text += drawing.render()
    return text + "</svg>\n"
  }
}
