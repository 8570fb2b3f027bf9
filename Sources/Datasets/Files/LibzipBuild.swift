import CZip

/// The library that reads archives in this process.
package enum LibzipBuild {
  /// Such as `1.7.3`.
  package static var version: String? { zip_libzip_version().map { String(cString: $0) } }
}
