/// A word that only those know who were told the page's address.
package struct LiveToken: Sendable {
  /// 32 hexadecimal digits.
  package let text: String

  /// 128 bits of the system's generator.
  package init() {
    var generator = SystemRandomNumberGenerator()
    let halves: [UInt64] = [generator.next(), generator.next()]
    text = halves.map { half in
      let digits = String(half, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  /// Whether a word is this one.
  ///
  /// It takes as long for one that is wrong at the first character as at the last, so that nobody can find the token
  /// out character by character.
  package func matches(_ word: some StringProtocol) -> Bool {
    let own = Array(text.utf8)
    let other = Array(word.utf8.prefix(own.count + 1))
    var difference = UInt8(own.count == other.count ? 0 : 1)
    for index in own.indices { difference |= own[index] ^ (index < other.count ? other[index] : 0) }
    return difference == 0
  }
}
