import Configuration
import Coordinator
import Gradients
import Kernels
import Records
import Reports
import Statistics

/// What monitoring systems may ask of a run that goes on.
struct RunMetrics: Sendable {
  private let name: String
  /// The last step, and the training samples of this process.
  private var step: StepRecord?
  private var samples = 0
  private var samplesPerSecond: Double?
  private var evaluation: Evaluation?
  private var taken: Int?

  init(_ plan: RunPlan) { name = plan.configuration.name }

  mutating func start(after step: Int) { taken = step }

  mutating func take(_ record: StepRecord) {
    step = record
    taken = record.step
    samples += record.samples
    // A rate over some dozen steps: one step's would be as the scrape happens to come.
    let now = record.seconds > 0 ? Double(record.samples) / record.seconds : nil
    if let now { samplesPerSecond = samplesPerSecond.map { 0.95 * $0 + 0.05 * now } ?? now }
  }

  mutating func take(_ evaluation: Evaluation) { self.evaluation = evaluation }

  /// All that is known by now; what is not known yet is left out.
  func metrics(_ running: RunningState) -> [Metric] {
    var metrics = [
      Metric(
        "isotherm_run_info", "The run, the program's version and the kernels that it computes with.", 1,
        labels: [
          ("name", name), ("version", IsothermVersion.current), ("kernels", KernelPath.active.rawValue),
        ]),
      Metric("isotherm_samples_total", "Training samples seen by this process.", Double(samples), kind: .counter),
      Metric("isotherm_steps_planned", "Steps of the whole run.", Double(running.plan.steps)),
    ]
    func add(_ name: String, _ help: String, _ value: Double?) {
      if let value { metrics.append(Metric(name, help, value)) }
    }
    add("isotherm_step", "Steps done.", taken.map(Double.init))
    add("isotherm_epoch", "Passes over the training set done.", step?.epoch)
    add("isotherm_loss", "Mean loss of the last step's batch.", step?.loss)
    add("isotherm_learning_rate", "Learning rate of the last step.", step?.learningRate)
    add("isotherm_samples_per_second", "Training samples a second, over some dozen steps.", samplesPerSecond)
    add(
      "isotherm_gradient_norm", "Euclidean norm of the last step's average gradient.",
      step.map { $0.gradient.squaredNorm.squareRoot() })
    add("isotherm_noise_scale", "Noise scale of the last hundred steps, in samples.", step?.noiseScale?.value)
    add(
      "isotherm_temperature_index", "Learning rate / (batch (1 - momentum)) of the last step.",
      step?.temperatureIndex)
    let set = evaluation?.isValidation == true ? "validation" : "test"
    add("isotherm_\(set)_loss", "Mean loss over the \(set) set at the last evaluation.", evaluation?.loss)
    add(
      "isotherm_\(set)_accuracy", "Share of the \(set) set that is right, 0 to 1, at the last evaluation.",
      evaluation?.accuracy)
    add(
      "isotherm_seconds_left", "Seconds that the run will still take, as it goes now.",
      taken.flatMap { running.secondsLeft(afterStep: $0) })
    add(
      "isotherm_process_resident_memory_bytes", "Resident memory of the process.",
      ProcessMemory.residentBytes.map(Double.init))
    return metrics
  }
}
