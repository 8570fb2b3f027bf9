import Checkpoints
import Records

extension FailureBundle {
  /// A sample of the bundle as a picture of bytes, [height, width, 3].
  package struct Picture: Sendable {
    package let bytes: [UInt8]
    package let height: Int
    package let width: Int
  }

  /// The sample at fault as a picture; `nil` where samples are no pictures of one or three channels, or none is named.
  ///
  /// Black and white are the least and greatest numbers of most samples, so that a number without measure does not leave all
  /// others grey; numbers that are not finite are red.
  package func picture() throws -> Picture? {
    let shape = record.data.shape
    guard hasSamples, let row = record.place.row, shape.count == 3, [1, 3].contains(shape[2]) else { return nil }
    let file = try SafetensorsFile(path: folder + "/" + FailureRecord.FileName.samples)
    let (inputs, indices) = (try file.floats("inputs"), try file.integers("indices"))
    let size = shape.reduce(1, *)
    guard indices.indices.contains(row), inputs.count == indices.count * size else { return nil }
    let least = median(record.inputs.compactMap(\.minimum))
    let span = max(median(record.inputs.compactMap(\.maximum)) - least, .leastNormalMagnitude)
    let values = inputs[row * size..<(row + 1) * size]
    let channels = shape[2]
    let bytes = (0..<shape[0] * shape[1]).flatMap { pixel -> [UInt8] in
      let first = values.startIndex + pixel * channels
      let colors = values[first..<first + channels]
      guard colors.allSatisfy(\.isFinite) else { return [255, 0, 0] }
      let bytes = colors.map { UInt8(min(max((Double($0) - least) / span, 0), 1) * 255) }
      return channels == 1 ? [bytes[0], bytes[0], bytes[0]] : bytes
    }
    return Picture(bytes: bytes, height: shape[0], width: shape[1])
  }

  private func median(_ values: [Double]) -> Double { values.isEmpty ? 0 : values.sorted()[values.count / 2] }
}
