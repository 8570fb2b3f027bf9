import Dispatch

/// Measures how long a piece of work takes.
enum Timing {
  /// Seconds of one call of `body`: the median of many, after a warm-up.
  static func median(seconds: Double, _ body: () -> Void) -> Double {
    let samples = samples(seconds: seconds, body).sorted()
    return samples[samples.count / 2]
  }

  /// The medians of two pieces of work that take turns, each in front of the other half of the time.
  static func medians(seconds: Double, _ first: () -> Void, _ second: () -> Void) -> (Double, Double) {
    var times: ([Double], [Double]) = ([], [])
    func time(_ body: () -> Void) -> Double {
      let start = now
      body()
      return now - start
    }
    first()
    second()
    let end = now + seconds
    while now < end || times.0.count < 6 {
      if times.0.count % 2 == 0 {
        times.0.append(time(first))
        times.1.append(time(second))
      } else {
        times.1.append(time(second))
        times.0.append(time(first))
      }
    }
    return (times.0.sorted()[times.0.count / 2], times.1.sorted()[times.1.count / 2])
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
