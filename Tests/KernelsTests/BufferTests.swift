import Kernels
import TestSupport
import Testing

extension KernelsTests {
  @Suite("Memory that the system does not give") struct BufferTests {
    @Test("ends the program with exit code 1 and one line that says how much was asked for")
    func lastResort() async throws {
      let result = await #expect(
        processExitsWith: .exitCode(1), observing: [\.standardErrorContent]
      ) {
        // 128 TiB, more than a process can address.
        _ = Buffer<Float>(count: 1 << 45)
      }
      let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
      #expect(text.contains("isotherm: the system gives no memory for 140737488355328 bytes"), "\(text)")
      #expect(text.contains("use a smaller model or batch"))
    }

    @Test("ends it so for a size that no number holds, too")
    func overflow() async {
      await #expect(processExitsWith: .exitCode(1)) { _ = Buffer<Double>(count: 1 << 61) }
    }

    @Test("is asked for before, as an error")
    func request() throws {
      try AllocationError.requireMemory(bytes: 0)
      try AllocationError.requireMemory(bytes: 1 << 20)
      let error = #expect(throws: AllocationError.self) { try AllocationError.requireMemory(bytes: 1 << 50) }
      #expect(error?.bytes == 1 << 50)
    }

    @Test("is counted without overflow")
    func saturation() {
      #expect(Int.saturatingProduct(3, 4, 5) == 60 && Int.saturatingProduct() == 1)
      #expect(Int.saturatingProduct(1 << 40, 1 << 40) == .max && Int.saturatingProduct(.max, 2, 0) == 0)
      #expect(Int.saturatingSum(1, 2, 3) == 6 && Int.saturatingSum(.max, 1) == .max)
    }
  }
}
