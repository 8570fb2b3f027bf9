/// Reads rows of `metrics.jsonl` that are as the program writes them: one object of known keys with numbers, no spaces.
///
/// A general decoder takes some thirty microseconds a row, and long runs have a million.
struct MetricsRowParser {
  private let bytes: ArraySlice<UInt8>
  private var index: Int

  private init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    index = bytes.startIndex
  }

  /// The line of a row; `nil` where anything is not as it is written, which another reader may still understand.
  static func line(_ bytes: ArraySlice<UInt8>) -> MetricsLine? {
    var parser = MetricsRowParser(bytes)
    return parser.line()
  }

  private mutating func line() -> MetricsLine? {
    guard takes(UInt8(ascii: "{")) else { return nil }
    var line = MetricsLine()
    var seen = 0
    repeat {
      guard let place = key(), seen & (1 << place) == 0, takes(UInt8(ascii: ":")), set(place, &line) else { return nil }
      seen |= 1 << place
    } while takes(UInt8(ascii: ","))
    guard takes(UInt8(ascii: "}")), index == bytes.endIndex, seen & Self.required == Self.required else { return nil }
    return line
  }

  // MARK: Keys

  private static let names = [
    "loss", "learningRate", "samplesPerSecond", "gradientNorm", "trainAccuracy", "temperatureIndex", "testLoss",
    "testAccuracy", "noiseScale", "noiseScaleLow", "noiseScaleHigh", "validationLoss", "validationAccuracy", "rSquared",
    "step", "epoch", "batch", "density",
  ].map { Array($0.utf8) }
  private static let (step, epoch, batch, density) = (14, 15, 16, 17)
  private static let required = 1 << step | 1 << epoch

  private mutating func key() -> Int? {
    guard takes(UInt8(ascii: "\"")) else { return nil }
    guard let end = bytes[index...].firstIndex(of: UInt8(ascii: "\"")) else { return nil }
    let name = bytes[index..<end]
    index = end + 1
    return Self.names.firstIndex { $0.count == name.count && $0.elementsEqual(name) }
  }

  private mutating func set(_ place: Int, _ line: inout MetricsLine) -> Bool {
    if place == Self.density {
      line.density = shares()
      return line.density != nil
    }
    let start = index
    while index < bytes.endIndex, bytes[index] != UInt8(ascii: ","), bytes[index] != UInt8(ascii: "}") { index += 1 }
    let value = bytes[start..<index]
    switch place {
    case Self.step, Self.batch:
      guard let number = Self.whole(value) else { return false }
      if place == Self.step { line.step = number } else { line.batch = number }
    case Self.epoch:
      guard let number = Self.number(value) else { return false }
      line.epoch = number
    default:
      let isNull = value.elementsEqual("null".utf8)
      guard let number = isNull ? .nan : Self.number(value) else { return false }
      Self.set(place, number, &line)
    }
    return true
  }

  /// An object of numbers, whose keys have nothing that JSON escapes.
  private mutating func shares() -> [String: Double]? {
    guard takes(UInt8(ascii: "{")) else { return nil }
    var shares: [String: Double] = [:]
    repeat {
      guard takes(UInt8(ascii: "\"")), let end = bytes[index...].firstIndex(of: UInt8(ascii: "\"")) else { return nil }
      let name = bytes[index..<end]
      guard name.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else { return nil }
      index = end + 1
      guard takes(UInt8(ascii: ":")) else { return nil }
      let start = index
      while index < bytes.endIndex, bytes[index] != UInt8(ascii: ","), bytes[index] != UInt8(ascii: "}") { index += 1 }
      guard let number = Self.number(bytes[start..<index]),
        shares.updateValue(number, forKey: String(decoding: name, as: UTF8.self)) == nil
      else { return nil }
    } while takes(UInt8(ascii: ","))
    return takes(UInt8(ascii: "}")) ? shares : nil
  }

  private static func set(_ place: Int, _ number: Double, _ line: inout MetricsLine) {
    switch place {
    case 0: line.loss = number
    case 1: line.learningRate = number
    case 2: line.samplesPerSecond = number
    case 3: line.gradientNorm = number
    case 4: line.trainAccuracy = number
    case 5: line.temperatureIndex = number
    case 6: line.testLoss = number
    case 7: line.testAccuracy = number
    case 8: line.noiseScale = number
    case 9: line.noiseScaleLow = number
    case 10: line.noiseScaleHigh = number
    case 11: line.validationLoss = number
    case 12: line.validationAccuracy = number
    default: line.rSquared = number
    }
  }

  private mutating func takes(_ byte: UInt8) -> Bool {
    guard index < bytes.endIndex, bytes[index] == byte else { return false }
    index += 1
    return true
  }

  // MARK: Numbers

  /// Digits alone.
  private static func whole(_ text: ArraySlice<UInt8>) -> Int? {
    guard (1...18).contains(text.count), text.count == 1 || text.first != 0x30 else { return nil }
    var value = 0
    for byte in text {
      guard (0x30...0x39).contains(byte) else { return nil }
      value = value * 10 + Int(byte - 0x30)
    }
    return value
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]

  /// A number as JSON has them. Where all digits fit a double, and the power of ten does, their quotient is rounded once,
  /// and so right (Clinger 1990); others go the standard library's way.
  private static func number(_ text: ArraySlice<UInt8>) -> Double? {
    var digits: UInt64 = 0
    var decimals = 0
    var hasPoint = false
    var hasPower = false
    var isShort = text.count <= 17
    // JSON has no numbers like 012.
    let unsigned = text.first == UInt8(ascii: "-") ? text.dropFirst() : text
    if unsigned.first == 0x30, unsigned.dropFirst().first.map(isDigit) ?? false { return nil }
    var before: UInt8 = 0
    for byte in text {
      let followsDigit = isDigit(before)
      switch byte {
      case 0x30...0x39:
        if isShort { digits = digits * 10 + UInt64(byte - 0x30) }
        if hasPoint { decimals += 1 }
      case UInt8(ascii: "-") where before == 0: break
      case UInt8(ascii: ".") where followsDigit && !hasPoint && !hasPower: hasPoint = true
      case UInt8(ascii: "e") where followsDigit && !hasPower, UInt8(ascii: "E") where followsDigit && !hasPower:
        (isShort, hasPower) = (false, true)
      case UInt8(ascii: "+") where before | 0x20 == UInt8(ascii: "e"): break
      case UInt8(ascii: "-") where before | 0x20 == UInt8(ascii: "e"): break
      default: return nil
      }
      before = byte
    }
    guard isDigit(before) else { return nil }
    if isShort, digits < 1 << 53, decimals < powersOfTen.count {
      let value = Double(digits) / powersOfTen[decimals]
      return text.first == UInt8(ascii: "-") ? -value : value
    }
    // A number too small for a double is the general decoder's to judge.
    guard let value = Double(String(decoding: text, as: UTF8.self)), value.isNormal else { return nil }
    return value
  }
}
