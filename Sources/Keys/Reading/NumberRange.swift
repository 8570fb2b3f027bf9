import JSON

/// The range of a floating-point key. Infinity and NaN are in none.
public struct NumberRange {
  private let lower: Double
  private let includesLower: Bool
  private let upper: Double?
  private let includesUpper: Bool

  /// lower ≤ x, and x < `below` or x ≤ `through`.
  public static func from(_ lower: Double, below upper: Double) -> NumberRange {
    NumberRange(lower: lower, includesLower: true, upper: upper, includesUpper: false)
  }
  public static func from(_ lower: Double, through upper: Double? = nil) -> NumberRange {
    NumberRange(lower: lower, includesLower: true, upper: upper, includesUpper: true)
  }
  /// lower < x, and x ≤ `through`.
  public static func above(_ lower: Double, through upper: Double? = nil) -> NumberRange {
    NumberRange(lower: lower, includesLower: false, upper: upper, includesUpper: true)
  }

  /// lower < x < `below`.
  public static func above(_ lower: Double, below upper: Double) -> NumberRange {
    NumberRange(lower: lower, includesLower: false, upper: upper, includesUpper: false)
  }

  package func contains(_ x: Double) -> Bool {
    guard x.isFinite, includesLower ? x >= lower : x > lower else { return false }
    guard let upper else { return true }
    return includesUpper ? x <= upper : x < upper
  }

  /// As messages say it: "from 0, below 1".
  package var phrase: String {
    let least = JSONValue.number(lower).line
    guard let upper else { return includesLower ? "from \(least) up" : "above \(least)" }
    let most = JSONValue.number(upper).line
    if includesLower, includesUpper { return "from \(least) to \(most)" }
    return "\(includesLower ? "from" : "above") \(least), \(includesUpper ? "at most" : "below") \(most)"
  }

  /// The bounds as JSON Schema has them.
  package var schema: [String: JSONValue] {
    var schema: [String: JSONValue] = ["type": "number"]
    schema[includesLower ? "minimum" : "exclusiveMinimum"] = .number(lower)
    if let upper { schema[includesUpper ? "maximum" : "exclusiveMaximum"] = .number(upper) }
    return schema
  }
}
