/// What a picture's file says of it before its pixels are decoded.
package struct PictureHeader: Sendable, Equatable {
  package var format: PictureFormat
  /// Rows as stored, before ``orientation``.
  var storedHeight: Int
  /// Columns as stored, before ``orientation``.
  var storedWidth: Int
  /// Whether it has shades of grey alone.
  package var isGrey: Bool
  package var orientation: Orientation
  /// Components of a JPEG: 1, 3, or 4 for CMYK and YCCK.
  var components = 3
  /// Whether a JPEG's pixels come in many scans, of which each goes over the whole picture.
  var isProgressive = false

  /// Rows of the upright picture.
  package var height: Int { orientation.swapsSides ? storedWidth : storedHeight }
  /// Columns of the upright picture.
  package var width: Int { orientation.swapsSides ? storedHeight : storedWidth }

  /// Reads the header of a whole file.
  package init(of bytes: [UInt8]) throws(PictureError) {
    let format = try PictureFormat(of: bytes)
    switch format {
    case .jpeg: self = try JPEG.header(bytes)
    case .png: self = try PNG.header(bytes)
    case .webp: self = try WebP.header(bytes)
    }
    try format.requireSize(height: storedHeight, width: storedWidth, bytes: bytes.count)
  }

  init(
    _ format: PictureFormat, height: Int, width: Int, isGrey: Bool, orientation: Orientation, components: Int = 3
  ) {
    self.format = format
    storedHeight = height
    storedWidth = width
    self.isGrey = isGrey
    self.orientation = orientation
    self.components = components
  }
}
