import Kernels
import Keys
import Pictures

/// Picture files: how each becomes bytes of one geometry, for a packed file and for predictions alike.
///
/// A file is decoded and turned upright, made grey or coloured, scaled until it just covers `height` × `width`, and its
/// middle is taken (as torchvision does it). Where samples are smaller than that, a sample is the middle of
/// what was taken.
public struct PictureForm: Codable, Sendable, Equatable {
  static let name = "pictures"

  /// Rows that a picture is scaled to cover.
  public var height: Int
  /// Columns that a picture is scaled to cover.
  public var width: Int
  /// 1 for grey, 3 for red, green and blue.
  public var channels: Int

  /// Pictures of this geometry.
  public init(height: Int, width: Int, channels: Int) {
    precondition(
      height > 0 && width > 0 && (channels == 1 || channels == 3), "pictures of \(height) × \(width) × \(channels)")
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// What is stored of each picture.
  var stored: SampleShape { .image(height: height, width: width, channels: channels) }

  /// The picture of a whole file's bytes.
  func picture(_ bytes: [UInt8]) throws(PictureError) -> Picture {
    try Picture(decoding: bytes).converted(channels: channels).covering(height: height, width: width)
  }
}

// MARK: Predictions

extension PictureForm {
  func reader(of location: InputLocation, _ preprocessing: Preprocessing) throws(DataError) -> any InputReader {
    // The numbers of a model's file may come from anywhere.
    guard (1...Limit.side).contains(height), (1...Limit.side).contains(width), height * width * 3 <= Limit.sample,
      channels == 1 || channels == 3, channels == preprocessing.shape.channels,
      preprocessing.shape.isImage, preprocessing.shape.height <= height, preprocessing.shape.width <= width,
      preprocessing.scale.channels == channels
    else {
      throw DataError(
        file: location.description,
        found:
          "a model that takes samples of \(preprocessing.shape) from pictures of \(height) × \(width) × \(channels)",
        allowed: "samples no larger than the pictures", remedy: "use the model's file as Isotherm wrote it")
    }
    return try PictureInputs(location, self, preprocessing)
  }
}
