import CPNG
import CWebP
import Foundation

/// The libraries that decode pictures in this process.
package enum PictureLibraries {
  /// Such as `1.6.39`.
  package static var png: String? { png_get_libpng_ver(nil).map { String(cString: $0) } }

  /// Such as `1.2.4`.
  package static var webp: String? {
    let version = WebPGetDecoderVersion()
    return "\(version >> 16).\(version >> 8 & 0xFF).\(version & 0xFF)"
  }

  /// libjpeg-turbo has no function that tells; on Linux, the name of the file that is loaded, such as
  /// `libturbojpeg.so.0.2.0`.
  package static var turboJPEG: String? {
    // Such a file says that it has no bytes, so that it is read to its end.
    guard let file = FileHandle(forReadingAtPath: "/proc/self/maps"), let bytes = try? file.readToEnd() else {
      return nil
    }
    let map = String(decoding: bytes, as: UTF8.self)
    let files = map.split(separator: "\n").compactMap { $0.split(separator: "/").last }
    return files.first { $0.hasPrefix("libturbojpeg") }.map(String.init)
  }
}
