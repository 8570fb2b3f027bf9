import Foundation
import Fuzzing

#if ISOTHERM_LIBFUZZER
  /// libFuzzer's loop, in a build with its counters: `make fuzz-guided`.
  @_silgen_name("LLVMFuzzerRunDriver")
  private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ read: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
  ) -> CInt

  /// The target of this process: a function of C carries no state along.
  private let guided: FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["ISOTHERM_FUZZ_TARGET"] ?? ""
    guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
      print("ISOTHERM_FUZZ_TARGET: found \"\(name)\"; allowed: \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
      exit(2)
    }
    return target
  }()

  enum GuidedFuzzing {
    static let isBuilt = true

    /// Hands the command line to libFuzzer.
    static func run() -> Never {
      var count = CommandLine.argc
      var arguments = CommandLine.unsafeArgv
      _ = guided.name
      exit(
        runDriver(&count, &arguments) { bytes, count in
          _ = guided.refuses(Array(UnsafeBufferPointer(start: bytes, count: count)))
          return 0
        })
    }
  }
#else
  enum GuidedFuzzing {
    static let isBuilt = false
    static func run() -> Never { fatalError("a build without libFuzzer") }
  }
#endif
