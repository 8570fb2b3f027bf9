import Kernels

/// The classes of whole numbers or texts: their distinct values, in order.
///
/// The values are those of the training labels. One that only another split has is a class too if it lies between the
/// smallest and the largest of training: a number that training lacks by chance. Any other is refused.
struct LabelClasses {
  /// Whole numbers, ascending; empty for texts.
  private var values: [Int] = []
  /// The name of each class.
  let names: [String]
  /// Of texts.
  private var numbers: [String: Int32] = [:]
  /// Classes that no training sample has.
  private(set) var unseen = 0

  /// Classes of whole numbers.
  ///
  /// - Parameters:
  ///   - training: the labels of training.
  ///   - others: those of other splits.
  init(_ training: [Int], others: [[Int]]) {
    values = Self.distinct(training)
    if let low = values.first, let high = values.last {
      let more = others.map(Self.distinct).flatMap { $0.filter { low < $0 && $0 < high } }
      let all = Self.distinct(values + more)
      unseen = all.count - values.count
      values = all
    }
    names = values.map(String.init)
  }

  /// Classes of texts.
  init(_ training: [String]) {
    let distinct = Set(training)
    let isNumeric = distinct.allSatisfy { Int($0) != nil }
    names = isNumeric ? distinct.sorted { (Int($0)!, $0) < (Int($1)!, $1) } : distinct.sorted()
    for (index, name) in names.enumerated() { numbers[name] = Int32(index) }
  }

  /// The distinct numbers, ascending.
  private static func distinct(_ numbers: [Int]) -> [Int] {
    guard let low = numbers.min(), let high = numbers.max() else { return [] }
    let (span, overflows) = high.subtractingReportingOverflow(low)
    if !overflows, span <= max(1024, numbers.count) {
      // The common case: few numbers beside one another.
      var isThere = Array(repeating: false, count: span + 1)
      for number in numbers { isThere[number - low] = true }
      return isThere.indices.filter { isThere[$0] }.map { low + $0 }
    }
    return Set(numbers).sorted()
  }

  /// Number of classes.
  var count: Int { names.count }
  /// Whether the classes are 0, 1, … n − 1.
  var isCounting: Bool { !values.isEmpty && values.first == 0 && values.last == values.count - 1 }

  /// The classes for a message.
  var listing: String {
    if isCounting { return "class numbers 0 to \(grouped(count - 1))" }
    let shown = names.prefix(6).joined(separator: ", ")
    return "the \(grouped(count)) classes of training: \(shown)\(count > 6 ? ", … \(names[count - 1])" : "")"
  }

  /// The class of a whole number, found by halving.
  func number(of value: Int) -> Int32? {
    if isCounting { return value >= 0 && value < count ? Int32(value) : nil }
    var (low, high) = (0, values.count)
    while low < high {
      let middle = (low + high) / 2
      if values[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low < values.count && values[low] == value ? Int32(low) : nil
  }

  /// The class of a text.
  func number(of text: String) -> Int32? { numbers[text] }
}
