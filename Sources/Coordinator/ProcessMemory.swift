import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory of this process, as the system counts it.
package enum ProcessMemory {
  /// The largest resident memory so far, in bytes.
  ///
  /// From the kernel's record where there is one: `ru_maxrss` begins with what the program that started this one had,
  /// so that a run started by a large program would seem as large.
  package static var peakBytes: Int {
    if let peak = status("VmHWM:") { return peak }
    var usage = rusage()
    #if os(Linux)
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      return usage.ru_maxrss * 1024
    #else
      getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss
    #endif
  }

  /// Resident memory now, in bytes; `nil` where the system's record has no such line.
  package static var residentBytes: Int? { status("VmRSS:") }

  /// Begins the peak anew at the memory that is resident now (Linux, proc(5): `clear_refs`).
  ///
  /// - Returns: resident bytes now; `nil` where the system offers no such thing.
  package static func restartPeak() -> Int? {
    guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else { return nil }
    do {
      try file.write(contentsOf: Data("5".utf8))
      try file.close()
    } catch {
      return nil
    }
    return status("VmRSS:")
  }

  /// The largest resident memory since ``restartPeak()``, in bytes.
  package static var peakSinceRestart: Int? { status("VmHWM:") }

  /// A line of kibibytes of the kernel's record of this process.
  private static func status(_ key: String) -> Int? {
    let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    guard let line = text?.split(separator: "\n").first(where: { $0.hasPrefix(key) }) else { return nil }
    return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
  }
}
