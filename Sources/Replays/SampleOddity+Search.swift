import Checkpoints
import Kernels
import Records

extension SampleOddity {
  /// How many standard deviations from the other samples' mean a number is odd.
  private static let farDeviations = 100.0

  /// The samples of a bundle whose inputs have numbers that are not finite, or far from those of the others.
  static func find(_ file: SafetensorsFile, _ record: FailureRecord) throws -> [SampleOddity] {
    let inputs = try file.floats("inputs")
    let indices = try file.integers("indices")
    let width = record.data.shape.reduce(1, *)
    let labels = record.data.classNames == nil ? [] : try file.integers("labels")
    let rows = indices.indices.map { inputs[$0 * width..<($0 + 1) * width] }
    let sums = rows.map { Sums($0) }
    // All before, and all behind: to subtract a huge sample from the sum of all would leave nothing of the others.
    let before = sums.reduce(into: [Sums()]) { $0.append($0[$0.count - 1] + $1) }
    let behind = Array(sums.reversed().reduce(into: [Sums()]) { $0.append($0[$0.count - 1] + $1) }.reversed())
    return rows.indices.compactMap { row in
      let others = before[row] + behind[row + 1]
      guard var oddity = oddity(rows[row], others, row: row, sample: Int(indices[row])) else { return nil }
      if labels.indices.contains(row), let names = record.data.classNames {
        let label = Int(labels[row])
        oddity.label = label
        oddity.className = names.indices.contains(label) ? names[label] : nil
      }
      return oddity
    }
  }

  private static func oddity(_ values: ArraySlice<Float>, _ others: Sums, row: Int, sample: Int) -> SampleOddity? {
    var oddity = SampleOddity(row: row, sample: sample, notANumber: 0, infinite: 0, far: 0, element: 0, value: "")
    for (element, value) in values.enumerated() {
      let distance = others.deviations(of: Double(value))
      let isFar = value.isFinite && distance > Self.farDeviations
      guard !value.isFinite || isFar else { continue }
      if oddity.value.isEmpty { (oddity.element, oddity.value) = (element, value.isNaN ? "NaN" : "\(value)") }
      if value.isNaN { oddity.notANumber += 1 } else if isFar { oddity.far += 1 } else { oddity.infinite += 1 }
      if isFar { oddity.deviations = max(oddity.deviations ?? 0, distance) }
    }
    return oddity.value.isEmpty ? nil : oddity
  }

  /// Sums over finite numbers.
  private struct Sums {
    var count = 0.0
    var sum = 0.0
    var squares = 0.0

    init() {}

    init(_ values: ArraySlice<Float>) {
      for value in values where value.isFinite {
        count += 1
        sum += Double(value)
        squares += Double(value) * Double(value)
      }
    }

    static func + (a: Sums, b: Sums) -> Sums { Sums(a.count + b.count, a.sum + b.sum, a.squares + b.squares) }

    private init(_ count: Double, _ sum: Double, _ squares: Double) {
      self.count = count
      self.sum = sum
      self.squares = squares
    }

    /// How far a number is from the mean; 0 where nothing tells.
    func deviations(of value: Double) -> Double {
      guard count > 1 else { return 0 }
      let mean = sum / count
      let deviation = max(0, squares / count - mean * mean).squareRoot()
      guard deviation > 0, value.isFinite else { return 0 }
      return abs(value - mean) / deviation
    }
  }
}
