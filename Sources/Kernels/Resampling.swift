import CKernels

/// Which numbers of a picture one row of a stretched part of it is interpolated from.
package struct ResampledRow: Sendable, Equatable {
  /// Columns of the picture.
  package var width: Int
  package var channels: Int
  /// The rows of the picture above and below, and the lower one's share.
  package var upper: Int
  package var lower: Int
  package var lowerShare: Float
  /// The columns of the picture that may be seen.
  package var columns: Range<Int>
  /// The column, between two of the picture, that the first pixel stands for.
  package var first: Float
  /// Columns of the picture from a pixel to the next.
  package var step: Float

  package init(
    width: Int, channels: Int, upper: Int, lower: Int, lowerShare: Float, columns: Range<Int>, first: Float, step: Float
  ) {
    self.width = width
    self.channels = channels
    self.upper = upper
    self.lower = lower
    self.lowerShare = lowerShare
    self.columns = columns
    self.first = first
    self.step = step
  }
}

/// Pictures at other sizes.
package enum Resampling {
  /// Writes a row of pixels, each interpolated between its four neighbours in a picture of bytes: [height, width,
  /// channels] from number `first` of `picture` on.
  package static func row(_ row: ResampledRow, of picture: View<UInt8>, first: Int = 0, into output: Floats) {
    defer { keep(picture, output) }
    let (upper, lower) = check(row, picture.count, first, output)
    resample_row_bytes(
      picture.base + upper, picture.base + lower, row.lowerShare, row.columns.lowerBound, row.columns.upperBound - 1,
      row.first, row.step, output.count / row.channels, row.channels, output.base)
  }

  /// The same for a picture of floats.
  package static func row(_ row: ResampledRow, of picture: Floats, first: Int = 0, into output: Floats) {
    defer { keep(picture, output) }
    let (upper, lower) = check(row, picture.count, first, output)
    resample_row_floats(
      picture.base + upper, picture.base + lower, row.lowerShare, row.columns.lowerBound, row.columns.upperBound - 1,
      row.first, row.step, output.count / row.channels, row.channels, output.base)
  }

  /// Where both rows begin.
  private static func check(_ row: ResampledRow, _ count: Int, _ first: Int, _ output: Floats) -> (Int, Int) {
    let rowCount = row.width * row.channels
    let (upper, lower) = (first + row.upper * rowCount, first + row.lower * rowCount)
    precondition(
      row.channels > 0 && output.count.isMultiple(of: row.channels) && first >= 0 && row.upper >= 0 && row.lower >= 0
        && upper + rowCount <= count && lower + rowCount <= count && row.columns.lowerBound >= 0
        && !row.columns.isEmpty && row.columns.upperBound <= row.width && row.first.isFinite && row.step.isFinite,
      "\(row) from number \(first) of \(count) into \(output.count)")
    return (upper, lower)
  }
}

/// Colours of pictures.
package enum Colors {
  /// Changes the colours of an image, [pixels, channels] of 1 or 3 channels, whose colour is (x − shift) ÷ scale ÷ white,
  /// kept in [0, 1]; then x is made of the colour again.
  ///
  /// - Parameters:
  ///   - brightness: colour ← f · colour.
  ///   - contrast: colour ← f · colour + (1 − f) · the mean grey of the image.
  ///   - saturation: colour ← f · colour + (1 − f) · the pixel's grey.
  ///   - hue: a share of the circle, −½ to ½.
  ///   - order: 0..<24, the order of the four.
  package static func jitter(
    _ x: Floats, channels: Int, scale: Floats, shift: Floats, white: Float, brightness: Float, contrast: Float,
    saturation: Float, hue: Float, order: Int
  ) {
    defer { keep(x, scale, shift) }
    precondition(
      (channels == 1 || channels == 3) && x.count.isMultiple(of: channels) && scale.count == channels
        && shift.count == channels && (0..<24).contains(order) && white > 0,
      "colours of \(x.count) numbers of \(channels) channels by \(scale.count) scales, in order \(order)")
    color_jitter(
      x.base, x.count / channels, channels, scale.base, shift.base, white, brightness, contrast, saturation, hue,
      Int32(order))
  }
}
