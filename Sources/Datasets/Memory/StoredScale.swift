import Foundation

/// How stored single-precision numbers stand for those of a file: number = origin + stored · unit, column by column.
///
/// A float has 24 bits. Timestamps in milliseconds need 41 of them for the year alone, so 90 seconds of them would be
/// two or three different floats. Stored as differences to the training set's mean, they keep 24 bits of what tells
/// them apart, in the memory of a float; and standardising, which is blind to origin and unit, gives what it would give
/// in double precision, rounded last. Columns that floats hold well have origin 0 and unit 1.
public struct StoredScale: Codable, Sendable, Equatable {
  /// One a column or channel.
  public let origins: [Double]
  /// Powers of two, one a column or channel.
  public let units: [Double]
  /// Up to this difference from the origin a number counts as the origin: where a training column differs by no more
  /// than double precision's own noise, it is constant.
  package let noise: [Double]

  init(_ columns: [(origin: Double, unit: Double, noise: Double)]) {
    origins = columns.map(\.origin)
    units = columns.map(\.unit)
    noise = columns.map(\.noise)
  }

  /// The scale of other columns: each one of these, or one whose numbers are stored as they are.
  func picking(_ columns: [Int?]) -> StoredScale {
    StoredScale(columns.map { $0.map { (origins[$0], units[$0], noise[$0]) } ?? (0, 1, 0) })
  }

  /// Whether there is one of each for so many columns.
  func fits(_ columns: Int) -> Bool {
    origins.count == columns && units.count == columns && noise.count == columns
  }

  /// The float that stands for a number; infinite where there is none.
  @inline(__always)
  func stored(_ number: Double, column: Int) -> Float {
    let difference = number - origins[column]
    return abs(difference) <= noise[column] ? 0 : Float(difference / units[column])
  }

  /// The number that a float stands for.
  func number(_ stored: Float, column: Int) -> Double { origins[column] + Double(stored) * units[column] }
}
