import Models
import Machine
import Configuration
import Coordinator
import Datasets
import Kernels
import TestSupport
import Testing
import Workers

@Suite("A run that does not fit into memory")
struct MemoryLimitTests {
  private let data = Runs.samples(.features(20), count: 300)
  private let images = Runs.samples(.image(height: 7, width: 7, channels: 3), count: 300)

  private func plan(
    _ configuration: RunConfiguration, _ splits: DataSplits, threads: Int = 2, bytes: Int
  ) throws -> RunPlan {
    try RunPlan(configuration, splits: splits, threads: threads, memory: .init(bytes: bytes, source: .controlGroup))
  }

  private func refusal(
    _ configuration: RunConfiguration, _ splits: DataSplits, threads: Int = 2, bytes: Int
  ) throws -> RunError {
    let error = #expect(throws: RunError.self) {
      try plan(configuration, splits, threads: threads, bytes: bytes)
    }
    return try #require(error)
  }

  @Test("is refused by a byte too many, and accepted without it")
  func exact() throws {
    let configuration = Runs.configuration(.mlp(hidden: [300]), batch: 60)
    let peak = MemoryEstimate(try plan(configuration, data, bytes: .max)).totalBytes
    #expect(MemoryEstimate(try plan(configuration, data, bytes: peak)).totalBytes == peak)
    let error = try refusal(configuration, data, bytes: peak - 1)
    #expect(error.message.contains("the memory limit of the process's cgroup"))
  }

  @Test("names what it would take, its largest parts, what there is, and the key to change")
  func words() throws {
    // 4,000 · 4,000 weights are 61 MiB a vector: too many for 100 MiB, momentum included.
    let wide = Runs.configuration(.mlp(hidden: [4000, 4000]), batch: 64, microbatch: 64)
    let model = try refusal(wide, data, bytes: 100 << 20)
    #expect(model.path == "model")
    for words in ["this process may use 100.0 MiB", "for parameters and optimizer", "use a smaller model"] {
      #expect(model.message.contains(words), "\(model)")
    }
    // Sixteen shards' gradients of 8 MiB each; a single one would fit.
    let many = Runs.configuration(Runs.convolutional, batch: 256, shards: 16, microbatch: 16)
    var gradients = many
    gradients.model = .layers([
      .conv2d(channels: 128, kernel: 5, stride: 1, padding: 2, bias: true), .relu,
      .conv2d(channels: 448, kernel: 6, stride: 1, padding: 0, bias: true), .relu, .globalAveragePool,
      .dense(units: 5, bias: true),
    ])
    let shards = try refusal(gradients, images, threads: 16, bytes: 120 << 20)
    #expect(shards.path == "batch.shards", "\(shards)")
    #expect(shards.message.contains("for gradients of 16 shards") && shards.message.contains("fewer batch.shards"))
    // Arenas for 256 images at once.
    let arenas = try refusal(
      Runs.configuration(
        .layers([
          .conv2d(channels: 512, kernel: 3, stride: 1, padding: 1, bias: true), .relu, .globalAveragePool,
          .dense(units: 5, bias: true),
        ]), batch: 256, microbatch: 256), images, bytes: 60 << 20)
    #expect(arenas.path == "batch.microbatch", "\(arenas)")
    #expect(arenas.message.contains("for arenas, 2 ×"), "\(arenas)")
    let little = try refusal(Runs.configuration(.logistic, batch: 10), data, bytes: 1 << 20)
    #expect(little.message.contains("40.0 MiB for program"), "\(little)")
  }

  @Test("is refused whatever the sizes come to, with no product that overflows")
  func absurd() throws {
    // Fifty layers of a million units: 2^45 numbers a vector, 300 times that in the shards.
    let wide = Runs.configuration(
      .mlp(hidden: Array(repeating: 1 << 20, count: 50)), batch: 300, shards: 300, microbatch: 1)
    #expect(try refusal(wide, data, bytes: 1 << 40).path == "model")
    let error = try refusal(wide, data, bytes: 1 << 40)
    #expect(error.message.contains("TiB of memory"), "\(error)")
  }

  @Test("counts several trainers side by side, their data once")
  func sideBySide() throws {
    let configuration = Runs.configuration(.mlp(hidden: [300]), batch: 60)
    let plans = try [1, 2, 7].map { try plan(configuration, data, threads: $0, bytes: .max) }
    let estimates = plans.map(MemoryEstimate.init)
    let all = MemoryEstimate(sideBySide: plans)
    let shared = estimates[0].dataBytes + MemoryEstimate.programBytes + estimates[0].savingBytes
    #expect(all.totalBytes == estimates.reduce(0) { $0 + $1.totalBytes - shared } + shared)
    #expect(MemoryEstimate(sideBySide: [plans[1]]).totalBytes == estimates[1].totalBytes)
    #expect(throws: RunError.self) {
      try all.requireFit(.init(bytes: all.totalBytes - 1, source: .machine), path: "--threads", remedy: "use fewer")
    }
  }

  @Test("and that no plan foresaw is an error that says how much was asked for")
  func allocation() throws {
    let error = #expect(throws: AllocationError.self) { try AllocationError.requireMemory(bytes: 1 << 47) }
    #expect(error?.description.contains("140737488355328 bytes") == true)
    let configuration = Runs.configuration(
      .mlp(hidden: Array(repeating: 1 << 20, count: 50)), batch: 60, microbatch: 60)
    let plan = try plan(configuration, data, bytes: .max)
    #expect(throws: AllocationError.self) { try Trainer(plan) }
  }
}
