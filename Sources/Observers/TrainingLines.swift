import Calendars
import Coordinator
import Gradients
import Records
import Statistics

/// Makes lines of metrics from steps.
///
/// Every step has a line up to step 10,000, every second one up to 20,000, every fourth one up to 40,000, and so on: a run
/// of a million steps has 42,812 lines, and one of a billion 92,629. A line is of its own step alone, no mean of those
/// between: so what is recorded depends on the step alone, and a run that was stopped and went on leaves the same lines as one
/// that was not.
struct TrainingLines: Sendable {
  /// Steps that each have a line; the distance of lines doubles whenever the steps do from there on.
  private static let full = 10_000

  private let steps: Int
  private let calendar: StepCalendar
  private let countsClasses: Bool
  /// The last step that was seen.
  private var lastStep = 0
  /// Samples and seconds since the line before.
  private var samples = 0
  private var seconds = 0.0

  init(_ plan: RunPlan) {
    steps = plan.steps
    calendar = plan.calendar
    countsClasses = plan.countsClasses
  }

  /// Steps from one line to the next, about a step.
  static func interval(at step: Int) -> Int {
    let octave = max(0, step - 1) / full
    return 1 << (Int.bitWidth - octave.leadingZeroBitCount)
  }

  /// Whether a step has a line; the last one of a run has one besides.
  static func isRecorded(_ step: Int) -> Bool { step > 0 && step.isMultiple(of: interval(at: step)) }

  /// How many of the steps up to one have a line.
  static func count(upTo step: Int) -> Int {
    var count = min(max(0, step), full)
    var interval = 2
    while step > full * interval / 2 {
      count += min(step / interval, full) - full / 2
      interval *= 2
    }
    return count
  }

  /// The run goes on after so many steps.
  mutating func start(after step: Int) {
    lastStep = step
    samples = 0
    seconds = 0
  }

  /// The line of a step; `nil` where a long run leaves it out.
  mutating func line(for step: StepRecord) -> MetricsLine? {
    samples += step.samples
    seconds += step.seconds
    // Whoever is told late may have missed the very step that has a line: the next one has it then.
    let interval = Self.interval(at: step.step)
    let isDue = step.step / interval > lastStep / interval || step.step == steps
    lastStep = step.step
    guard isDue else { return nil }
    var line = MetricsLine.training(
      step: step.step, epoch: step.epoch, loss: step.loss, learningRate: step.learningRate,
      samplesPerSecond: seconds > 0 ? Double(samples) / seconds : 0,
      gradientNorm: step.gradient.squaredNorm.squareRoot(),
      trainAccuracy: countsClasses ? Double(step.correct) / Double(step.samples) : nil)
    if let noise = step.noiseScale {
      line.noiseScale = noise.value.finite
      line.noiseScaleLow = noise.low
      line.noiseScaleHigh = noise.high.finite
    }
    line.temperatureIndex = step.temperatureIndex
    if calendar.phases.count > 1 { line.batch = calendar.phase(ofStep: step.step - 1).batch }
    samples = 0
    seconds = 0
    return line
  }
}
extension MetricsLine {
  /// The line of an evaluation.
  init(step: Int, epoch: Double, _ evaluation: Evaluation) {
    self =
      evaluation.isValidation
      ? .validation(step: step, epoch: epoch, loss: evaluation.loss, accuracy: evaluation.accuracy)
      : .evaluation(step: step, epoch: epoch, testLoss: evaluation.loss, testAccuracy: evaluation.accuracy)
    rSquared = evaluation.regression?.rSquared
    density = evaluation.densities.isEmpty ? nil : evaluation.densities
  }
}

extension Double {
  /// `nil` for a number that JSON has no word for.
  fileprivate var finite: Double? { isFinite ? self : nil }
}
