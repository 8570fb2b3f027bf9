import CZlib

/// The library that unpacks compressed data in this process.
package enum ZlibBuild {
  /// Such as `1.3.1`.
  package static var version: String { String(cString: zlibVersion()) }
}
