#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// In what order the elements of a mapped file will be read.
package enum AccessPattern: Sendable {
  /// Not known: the system reads a little ahead of each page that is touched.
  case normal
  /// From front to back: the system reads far ahead.
  case sequential
  /// Here and there: the system reads what is touched and no more.
  case random

  fileprivate var advice: CInt {
    switch self {
    case .normal: CInt(MADV_NORMAL)
    case .sequential: CInt(MADV_SEQUENTIAL)
    case .random: CInt(MADV_RANDOM)
    }
  }
}

/// What the system is told of the pages of a mapped file. All of it is advice, which changes when a file is read and never
/// what is read; for memory that is no file's, nothing is done.
extension View {
  /// Whether the elements are a file's (``Buffer/init(mapping:offset:count:)``).
  package var isMappedFile: Bool { memory.isFile }

  /// Has the system begin to read the pages of these elements, without waiting for them.
  package func willNeed() {
    guard memory.isFile, count > 0 else { return }
    // Linux reads no more for one call than its readahead window, 128 KiB where nobody set it otherwise.
    let piece = 128 << 10
    let pages = filePages
    var start = 0
    while start < pages.count {
      madvise(pages.baseAddress! + start, Swift.min(piece, pages.count - start), CInt(MADV_WILLNEED))
      start += piece
    }
    keep(memory)
  }

  /// Says how these elements will be read from now on.
  package func expectAccess(_ pattern: AccessPattern) {
    guard memory.isFile, count > 0 else { return }
    madvise(filePages.baseAddress!, filePages.count, pattern.advice)
    keep(memory)
  }

  /// Takes the pages of these elements out of this process's memory. They stay in the system's cache of the file, where it
  /// has room for them, and come back when they are touched.
  package func release() {
    guard memory.isFile, count > 0 else { return }
    madvise(filePages.baseAddress!, filePages.count, CInt(MADV_DONTNEED))
    keep(memory)
  }

  /// Where these elements lie, for whoever asks the system for memory of certain nodes: nobody reads or writes through it.
  package var pages: (address: UInt, bytes: Int) {
    (UInt(bitPattern: filePages.baseAddress), filePages.count)
  }

  /// All pages that hold a part of these elements.
  private var filePages: UnsafeMutableRawBufferPointer {
    let first = UnsafeMutableRawPointer(base)
    let lead = Int(bitPattern: first) % MappedMemory.systemPageBytes
    return UnsafeMutableRawBufferPointer(
      start: first - lead, count: lead + count * MemoryLayout<Element>.stride)
  }
}
