import Dispatch

/// Measures how long a piece of work takes.
enum Timing {
  /// Seconds of one call of `body`: the median of many, after a warm-up.
  static func median(seconds: Double, _ body: () -> Void) -> Double {
    let samples = samples(seconds: seconds, body).sorted()
    return samples[samples.count / 2]
  }

  /// Seconds a call in each of at least five samples, after a tenth of the time for warm-up. Short work is repeated
  /// within a sample, so that the clock's own time does not count.
  static func samples(seconds: Double, _ body: () -> Void) -> [Double] {
    let warmupEnd = now + seconds / 10
    var calls = 0
    let warmupStart = now
    repeat {
      body()
      calls += 1
    } while now < warmupEnd
    let estimate = (now - warmupStart) / Double(calls)
    let repeats = max(1, Int(1e-3 / max(estimate, 1e-9)))

    var samples: [Double] = []
    let end = now + seconds
    while now < end || samples.count < 5 {
      let start = now
      for _ in 0..<repeats { body() }
      samples.append((now - start) / Double(repeats))
    }
    return samples
  }

  private static var now: Double { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 }
}
