import Kernels
import TestSupport
import Testing

@Suite("Numbers of files") struct NumberDecodingTests {
  private func decoded(_ bytes: [UInt8], _ encoding: NumberEncoding, isBigEndian: Bool = false) -> [Double] {
    let numbers = Buffer<Double>(count: bytes.count / encoding.bytes)
    // From an odd place, where nothing is aligned.
    numbers.view.decode([0, 0, 0] + bytes, from: 3, as: encoding, isBigEndian: isBigEndian)
    return numbers.array()
  }

  private func bytes<Number: FixedWidthInteger>(_ numbers: [Number], isBigEndian: Bool) -> [UInt8] {
    numbers.flatMap { number in
      let places = (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
      return isBigEndian ? places.reversed() : places
    }
  }

  @Test("are those that were written, in either byte order", arguments: [false, true])
  func integersAndReals(isBigEndian: Bool) {
    func holds<Number: FixedWidthInteger>(_ encoding: NumberEncoding, _: Number.Type) -> Bool {
      let numbers: [Number] = [.min, .max, 0, 1, 77, .max / 3]
      return decoded(bytes(numbers, isBigEndian: isBigEndian), encoding, isBigEndian: isBigEndian)
        == numbers.map { Double($0) }
    }
    #expect(holds(.uint8, UInt8.self) && holds(.uint16, UInt16.self) && holds(.uint32, UInt32.self))
    #expect(holds(.uint64, UInt64.self) && holds(.int8, Int8.self) && holds(.int16, Int16.self))
    #expect(holds(.int32, Int32.self) && holds(.int64, Int64.self))
    let singles: [Float] = [0.1, -3e38, .leastNonzeroMagnitude, .infinity]
    let doubles: [Double] = [0.1, -1.5e308, .leastNonzeroMagnitude, -.infinity]
    let big = isBigEndian
    #expect(
      decoded(bytes(singles.map(\.bitPattern), isBigEndian: big), .float32, isBigEndian: big)
        == singles.map(Double.init))
    #expect(decoded(bytes(doubles.map(\.bitPattern), isBigEndian: big), .float64, isBigEndian: big) == doubles)
    #expect(
      decoded(bytes([0x3F80, 0xC049] as [UInt16], isBigEndian: big), .bfloat16, isBigEndian: big) == [1, -3.140625])
  }

  @Test("of 16 bits are what NumPy says they are")
  func halves() {
    // numpy.array([…], dtype='uint16').view('float16').astype('float64')
    let cases: [(UInt16, Double)] = [
      (0x0000, 0), (0x0001, 5.960464477539063e-08), (0x03FF, 6.097555160522461e-05), (0x0400, 6.103515625e-05),
      (0x3555, 0.333251953125), (0x3C00, 1), (0x7BFF, 65504), (0x7C00, .infinity), (0xC248, -3.140625),
      (0xFBFF, -65504), (0x8001, -5.960464477539063e-08),
    ]
    #expect(decoded(bytes(cases.map(\.0), isBigEndian: false), .float16) == cases.map(\.1))
    #expect(decoded(bytes([0x7E00, 0x8000] as [UInt16], isBigEndian: true), .float16, isBigEndian: true)[0].isNaN)
    #expect(decoded([0, 0x80], .float16)[0].sign == .minus)
  }
}
