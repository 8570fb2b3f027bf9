/// Finds the name that a mistyped one probably stands for.
package enum NearestName {
  /// The candidate with the least edit distance, if that is at most half of the longer name's length.
  ///
  /// Case and separators do not count: `batch_size` is as good as `batchSize`.
  package static func among(_ candidates: [String], to name: String) -> String? {
    let plain = Array(plain(name))
    var best: (name: String, distance: Int)?
    for candidate in candidates {
      let other = Array(Self.plain(candidate))
      let distance = editDistance(plain, other)
      if distance <= max(plain.count, other.count) / 2, distance < best?.distance ?? .max {
        best = (candidate, distance)
      }
    }
    return best?.name
  }

  /// What an unknown key of some section probably stands for: one of the keys `here`, or a key of another section.
  ///
  /// `batch_size` outside all sections means `batch.size`, `momentum` means `optimizer.momentum`, and `learningRate`
  /// within one the section of that name.
  ///
  /// - Parameter synonym: the path of what the name stands for elsewhere.
  package static func suggestion(
    for key: String, here: [String], paths: [String], synonym: String? = nil
  ) -> String? {
    let plain = plain(key)
    func lastKey(_ path: String) -> String { String(path.split(separator: ".").last ?? "") }
    return paths.first { $0.contains(".") && Self.plain($0) == plain }
      ?? synonym.flatMap { paths.contains($0) ? $0 : nil }
      ?? paths.first { !here.contains($0) && !$0.contains(".") && Self.plain($0) == plain }
      ?? among(here, to: key)
      ?? paths.first { $0.contains(".") && Self.plain(lastKey($0)) == plain }
  }

  /// Lowercase letters and digits of `name`, the first 64: longer ones are no typing mistakes.
  package static func plain(_ name: String) -> String {
    String(name.lowercased().filter { $0.isLetter || $0.isNumber }.prefix(64))
  }

  /// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b` (Damerau 1964, in the form
  /// that edits no part twice).
  package static func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    var beforeLast = Array(repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var distance = min(row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          distance = min(distance, beforeLast[j - 1] + 1)
        }
        row.append(distance)
      }
      (beforeLast, last) = (last, row)
    }
    return last[b.count]
  }
}
