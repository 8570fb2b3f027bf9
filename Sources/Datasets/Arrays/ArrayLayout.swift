/// `data.layout`: where the values of a pixel stand in arrays [N, …] of three more dimensions.
package enum ArrayLayout: String, Sendable, CaseIterable {
  /// Found in the training array's shape, or asked about.
  case auto
  /// [N, channels, height, width], as PyTorch has images.
  case channelsFirst
  /// [N, height, width, channels].
  case channelsLast

  /// Whether entries of a training array are [channels, height, width].
  ///
  /// Images have 1, 3 or 4 channels. Where only the first of three dimensions is one of these, it counts channels; where
  /// both ends are, the two others must be those of a square, or nobody can tell.
  ///
  /// - Returns: what holds, and a remark for the user.
  func isChannelsFirst(_ file: ArrayFile) throws(DataError) -> (Bool, note: String?) {
    guard file.dimensions.count == 4 else {
      guard self != .channelsFirst else {
        throw DataError(
          file: file.path, found: "an array of shape \(file.dimensions)",
          allowed: "[N, channels, height, width], as data.layout is \"channelsFirst\"", remedy: "leave data.layout out")
      }
      return (false, nil)
    }
    guard self == .auto else { return (self == .channelsFirst, nil) }
    let (first, second, third) = (file.dimensions[1], file.dimensions[2], file.dimensions[3])
    let channels = [1, 3, 4]
    let taken =
      "\(file.path): shape \(file.dimensions) is taken as images of \(second) × \(third) pixels with \(first) "
      + "channel\(first == 1 ? "" : "s") first; \"layout\": \"channelsLast\" says otherwise"
    switch (channels.contains(first), channels.contains(third)) {
    case (true, false): return (true, taken)
    case (true, true) where first != third && (first == second) == (second == third) && file.width > 1:
      throw DataError(
        file: file.path,
        found: "shape \(file.dimensions), whose images may be \(first) × \(second) with \(third) channels or "
          + "\(second) × \(third) with \(first)",
        allowed: "a shape that tells channels from rows and columns",
        remedy: "set \"layout\" to \"channelsLast\" or \"channelsFirst\" in data")
    case (true, true) where first == third && first > 1:
      throw DataError(
        file: file.path, found: "shape \(file.dimensions), whose first or last dimension may be that of the channels",
        allowed: "a shape that tells channels from rows and columns",
        remedy: "set \"layout\" to \"channelsLast\" or \"channelsFirst\" in data")
    case (true, true): return second == third && first != second ? (true, taken) : (false, nil)
    case (false, false) where second == third && first != second && first < 16:
      return (
        false,
        "\(file.path): shape \(file.dimensions) is taken as images of \(first) × \(second) pixels with \(third) channels; "
          + "\"layout\": \"channelsFirst\" says otherwise"
      )
    default: return (false, nil)
    }
  }
}
