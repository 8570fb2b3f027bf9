import Foundation
import Kernels
import TestSupport
import Testing

/// Runs over several processes, started by the launchers of both families of MPI.
@Suite("Ranks that MPI has started", .serialized)
struct RankedCommandTests {
  /// A launcher that is installed.
  struct Launcher: Sendable, CustomTestStringConvertible {
    let family: String
    let path: String
    let options: [String]

    var testDescription: String { family }
  }

  /// Cores are fewer than ranks here, so that ranks must not be bound, nor spin.
  static let launchers: [Launcher] = [
    Launcher(family: "Open MPI", path: "/usr/bin/mpirun.openmpi", options: ["--oversubscribe", "--bind-to", "none"]),
    Launcher(family: "MPICH", path: "/usr/bin/mpirun.mpich", options: []),
  ].filter { FileManager.default.isExecutableFile(atPath: $0.path) }

  static let environment = [
    "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_mpi_yield_when_idle": "1",
    "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
  ]

  /// What a summary says that must not depend on ranks.
  private struct Outcome: Decodable, Equatable {
    let outcome: String
    let steps: Int
    let weightsSHA256: String
    let trainLoss: Double?
    let testLoss: Double?
    let noiseScale: Double?
    let confusionMatrix: [[Int]]?
  }

  private static func launch(
    _ launcher: Launcher, ranks: Int, _ arguments: [String], in folder: URL, environment: [String: String] = [:]
  ) throws -> Command.Result {
    let program = ["-n", "\(ranks)", Command.path] + arguments
    return try Command.run(
      launcher.options + program, in: folder, environment: Self.environment.merging(environment) { $1 },
      limits: "exec timeout 120 \(launcher.path) \"$@\"; #")
  }

  private static func outcome(_ folder: URL) throws -> Outcome {
    try JSONDecoder().decode(
      Outcome.self, from: Data(contentsOf: folder.appendingPathComponent("summary.json")))
  }

  /// Losses and gradient noise of every step.
  private static func losses(_ folder: URL) throws -> [String] {
    let text = try String(contentsOf: folder.appendingPathComponent("metrics.jsonl"), encoding: .utf8)
    return text.split(separator: "\n").compactMap { line in
      guard let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else { return nil }
      return ["step", "loss", "testLoss", "testAccuracy", "gradientNorm", "noiseScale"]
        .map { "\(object[$0] ?? "")" }.joined(separator: " ")
    }
  }

  /// Configs that differ in what crosses ranks.
  static let configs: [String: String] = [
    "a dense network whose layers are factored": """
    { "data": { "dataset": "digits" }, "model": { "preset": "mlp", "hidden": [256, 256] },
      "batch": { "size": 128, "shards": 8 }, "steps": 12, "evaluate": { "everySteps": 5 } }
    """,
    "batch norm, growing batches and a smaller last batch": """
    { "data": { "dataset": "digits", "lastBatch": "keep" },
      "model": { "layers": [ { "type": "conv2d", "channels": 5, "kernel": 3 }, { "type": "batchNorm" },
        { "type": "relu" }, { "type": "flatten" }, { "type": "dense", "units": 10 } ] },
      "batch": { "size": 40, "shards": 6, "microbatch": 4 }, "epochs": 2,
      "temperature": { "hold": true, "batches": [ { "epoch": 1, "size": 80 } ] } }
    """,
    "LARS, clipping and averaged weights": """
    { "data": { "dataset": "digits" }, "model": { "preset": "mlp", "hidden": [200, 40] },
      "batch": { "size": 96, "shards": 7 }, "steps": 12,
      "optimizer": { "method": "lars", "momentum": 0.9, "clipNorm": 0.5, "average": { "decay": 0.9 } } }
    """,
  ]

  @Test(
    "end with the bits of one process, for any number of ranks and threads, sending while they compute or after",
    .enabled(if: !launchers.isEmpty, "no MPI"),
    arguments: launchers, configs.keys.sorted())
  func sameBits(_ launcher: Launcher, _ name: String) throws {
    try withTemporaryFolder { folder in
      let config = folder.appendingPathComponent("config.json")
      try #require(Self.configs[name]).write(to: config, atomically: true, encoding: .utf8)
      let alone = try Command.run("train", "config.json", "--out", "alone", "--threads", "2", "--quiet", in: folder)
      try #require(alone.status == 0, "\(alone.errors)")
      let expected = try Self.outcome(folder.appendingPathComponent("alone"))
      let losses = try Self.losses(folder.appendingPathComponent("alone"))
      for (ranks, threads, overlap) in [(2, 1, true), (3, 2, false), (3, 1, true), (5, 1, true), (7, 3, true)] {
        let out = "ranks\(ranks)-\(threads)"
        let result = try Self.launch(
          launcher, ranks: ranks,
          [
            "train", "config.json", "--out", out, "--threads", "\(threads)", "--quiet", "--set",
            "ranks.overlap=\(overlap)",
          ], in: folder)
        try #require(result.status == 0, "\(ranks) ranks: \(result.errors.suffix(2000))")
        #expect(try Self.outcome(folder.appendingPathComponent(out)) == expected, "\(ranks) ranks")
        #expect(try Self.losses(folder.appendingPathComponent(out)) == losses, "\(ranks) ranks")
      }
    }
  }

  @Test(
    "a loss that is not finite ends all ranks at the step at which it ends one process, with exit code 4",
    .enabled(if: !launchers.isEmpty, "no MPI"), arguments: launchers)
  func diverged(_ launcher: Launcher) throws {
    try withTemporaryFolder { folder in
      let config = try #require(Self.configs["a dense network whose layers are factored"])
      try config.write(to: folder.appendingPathComponent("config.json"), atomically: true, encoding: .utf8)
      let options = ["--set", "learningRate.reference=1e30", "--set", "learningRate.warmup.kind=none", "--quiet"]
      let alone = try Command.run(["train", "config.json", "--out", "alone"] + options, in: folder)
      try #require(alone.status == 4, "\(alone.errors)")
      let result = try Self.launch(
        launcher, ranks: 3, ["train", "config.json", "--out", "ranks", "--threads", "1"] + options, in: folder)
      #expect(result.status == 4, "\(result.errors)")
      #expect(
        try Self.outcome(folder.appendingPathComponent("ranks"))
          == Self.outcome(folder.appendingPathComponent("alone")))
    }
  }

  private static let long = """
    { "data": { "dataset": "digits" }, "model": { "preset": "mlp", "hidden": [64] },
      "batch": { "size": 64, "shards": 8 }, "steps": 3000, "checkpoint": { "everySteps": 50 },
      "evaluate": { "everySteps": 1000 }, "optimizer": { "method": "adamw" } }
    """

  /// The run that nobody disturbs.
  private static func undisturbed(in folder: URL) throws -> Outcome {
    try long.write(to: folder.appendingPathComponent("long.json"), atomically: true, encoding: .utf8)
    let alone = try Command.run("train", "long.json", "--out", "alone", "--threads", "1", "--quiet", in: folder)
    try #require(alone.status == 0, "\(alone.errors)")
    return try outcome(folder.appendingPathComponent("alone"))
  }

  /// Ranks at work below a folder.
  private static func ranks(below folder: URL) -> [Int32] {
    let numbers = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }
    return numbers.filter { number in
      guard let name = try? String(contentsOfFile: "/proc/\(number)/comm", encoding: .utf8), name == "isotherm\n",
        let line = try? String(contentsOfFile: "/proc/\(number)/cmdline", encoding: .utf8),
        let place = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(number)/cwd")
      else { return false }
      return line.split(separator: "\0").dropFirst().first == "train"
        && place == folder.resolvingSymlinksInPath().path
    }.sorted()
  }

  private static func waitForCheckpoint(_ run: URL, beyond count: Int = 0, while isRunning: () -> Bool) {
    while isRunning() {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: run.path + "/checkpoints")) ?? []
      if names.count(where: { $0.hasPrefix("step-") }) > count { return }
      usleep(2000)
    }
  }

  @Test(
    "a run that was saved by some ranks goes on with any others, and with none, to the same bits",
    .enabled(if: !launchers.isEmpty, "no MPI"), arguments: launchers)
  func resumed(_ launcher: Launcher) throws {
    try withTemporaryFolder { folder in
      let expected = try Self.undisturbed(in: folder)
      let run = folder.appendingPathComponent("run")
      for (turn, ranks) in [3, 1, 2].enumerated() {
        let arguments = turn == 0 ? ["train", "long.json", "--out", "run"] : ["train", "--resume", "run"]
        let process =
          ranks == 1
          ? Command.process(arguments + ["--quiet"], in: folder.path)
          : Command.process(
            launcher.options + ["-n", "\(ranks)", Command.path] + arguments + ["--threads", "1", "--quiet"],
            in: folder.path, environment: Self.environment, limits: "exec timeout 120 \(launcher.path) \"$@\"; #")
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        let before = (try? FileManager.default.contentsOfDirectory(atPath: run.path + "/checkpoints").sorted()) ?? []
        while process.isRunning {
          let now = (try? FileManager.default.contentsOfDirectory(atPath: run.path + "/checkpoints").sorted()) ?? []
          if now != before { break }
          usleep(2000)
        }
        // One rank alone is asked: all save, and leave.
        if turn < 2, let rank = Self.ranks(below: folder).last { kill(rank, SIGTERM) }
        process.waitUntilExit()
        // Some launchers have a code of their own for ranks that end with one.
        if turn < 2 { #expect(process.terminationStatus != 0) } else { #expect(process.terminationStatus == 0) }
      }
      #expect(try Self.outcome(run) == expected)
    }
  }

  @Test(
    "a run whose ranks are killed is started again from its last checkpoint, and ends with the same bits",
    .enabled(if: !launchers.isEmpty, "no MPI"), arguments: launchers)
  func killed(_ launcher: Launcher) throws {
    try withTemporaryFolder { folder in
      let expected = try Self.undisturbed(in: folder)
      let process = Command.process(
        [
          "launch", "--mpirun", launcher.path, "--ranks-per-host", "3", "--restarts", "9", "train", "long.json",
          "--out",
          "run", "--threads", "1", "--quiet",
        ], in: folder.path, environment: Self.environment)
      let errors = folder.appendingPathComponent("errors")
      try Data().write(to: errors)
      process.standardOutput = FileHandle.nullDevice
      process.standardError = try FileHandle(forWritingTo: errors)
      try process.run()
      let run = folder.appendingPathComponent("run")
      for victim in [2, 0, 1] {
        Self.waitForCheckpoint(run) { process.isRunning }
        var ranks = Self.ranks(below: folder)
        while process.isRunning, ranks.count < 3 {
          usleep(2000)
          ranks = Self.ranks(below: folder)
        }
        guard ranks.count == 3 else { break }
        kill(ranks[victim], SIGKILL)
        while process.isRunning, Self.ranks(below: folder).contains(where: ranks.contains) { usleep(2000) }
      }
      process.waitUntilExit()
      let said = try String(contentsOf: errors, encoding: .utf8)
      #expect(process.terminationStatus == 0, "\(said)")
      #expect(said.contains("continuing from the checkpoint of step"), "\(said)")
      #expect(try Self.outcome(run) == expected)
    }
  }

  @Test(
    "ranks with other kernels are refused by all of them, in words, with exit code 2",
    .enabled(if: !launchers.isEmpty && KernelPath.supported.count > 1, "no MPI, or one kernel family alone"),
    arguments: launchers)
  func mixture(_ launcher: Launcher) throws {
    try withTemporaryFolder { folder in
      let arguments = ["train", Command.packageFolder + "/Configs/digits.json", "--out", "run"]
      let result = try Command.run(
        launcher.options + ["-n", "1", Command.path] + arguments
          + [":", "-n", "1", "/usr/bin/env", "ISOTHERM_KERNELS=portable", Command.path] + arguments, in: folder,
        environment: Self.environment, limits: "exec timeout 60 \(launcher.path) \"$@\"; #")
      #expect(result.status == 2, "\(result.errors)")
      #expect(result.errors.contains("CPU kernels") && result.errors.contains("rank 1"), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/run"))
    }
  }

  @Test(
    "with portable arithmetic, ranks with other kernels train to the bits of one process",
    .enabled(
      if: !launchers.isEmpty && KernelPath.supported.count(where: \.hasPortableArithmetic) > 1, "no MPI, or one path"),
    arguments: launchers)
  func portableMixture(_ launcher: Launcher) throws {
    try withTemporaryFolder { folder in
      let paths = KernelPath.supported.filter(\.hasPortableArithmetic).map(\.rawValue)
      func arguments(_ out: String) -> [String] {
        ["train", Command.packageFolder + "/Configs/digits.json", "--out", out, "--quiet", "--threads", "1"]
          + ["--set", "arithmetic=portable", "--set", "steps=4"]
      }
      let one = try Command.run(arguments("one"), in: folder)
      #expect(one.status == 0, "\(one.errors)")
      func rank(_ path: String) -> [String] {
        ["-n", "1", "/usr/bin/env", "ISOTHERM_KERNELS=\(path)", Command.path] + arguments("run")
      }
      let result = try Command.run(
        launcher.options + rank(paths[0]) + [":"] + rank(paths[paths.count - 1]), in: folder,
        environment: Self.environment, limits: "exec timeout 60 \(launcher.path) \"$@\"; #")
      #expect(result.status == 0, "\(result.errors)")
      #expect(
        try Self.outcome(folder.appendingPathComponent("run")) == Self.outcome(folder.appendingPathComponent("one")))
    }
  }

  @Test(
    "scale measures processes that it starts, and those of a launcher that has started it",
    .enabled(if: !launchers.isEmpty, "no MPI"), arguments: launchers)
  func scale(_ launcher: Launcher) throws {
    let options = ["--threads", "1,2", "--batches", "64,256", "--seconds", "0.05", "--rounds", "2"]
    let config = Command.packageFolder + "/Configs/digits.json"
    try withTemporaryFolder { folder in
      let own = try Command.run(
        ["scale", config] + options
          + ["--ranks", "1,3", "--mpirun", launcher.path, "--out", "own", "--json", "--quiet"],
        in: folder, environment: Self.environment)
      try #require(own.status == 0, "\(own.errors)")
      let study = try own.json()
      let cells = try #require(study["cells"] as? [[String: Any]])
      #expect(cells.compactMap { $0["ranks"] as? Int } == [1, 1, 3, 3, 1, 1, 3, 3])
      #expect(study["launcher"] as? String == launcher.family)
      #expect((study["networks"] as? [Any])?.count == 24)
      let started = try Self.launch(
        launcher, ranks: 2, ["scale", config] + options + ["--out", "started", "--quiet"], in: folder)
      try #require(started.status == 0, "\(started.errors)")
      let file = try Data(contentsOf: folder.appendingPathComponent("started/study.json"))
      let record = try #require(try JSONSerialization.jsonObject(with: file) as? [String: Any])
      let ranked = try #require(record["cells"] as? [[String: Any]])
      #expect(ranked.map { $0["ranks"] as? Int } == [2, 2, 2, 2])
      #expect(started.output.contains("2 ranks"), "\(started.output)")
    }
  }

  /// What diverges: in the loss; in the weights of the last step, before they are saved; under the trap.
  private static let diverging: [(name: String, keys: String, options: [String])] = [
    ("loss", #""learningRate": { "reference": 1e12 }, "steps": 40"#, []),
    ("weights", #""learningRate": { "reference": 1e12 }, "steps": 40, "checkpoint": { "everySteps": 1 }"#, []),
    ("trap", #""learningRate": { "reference": 1e12 }, "steps": 40"#, ["--trap-nan"]),
  ]

  @Test(
    "a run over ranks that diverges leaves the failure bundle of one process, to the byte",
    .enabled(if: !launchers.isEmpty, "no MPI"), arguments: launchers)
  func failureBundle(_ launcher: Launcher) throws {
    for (name, keys, options) in Self.diverging {
      try withTemporaryFolder { folder in
        try """
        { "data": { "dataset": "digits" }, "model": { "preset": "mlp", "hidden": [60, 40] },
          "batch": { "size": 96, "shards": 6 }, "optimizer": { "method": "sgd", "momentum": 0.9 }, \(keys) }
        """.write(to: folder.appendingPathComponent("c.json"), atomically: true, encoding: .utf8)
        let alone = try Command.run(
          ["train", "c.json", "--out", "alone", "--threads", "1", "--quiet"] + options, in: folder)
        try #require(alone.status == 4, "\(name): \(alone.errors)")
        let ranked = try Self.launch(
          launcher, ranks: 3, ["train", "c.json", "--out", "ranked", "--threads", "1", "--quiet"] + options, in: folder)
        #expect(ranked.status != 0)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/alone/failure").sorted()
        #expect(!files.isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/ranked/failure").sorted() == files)
        for file in files {
          let parts = try ["alone", "ranked"].map {
            try Self.numbers(Data(contentsOf: folder.appendingPathComponent("\($0)/failure/\(file)")), file)
          }
          #expect(parts[0] == parts[1], "\(name): \(file)")
        }
      }
    }
  }

  /// A file without the header of safetensors, which has times.
  private static func numbers(_ data: Data, _ file: String) -> Data {
    guard file.hasSuffix(".safetensors") else { return data }
    let header = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    return data.dropFirst(8 + header)
  }

  @Test("scale over ranks without a launcher says what to install, before a directory is made")
  func scaleAlone() throws {
    try withTemporaryFolder { folder in
      let result = try Command.run(
        "scale", Command.packageFolder + "/Configs/digits.json", "--ranks", "1,2", "--mpirun", "/no/such/mpirun",
        "--out",
        "study", in: folder)
      #expect(result.status == 1 && result.errors.contains("openmpi-bin"), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/study"))
    }
  }

  @Test("without its library, a launcher's ranks say what to install", .enabled(if: !launchers.isEmpty, "no MPI"))
  func noLibrary() throws {
    let launcher = Self.launchers[0]
    try withTemporaryFolder { folder in
      let result = try Self.launch(
        launcher, ranks: 2, ["train", Command.packageFolder + "/Configs/digits.json", "--out", "run"], in: folder,
        environment: ["ISOTHERM_MPI": "/no/such/library.so"])
      #expect(result.status == 1 && result.errors.contains("/no/such/library.so"), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/run"))
    }
  }

  @Test("a rank that hangs is named after the time that was asked for", .enabled(if: !launchers.isEmpty, "no MPI"))
  func hanging() throws {
    let launcher = Self.launchers[0]
    try withTemporaryFolder { folder in
      try Self.long.write(to: folder.appendingPathComponent("long.json"), atomically: true, encoding: .utf8)
      let process = Command.process(
        launcher.options + [
          "-n", "2", Command.path, "train", "long.json", "--out", "run", "--threads", "1", "--quiet",
        ],
        in: folder.path, environment: Self.environment.merging(["ISOTHERM_MPI_TIMEOUT": "2"]) { $1 },
        limits: "exec timeout 120 \(launcher.path) \"$@\"; #")
      let errors = folder.appendingPathComponent("errors")
      try Data().write(to: errors)
      process.standardOutput = FileHandle.nullDevice
      process.standardError = try FileHandle(forWritingTo: errors)
      try process.run()
      Self.waitForCheckpoint(folder.appendingPathComponent("run")) { process.isRunning }
      let ranks = Self.ranks(below: folder)
      try #require(ranks.count == 2)
      kill(ranks[1], SIGSTOP)
      while process.isRunning, kill(ranks[0], 0) == 0 { usleep(10_000) }
      kill(ranks[1], SIGCONT)
      kill(ranks[1], SIGKILL)
      process.waitUntilExit()
      let said = try String(contentsOf: errors, encoding: .utf8)
      #expect(said.contains("no answer from rank") && said.contains("for 2 s"), "\(said)")
      #expect(process.terminationStatus != 0)
    }
  }
}
