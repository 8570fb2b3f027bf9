import Foundation
import Isotherm

/// Points of two spirals that wind round each other, with the spiral as their class: a source of this program's own.
///
/// Every sample follows from its number alone, so any number of threads may ask at once, in any order.
struct SpiralSamples: SampleSource {
  let name: String
  let count: Int
  /// Tells training points from test points.
  var offset = 0.0

  var shape: SampleShape { .features(2) }
  var task: PredictionTask { .classification(classNames: ["inner", "outer"]) }

  func write(_ sample: Int, into input: Floats) {
    let (x, y) = point(sample)
    input[0] = x
    input[1] = y
  }

  func label(of sample: Int) -> Int { sample % 2 }

  /// Two turns; the second spiral is the first one, turned by half a circle.
  private func point(_ sample: Int) -> (Float, Float) {
    let way = (Double(sample / 2) + 0.5 + offset) / Double((count + 1) / 2)
    let angle = 4 * Double.pi * way + (sample % 2 == 0 ? 0 : Double.pi)
    let radius = 0.2 + 1.8 * way
    return (Float(radius * cos(angle)), Float(radius * sin(angle)))
  }
}

/// `"dataset": "spirals"` in a config: so many points for training, half as many for the test.
struct SpiralSource: DataSourceKind {
  var points = 1024

  static let name = "spirals"
  static let about = "Two spirals of points in the plane."

  static func keys(_ section: Section, _ value: SpiralSource?) -> SpiralSource {
    SpiralSource(
      points: section.key(
        "points", value?.points, .integer(2...1_000_000), default: 1024, "Points of the training set."))
  }

  var mayBeImages: Bool { false }

  func load(_ request: LoadingRequest) throws(DataError) -> DataSplits {
    DataSplits(
      train: SpiralSamples(name: Self.name, count: points),
      test: SpiralSamples(name: Self.name, count: points / 2, offset: 0.25))
  }
}
