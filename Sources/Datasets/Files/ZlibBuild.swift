import CZlib

/// The library that unpacks compressed data in this process.
public enum ZlibBuild {
  /// Such as `1.3.1`.
  public static var version: String { String(cString: zlibVersion()) }
}
