import Checkpoints
import Testing

@Suite("A digest that follows a sequence")
struct RollingDigestTests {
  @Test("is SHA-256 of the digest before and the entry, as sha256sum has it")
  func definition() {
    let digest = RollingDigest()
    #expect(digest.hex == String(repeating: "0", count: 64))
    digest.absorb(Array("abc".utf8))
    #expect(digest.hex == SHA256Digest.hex(of: [UInt8](repeating: 0, count: 32) + Array("abc".utf8)))
    let first = digest.hex
    digest.absorb([])
    #expect(digest.hex != first)
  }

  @Test("goes on from its digits as if it had not been put down")
  func resumes() {
    let whole = RollingDigest()
    let parts = RollingDigest()
    for entry in [[1, 2, 3], [], [4], [5, 6]] as [[UInt8]] {
      whole.absorb(entry)
      let later = RollingDigest()
      later.hex = parts.hex
      later.absorb(entry)
      parts.hex = later.hex
    }
    #expect(parts.hex == whole.hex)
    whole.restart()
    #expect(whole.hex == RollingDigest().hex)
    whole.hex = "no digest"
    #expect(whole.hex == RollingDigest().hex)
  }
}
