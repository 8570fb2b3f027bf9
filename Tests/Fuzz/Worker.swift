import Foundation
import Fuzzing

/// Reads input after input, and says beforehand which is next.
struct Worker {
  private let target: FuzzTarget
  private let options: Options
  private let state: FileHandle

  /// CPU seconds that no input may take.
  static let mostSeconds = 1.0

  init(_ options: Options) {
    guard let target = FuzzTarget.all.first(where: { options.targets == [$0.name] }),
      let state = FileHandle(forUpdatingAtPath: options.stateFile)
    else {
      print("a worker has one target, and a file for its state")
      exit(2)
    }
    (self.target, self.options, self.state) = (target, options, state)
  }

  func run() {
    let mutator = options.mutator(target)
    let end = Date(timeIntervalSinceNow: options.seconds)
    // What the program and its libraries take: that of the seeds as they are.
    for seed in target.mutableSeeds { _ = target.refuses(seed) }
    let base = Self.peakBytes
    var (number, refused, peak) = (options.first, 0, base)
    while Date() < end {
      let input = mutator.input(number)
      // Fixed in length, so that a reader never sees half of it.
      write("\(number) \(number - options.first) \(refused)")
      let start = Self.cpuSeconds
      if target.refuses(input) { refused += 1 }
      let seconds = Self.cpuSeconds - start
      if seconds > Self.mostSeconds { print("slow \(number) \(seconds)") }
      let now = Self.peakBytes
      if now > peak, now - base > FuzzTarget.freeBytes + input.count * target.bytesOfByte {
        print("large \(number) \(now - base)")
      }
      peak = now
      number += 1
    }
    write("done \(number - options.first) \(refused)")
  }

  private func write(_ text: String) {
    try? state.seek(toOffset: 0)
    try? state.write(contentsOf: Data(text.padding(toLength: 64, withPad: " ", startingAt: 0).utf8))
  }

  private static var cpuSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  private static var peakBytes: Int {
    var usage = rusage()
    // RUSAGE_SELF, which has another type in each C library.
    getrusage(0, &usage)
    return usage.ru_maxrss << 10
  }
}
