import Datasets
import Keys

/// `evaluate.views`: the views of an image over which a network's outputs are averaged.
///
/// They are the image itself and its shifts, and of each the mirror image too, if that is asked for. Weights add up to 1.
public struct EvaluationViews: Sendable, Equatable {
  /// Whether every view has its mirror image beside it, with the same weight.
  public var mirror: Bool
  /// Pixels [down, right] by which the image is moved; what comes in at an edge is its reflection.
  public var shifts: [[Int]]
  /// Weight of all shifted views together, divided evenly among them; 0 where there are none.
  public var shiftWeight: Double

  public init(mirror: Bool = true, shifts: [[Int]] = [], shiftWeight: Double = 0.5) {
    self.mirror = mirror
    self.shifts = shifts
    self.shiftWeight = shiftWeight
  }

  static func keys(_ section: Section, _ value: EvaluationViews?) -> EvaluationViews {
    let standard = EvaluationViews()
    return EvaluationViews(
      mirror: section.key(
        "mirror", value?.mirror, .flag, default: standard.mirror,
        "Whether every view has its mirror image beside it, with the same weight."),
      shifts: section.key(
        "shifts", value?.shifts,
        .list(of: .list(of: .integer(-64...64), "pixels", count: 2...2), "shifts", count: 0...32),
        default: standard.shifts,
        "Pixels [down, right] by which the image is moved too; what comes in at an edge is its reflection."),
      shiftWeight: section.key(
        "shiftWeight", value?.shiftWeight, .number(.from(0, through: 1)), default: standard.shiftWeight,
        "Weight of all shifted views together, if there are any; the image as it stands has the rest."))
  }

  /// The views, with weights that add up to 1.
  package var all: [SampleView] {
    var places: [(down: Int, right: Int, weight: Double)] = [(0, 0, shifts.isEmpty ? 1 : 1 - shiftWeight)]
    for shift in shifts { places.append((shift[0], shift[1], shiftWeight / Double(shifts.count))) }
    return places.flatMap { place in
      (mirror ? [false, true] : [false]).map {
        SampleView(
          down: place.down, right: place.right, isMirrored: $0, weight: mirror ? place.weight / 2 : place.weight)
      }
    }
  }
}

extension EvaluationConfiguration {
  /// The views of an evaluation; none where each sample is taken as it is.
  package var sampleViews: [SampleView] { views?.all ?? [] }
}
