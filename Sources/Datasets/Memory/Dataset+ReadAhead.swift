import Kernels

/// Samples that are mapped from a file: what the system is told of their use.
extension Dataset {
  public var readsAhead: Bool {
    switch samples {
    case .bytes(let buffer): buffer.view.isMappedFile
    case .floats(let buffer): buffer.view.isMappedFile
    }
  }

  public func willRead(_ sample: Int) {
    let first = row(of: sample) * shape.count
    willNeed(first..<first + shape.count)
  }

  /// Samples that are read now, one after another; where they lie together, some that follow them are wanted soon.
  func willRead(_ range: Range<Int>) {
    guard rows == nil else {
      for sample in range { willRead(sample) }
      return
    }
    let ahead = 4 << 20
    willNeed(range.lowerBound * shape.count..<min(count * shape.count, range.upperBound * shape.count + ahead))
  }

  private func willNeed(_ range: Range<Int>) {
    switch samples {
    case .bytes(let buffer): buffer.view[range].willNeed()
    case .floats(let buffer): buffer.view[range].willNeed()
    }
  }

  /// Says how the samples will be read from now on; nothing is done for those in memory.
  func expectAccess(_ pattern: AccessPattern) {
    switch samples {
    case .bytes(let buffer): buffer.view.expectAccess(pattern)
    case .floats(let buffer): buffer.view.expectAccess(pattern)
    }
  }
}
