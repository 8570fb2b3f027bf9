import Kernels
import TestSupport
import Testing

@Suite("The fingerprint of some numbers")
struct FingerprintTests {
  private func fingerprint(_ values: [Float]) -> UInt64 {
    var fingerprint = Fingerprint()
    fingerprint.add(Buffer(values).view)
    return fingerprint.value
  }

  @Test("changes with every single bit, at every place, for lengths that do not divide", arguments: [1, 2, 7, 8, 9, 37])
  func everyBit(count: Int) {
    var generator = SeededGenerator(seed: 4)
    let values = generator.floats(count)
    let whole = fingerprint(values)
    var seen: Set<UInt64> = [whole]
    for index in 0..<count {
      for bit in 0..<32 {
        var changed = values
        changed[index] = Float(bitPattern: changed[index].bitPattern ^ 1 << UInt32(bit))
        seen.insert(fingerprint(changed))
      }
    }
    #expect(seen.count == 32 * count + 1)
    #expect(fingerprint(values) == whole)
  }

  @Test("tells the order of numbers, and how many zeros there are")
  func order() {
    #expect(fingerprint([1, 2, 3]) != fingerprint([1, 3, 2]))
    #expect(fingerprint([0, 0]) != fingerprint([0]))
    var two = Fingerprint()
    two.add(7)
    two.add(9)
    var other = Fingerprint()
    other.add(9)
    other.add(7)
    #expect(two.value != other.value)
  }
}
