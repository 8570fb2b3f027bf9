/// Why bytes are no picture that can be used, in words without a full stop.
package enum PictureError: Error, Equatable, CustomStringConvertible {
  /// There are no bytes.
  case empty
  /// The bytes begin like no kind of picture that is known; what they look like, where that shows.
  case notAPicture(looksLike: String?)
  /// A kind of picture that is not read.
  case unsupported(String)
  /// The file ends before the picture does.
  case truncated(PictureFormat)
  /// The format's library refuses the bytes; its words.
  case damaged(PictureFormat, String)
  /// More pixels than ``PictureFormat/mostPixels``: the header may be altered, or made to fill the memory.
  case tooLarge(height: Int, width: Int)
  /// More scans of a progressive JPEG than ``JPEG/mostScans``: the file was made to take long.
  case tooManyScans
  /// More pixels than the file's bytes can mean (``PictureFormat/mostPixelsOfByte``).
  case implausible(PictureFormat, height: Int, width: Int, bytes: Int)

  package var description: String {
    switch self {
    case .empty: "the file is empty"
    case .notAPicture(let kind): "no picture" + (kind.map { ", but \($0)" } ?? "")
    case .unsupported(let kind): "\(kind), which is not read"
    case .truncated(let format): "a truncated \(format) picture"
    case .damaged(let format, let reason): "a damaged \(format) picture (\(reason))"
    case .tooLarge(let height, let width):
      "a picture of \(height) × \(width) pixels, more than \(PictureFormat.mostPixels / 1_000_000) million"
    case .tooManyScans: "a JPEG picture of more than \(JPEG.mostScans) scans; save it again with any program"
    case .implausible(let format, let height, let width, let bytes):
      "a \(format) picture of \(height) × \(width) pixels in \(bytes) bytes, more than \(format.mostPixelsOfByte) a byte"
    }
  }
}
