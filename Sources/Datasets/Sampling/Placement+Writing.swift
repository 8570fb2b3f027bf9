import Kernels

extension Placement {
  /// Writes the window, row by row: zeros, one run of the image, zeros; then the row's mirror image where it is flipped.
  ///
  /// - Parameters:
  ///   - input: [height, width, channels].
  ///   - run: writes numbers of the stored picture as they are, from a number on.
  ///   - stretched: writes a row of the image, or a run of it, that is interpolated.
  func write(
    into input: Floats, run: (_ first: Int, _ output: Floats) -> Void,
    stretched: (_ row: ResampledRow, _ output: Floats) -> Void
  ) {
    let rowCount = shape.width * shape.channels
    let (marginTop, marginLeft) = margin
    for y in 0..<shape.height {
      let row = input[y * rowCount..<(y + 1) * rowCount]
      let imageRow = isReflected ? Self.reflected(y + top, count: shape.height) : y + top
      guard isReflected || (rows.contains(imageRow) && !columns.isEmpty) else {
        row.fill(with: 0)
        continue
      }
      write(row: row) { columns, output in
        if let part {
          stretched(resampled(part, row: imageRow, columns: columns), output)
        } else {
          run(((marginTop + imageRow) * stored.width + marginLeft + columns.lowerBound) * shape.channels, output)
        }
      }
      if isFlipped { Self.mirror(row, channels: shape.channels) }
    }
  }

  /// Writes one row of the window; `image` writes some columns of the row of the image that it shows.
  private func write(row: Floats, image: (_ columns: Range<Int>, _ output: Floats) -> Void) {
    let channels = shape.channels
    let inside = isReflected ? (0..<shape.width).clamped(to: left..<left + shape.width) : columns
    let first = (inside.isEmpty ? 0 : inside.lowerBound - left) * channels
    let last = first + inside.count * channels
    if !inside.isEmpty { image(inside, row[first..<last]) }
    guard isReflected else {
      row.prefix(first).fill(with: 0)
      row[last..<row.count].fill(with: 0)
      return
    }
    for x in 0..<shape.width where x * channels < first || x * channels >= last {
      let column = Self.reflected(x + left, count: shape.width)
      guard inside.contains(column) else {
        image(column..<column + 1, row[x * channels..<(x + 1) * channels])
        continue
      }
      // Most often the pixel stands in the row already.
      for channel in 0..<channels {
        row[x * channels + channel] = row[first + (column - inside.lowerBound) * channels + channel]
      }
    }
  }

  /// Where a row of the stretched image lies in the stored picture: the middle of pixel i of n is at (i + ½) · side ÷ n.
  private func resampled(_ part: Part, row: Int, columns: Range<Int>) -> ResampledRow {
    func place(_ index: Int, of count: Int, _ first: Int, _ side: Int) -> Float {
      let place = Float(first) + (Float(index) + 0.5) * (Float(side) / Float(count)) - 0.5
      return min(max(place, Float(first)), Float(first + side - 1))
    }
    let y = place(row, of: shape.height, part.top, part.height)
    let upper = Int(y)
    return ResampledRow(
      width: stored.width, channels: shape.channels, upper: upper, lower: min(upper + 1, part.top + part.height - 1),
      lowerShare: y - Float(upper), columns: part.left..<part.left + part.width,
      first: Float(part.left) + (Float(columns.lowerBound) + 0.5) * (Float(part.width) / Float(shape.width)) - 0.5,
      step: Float(part.width) / Float(shape.width))
  }
}
