import Foundation

/// Real data beside the checkout, for tests that want it and skip without it.
public enum SharedData {
  /// `$ISOTHERM_TEST_DATA`, else `../shared/data` beside the package.
  public static let folder: URL = {
    if let path = ProcessInfo.processInfo.environment["ISOTHERM_TEST_DATA"] { return URL(fileURLWithPath: path) }
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return package.deletingLastPathComponent().appendingPathComponent("shared/data")
  }()

  /// Whether MNIST is there.
  public static let hasMNIST = FileManager.default.fileExists(atPath: mnist.path + "/train-images-idx3-ubyte.gz")

  /// The folder with MNIST's four gzip files.
  public static var mnist: URL { folder.appendingPathComponent("mnist") }
}
