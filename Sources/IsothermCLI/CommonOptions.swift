import Configuration
import Coordinator
import Keys
import Charts
import Reports
import Machine
import Kernels
import Datasets
import ArgumentParser
import Foundation

extension ArgumentHelp {
  /// Of `--set`.
  static var override: ArgumentHelp {
    ArgumentHelp(
      "Changes a key of the config, such as optimizer.momentum=0.8: a JSON value or a bare string. Repeatable.",
      valueName: "key=value")
  }
}

/// Options of every command that reads a config.
struct ConfigurationOptions: ParsableArguments {
  @Argument(help: "The run's JSON config.", completion: .file(extensions: ["json"]))
  var config: String

  @Option(name: .customLong("set"), help: .override)
  var overrides: [String] = []

  /// Reads the config with its overrides.
  func load() throws -> RunConfiguration {
    try Self.load(config, overrides: overrides)
  }

  static func load(_ path: String, overrides: [String]) throws -> RunConfiguration {
    // Every command that computes comes through here: a wrong choice of kernels is refused before any work.
    _ = try KernelPath.requested()
    let data = try content(of: path)
    return try RunConfiguration.decode(data, file: path, overrides: try overrides.map { try Override($0) })
  }

  /// The bytes of a config; what is none is said.
  private static func content(of path: String) throws -> Data {
    var isDirectory: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
    let message: String
    if isDirectory.boolValue {
      let isRun = FileManager.default.fileExists(atPath: path + "/config.json")
      message =
        "is a folder; give the path of a JSON config"
        + (isRun ? ", such as \(path)/config.json, which this run has" : "")
    } else if !exists {
      let folder = FileManager.default.currentDirectoryPath
      message = "no such file" + (path.hasPrefix("/") ? "" : " in \(folder)") + "; give the path of a JSON config"
    } else if let file = FileHandle(forReadingAtPath: path),
      // A byte more than a config may have: whoever decodes it says so, and a device without end is not read to it.
      let data = try? file.read(upToCount: 1 + RunConfiguration.mostBytes) ?? Data()
    {
      return data
    } else {
      message = "cannot be read; check its permissions"
    }
    throw ConfigurationError(issues: [.init(origin: path, path: "", message: message)])
  }
}

/// `--threads`.
struct ThreadOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Worker threads; results do not depend on it. Default: the config's.", valueName: "count"))
  var threads: Int?

  func validate() throws {
    try OptionRange.require("--threads", threads, in: OptionRange.threads)
  }
}

extension ThreadOptions {
  /// T of a study that shares work of its own among threads: the option, the config's number, or the cores.
  func count(_ configuration: RunConfiguration) -> Int {
    if let threads { return min(threads, BLASBuild.maximumCallers) }
    if case .count(let count) = configuration.threads { return min(count, BLASBuild.maximumCallers) }
    return min(ThreadCountRule.current.threads, BLASBuild.maximumCallers)
  }
}

/// `--json` and `--quiet`.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Prints a machine-readable result on standard output, everything else on standard error.")
  var json = false

  @Flag(name: .shortAndLong, help: "Shows nothing but errors and one closing sentence.")
  var quiet = false
}

/// Prints the text of a result on standard output; a reader that has gone away (`| head`) is no error.
///
/// What names and data bring along does not steer a terminal (``Reports/TerminalText``).
func printResult(_ text: String) {
  let style = TerminalStyle.detect(descriptor: 1)
  // What programs read (JSON, and Markdown of the keys) keeps its lines; a terminal would break others inside words.
  let isForPrograms = text.first.map { "{[#".contains($0) } ?? false
  let shown = TerminalText.shown(isForPrograms ? text : style.fitted(text), keepsColors: style.color)
  do {
    try FileHandle.standardOutput.write(contentsOf: Data((shown.hasSuffix("\n") ? shown : shown + "\n").utf8))
  } catch {
    OutputError(error).endUnlessReaderLeft()
  }
}

/// Standard output does not take what is printed.
struct OutputError: Error, CustomStringConvertible {
  private let code: Int32?

  init(_ error: any Error) {
    let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
    let found = underlying ?? (error as NSError)
    code = found.domain == NSPOSIXErrorDomain ? Int32(found.code) : (error as? POSIXError)?.code.rawValue
  }

  /// Whether the other end of a pipe or the terminal has gone away, or nobody opened any: then nobody misses anything.
  var isOfReaderThatLeft: Bool { code == EPIPE || code == EBADF || code == EIO && Self.isDevice }

  /// Whether standard output is a device. A terminal whose connection was lost is still one, and fails with EIO.
  private static var isDevice: Bool {
    var status = stat()
    return fstat(1, &status) == 0 && status.st_mode & S_IFMT == S_IFCHR
  }

  var description: String {
    "standard output: cannot be written (\(code.map { String(cString: strerror($0)) } ?? "unknown reason")), so what was "
      + "printed is not whole; free space on its disk, or name a file with --out where the command has it"
  }

  /// Ends the program with exit code 1 and says why, unless nobody reads.
  func endUnlessReaderLeft() {
    guard !isOfReaderThatLeft else { return }
    printRemark("isotherm: \(self)")
    Foundation.exit(Failure.runTime)
  }
}

/// Prints a remark on standard error, where what names and data bring along does not steer a terminal.
func printRemark(_ text: String) {
  let style = TerminalStyle.detect(descriptor: 2)
  // A terminal would break lines inside words.
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { style.wrapped(String($0)) }
  let shown = TerminalText.shown(lines.joined(separator: "\n"), keepsColors: style.color)
  try? FileHandle.standardError.write(contentsOf: Data((shown + "\n").utf8))
}

/// Expects how long the rest of a file takes from how long its part so far took.
struct LoadingClock {
  private var file = ""
  private var start = Date()

  /// `nil` until some of it is done.
  mutating func secondsLeft(_ progress: LoadingProgress) -> Double? {
    if progress.file != file {
      file = progress.file
      start = Date()
      return nil
    }
    guard progress.fraction > 0 else { return nil }
    return -start.timeIntervalSinceNow * (1 - progress.fraction) / progress.fraction
  }
}

/// Loads a run's data, with progress once it takes longer than a second.
func loadData(_ configuration: RunConfiguration, quiet: Bool) throws -> DataSplits {
  try loadData(configuration.data, seed: configuration.seed, quiet: quiet)
}

/// Loads data, with progress once it takes longer than a second.
func loadData(_ data: DataConfiguration, seed: UInt64, quiet: Bool) throws -> DataSplits {
  try showingProgress(quiet: quiet) { try RunData.load(data, seed: seed, progress: $0) }
}

/// Shows how far the loading of files or another activity has come, once it takes longer than a second.
func showingProgress<Result>(
  quiet: Bool, activity: String? = nil, _ load: (_ progress: @escaping (LoadingProgress) -> Void) throws -> Result
) rethrows -> Result {
  let writer = ProgressWriter(quiet: quiet)
  let start = Date()
  var clock = LoadingClock()
  defer { writer.finish() }
  return try load { progress in
    let secondsLeft = clock.secondsLeft(progress)
    if start.timeIntervalSinceNow < -1 {
      var state = ProgressState(
        step: Int(progress.fraction * 100), steps: 100, secondsLeft: secondsLeft,
        activity: activity ?? "loading \((progress.file as NSString).lastPathComponent)")
      state.isShare = true
      state.amount = progress.amount ?? loadedBytes(progress)
      writer.update(state)
    }
  }
}

/// "1.2 GiB of 3.0 GiB" of a file; `nil` for what is no file.
private func loadedBytes(_ progress: LoadingProgress) -> String? {
  let attributes = try? FileManager.default.attributesOfItem(atPath: progress.file)
  guard let attributes, attributes[.type] as? FileAttributeType == .typeRegular, let size = attributes[.size] as? Int
  else {
    return nil
  }
  return "\(HumanFormat.bytes(Int(progress.fraction * Double(size)))) of \(HumanFormat.bytes(size))"
}

/// Prints lines of a result, each of which has its end, on standard output; a reader that has gone away (`| head`) ends
/// the program well, since nobody wants the rest.
///
/// Lines are data: files and pipes get them as they are, and only a terminal those that cannot steer it.
func printLines(_ lines: String) {
  let shown = isatty(1) == 1 ? TerminalText.shown(lines, keepsColors: false) : lines
  do {
    try FileHandle.standardOutput.write(contentsOf: Data(shown.utf8))
  } catch {
    OutputError(error).endUnlessReaderLeft()
    Foundation.exit(0)
  }
}
