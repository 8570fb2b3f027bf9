import Foundation

/// A folder in memory for readers that want files, which this process alone uses.
struct InputFiles: Sendable {
  private let folder: String

  static let shared = InputFiles()

  private init() {
    let parent = FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
    folder = "\(parent)/isotherm-fuzz-\(ProcessInfo.processInfo.processIdentifier)"
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    atexit { InputFiles.shared.remove() }
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }

  /// The path of a file of this name in the folder.
  func path(_ name: String) -> String { folder + "/" + name }

  /// Writes a file over the one of that name, and returns its path.
  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    let path = path(name)
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard file >= 0 else { throw CocoaError(.fileWriteUnknown) }
    defer { close(file) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
      guard written > 0 else { throw CocoaError(.fileWriteUnknown) }
      rest = rest.dropFirst(written)
    }
    return path
  }
}
