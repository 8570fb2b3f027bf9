import Machine
import Gradients
import Configuration
import Coordinator
import Datasets
import Foundation
import Models
import Records
import Workers

extension ScaleGrid {
  /// What was measured so far, with the model that is fitted to it.
  func record(
    _ runs: [ScaleCellRun], _ ranked: Ranked = Ranked(), baseBytes: Int, began: Date, outcome: RunOutcome
  ) -> ScaleRecord {
    let cores = ThreadCountRule.current.threads
    var record = ScaleRecord(
      name: plans[0].configuration.name, machine: MachineRecord.current, usableCores: cores)
    record.outcome = outcome
    record.isothermVersion = IsothermVersion.current
    record.startedAt = began.formatted(.iso8601)
    record.wallSeconds = -began.timeIntervalSinceNow
    record.dataset = plans[0].splits.train.name
    record.trainSamples = plans[0].splits.train.count
    record.parameters = plans[0].network.trainedCount
    record.flopsPerSample = plans[0].network.trainingFLOPs
    record.secondsPerCell = settings.seconds
    record.rounds = settings.rounds
    let own = runs.compactMap {
      $0.cell(baseBytes: baseBytes, usableCores: cores, hostRanks: settings.hostRanks)
    }
    record.cells = (own + ranked.cells).compared()
    record.launcher = ranked.launcher
    record.weakScaling = record.cells.weakScaling()
    addForecast(to: &record)
    return record
  }

  /// Fits the cost model to the cells within the cores, and asks it for more threads.
  private func addForecast(to record: inout ScaleRecord) {
    let machine = Topology.current.allowed
    let fitted = record.cells.indices.filter { !record.cells[$0].exceedsCores }
    func plan(_ cell: ScaleCell) -> RunPlan? {
      plans.first { $0.division.batch == cell.batch && $0.threads == cell.threads }
    }
    let observations = fitted.compactMap { index -> ScaleModel.Observation? in
      let cell = record.cells[index]
      return plan(cell).map {
        ScaleModel.Observation(
          work: StepWork(
            $0, threads: cell.threads, ranks: cell.ranks, hostRanks: cell.hostRanks, machine: machine),
          gradientSeconds: cell.gradientSeconds, reduceSeconds: cell.reduceSeconds)
      }
    }
    guard let forecast = ScaleForecast(observations, machine: machine) else { return }
    for (place, index) in fitted.enumerated() {
      record.cells[index].modelStepSeconds = forecast.model.cost(observations[place].work).stepSeconds
      record.cells[index].heldOutStepSeconds = forecast.heldOutSeconds(place)
    }
    record.model = forecast.record
    for cell in record.cells where record.cells.first(where: { $0.batch == cell.batch }) == cell {
      guard let plan = plan(cell) else { continue }
      record.predictions += forecast.predictions(plan, baseSeconds: cell.stepSeconds)
      if let limit = forecast.limit(plan, usableCores: record.usableCores) { record.limits.append(limit) }
      record.networks = (record.networks ?? []) + forecast.networks(plan)
    }
  }
}
