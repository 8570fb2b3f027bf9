import Foundation
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
      // 2^47 bytes, and two pages more where the build guards buffers with them.
      #expect(text.contains(/isotherm: the system gives no memory for 1407374883(55328|63520) bytes/), "\(text)")
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

  @Suite("A view") struct ViewLifetimeTests {
    /// A view whose buffer nobody else holds.
    private func orphan(_ elements: [Float]) -> Floats { Buffer(elements).view[2..<elements.count] }

    @Test("keeps the memory of a buffer that is gone, and so does a part of it")
    func outlivesBuffer() {
      let elements = (0..<3000).map { Float($0) / 7 }
      let views = (0..<20).map { orphan(elements.map { $0 + 1 }).prefix(2000 + $0) }
      // Memory that was given back would be mapped again here.
      let others = (0..<20).map { _ in orphan([Float](repeating: -1, count: 3000)) }
      for (index, view) in views.enumerated() {
        #expect(view.array() == elements[2..<2002 + index].map { $0 + 1 })
        view[1] = 5
        #expect(view[1] == 5)
      }
      #expect(others.allSatisfy { $0[7] == -1 })
    }

    @Test("keeps the buffers of a sum, too")
    func shards() {
      let shards = Shards((1...3).map { orphan([Float](repeating: Float($0), count: 1002)) })
      let sum = Buffer<Float>(count: 1000)
      Reduction.treeSum(shards, range: 0..<1000, into: sum.view)
      #expect(sum.array() == [Float](repeating: 6, count: 1000))
    }

    #if os(Linux)
      @Test("gives the memory back when the last one is gone")
      func unmaps() throws {
        let bytes = 4 << 30
        let before = try addressSpaceBytes()
        var view: View<UInt8>? = Buffer<UInt8>(count: bytes).view
        var part = view?.prefix(9)
        view = nil
        #expect(part?[8] == 0)
        #expect(try addressSpaceBytes() > before + bytes / 2)
        part = nil
        #expect(try addressSpaceBytes() < before + bytes / 2)
      }

      /// What this process has mapped. Other tests map much less meanwhile.
      private func addressSpaceBytes() throws -> Int {
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return try #require(pages.first.flatMap { Int($0) }) * 4096
      }
    #endif
  }
}
