import Foundation

/// When arrays stay in their files and are mapped, rather than read into memory.
package struct ArrayStorage: Sendable {
  /// From so many bytes on, an array whose elements are as memory needs them is mapped. A smaller one is read: it does not
  /// change when its file does.
  package var mappedFrom = 64 << 20
  /// From so many bytes on, an array whose elements are of another kind is converted once, into a file that is mapped. A
  /// smaller one is converted in memory, at every load.
  package var convertedFrom = Int(clamping: ProcessInfo.processInfo.physicalMemory / 4)
  /// The folder of converted arrays.
  package var folder = Self.cacheFolder()

  package init() {}

  /// `isotherm/arrays` in the user's cache directory: `$XDG_CACHE_HOME`, else `~/.cache`.
  private static func cacheFolder() -> String {
    let cache = ProcessInfo.processInfo.environment["XDG_CACHE_HOME"]
    return (cache.flatMap { $0.isEmpty ? nil : $0 } ?? expanded("~/.cache")) + "/isotherm/arrays"
  }
}
