import Gradients
import Calendars
import Coordinator
import Gradients
import Records
import Statistics

/// Makes lines of metrics from steps: what lies between two lines is summed up, and long runs have a line for every
/// second step, or third …
struct TrainingLines: Sendable {
  /// Training lines of a run at most.
  private static let most = 20_000

  private let steps: Int
  private let interval: Int
  private let calendar: StepCalendar
  private let countsClasses: Bool
  /// The last step that was seen.
  private var lastStep = 0
  /// Sums since the line before.
  private var samples = 0
  private var correct = 0
  private var seconds = 0.0

  init(_ plan: RunPlan) {
    steps = plan.steps
    interval = (plan.steps + Self.most - 1) / Self.most
    calendar = plan.calendar
    countsClasses = plan.countsClasses
  }

  /// The run goes on after so many steps.
  mutating func start(after step: Int) { lastStep = step }

  /// The line of a step; `nil` where a long run leaves it out.
  mutating func line(for step: StepRecord) -> MetricsLine? {
    samples += step.samples
    correct += step.correct
    seconds += step.seconds
    let isDue = step.step / interval > lastStep / interval || step.step == steps
    lastStep = step.step
    guard isDue else { return nil }
    var line = MetricsLine.training(
      step: step.step, epoch: step.epoch, loss: step.loss, learningRate: step.learningRate,
      samplesPerSecond: seconds > 0 ? Double(samples) / seconds : 0,
      gradientNorm: step.gradient.squaredNorm.squareRoot(),
      trainAccuracy: countsClasses ? Double(correct) / Double(samples) : nil)
    if let noise = step.noiseScale {
      line.noiseScale = noise.value.finite
      line.noiseScaleLow = noise.low
      line.noiseScaleHigh = noise.high.finite
    }
    line.temperatureIndex = step.temperatureIndex
    if calendar.phases.count > 1 { line.batch = calendar.phase(ofStep: step.step - 1).batch }
    samples = 0
    correct = 0
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
  }
}

extension Double {
  /// `nil` for a number that JSON has no word for.
  fileprivate var finite: Double? { isFinite ? self : nil }
}
