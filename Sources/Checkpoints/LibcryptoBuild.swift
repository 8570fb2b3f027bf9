import CCrypto

/// The digest library that this process runs on.
package enum LibcryptoBuild {
  /// Name and version, such as `OpenSSL 3.0.19 27 Jan 2026`.
  package static var version: String { String(cString: OpenSSL_version(OPENSSL_VERSION)) }
}
