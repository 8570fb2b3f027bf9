import Configuration
import Gradients
import JSON
import Kernels
import Models

/// A run over several ranks begins on all of them as it does on the first, which alone reads and writes files.
extension Trainer {
  /// What rank 0 tells the others beside the numbers of its vectors.
  private struct Beginning: Codable {
    var progress: RunProgress
    var resumedFromStep: Int?
    var hasBest: Bool
  }

  /// The other ranks, to whom a part of what they need is sent while the rest is computed, unless the config says otherwise.
  static func collective(_ collective: any Collective, for plan: RunPlan) -> any Collective {
    collective.ranks > 1 ? collective.inBackground(overlaps: plan.configuration.ranks?.overlap ?? true) : collective
  }

  /// Whether other processes take part in the run.
  package var isRanked: Bool { collective.ranks > 1 }

  /// Refuses ranks that have read other data than rank 0.
  package func requireSameData() throws { try RankIdentity.requireSameData(dataSHA256, collective) }

  /// Gives every rank all of the optimizer's state, of which each keeps its own slice between steps.
  package func collectState() { update.collectState() }

  /// From here on, a rank that is silent for so many seconds is lost.
  package func expectAnswers(within seconds: Double) { collective.expectAnswers(within: seconds) }

  /// Gives every rank the state of rank 0: initial weights, those of a file, or all of a run that goes on.
  package func shareState() throws {
    guard collective.ranks > 1 else { return }
    let own = Beginning(progress: progress, resumedFromStep: resumedFromStep, hasBest: best != nil)
    let text = String(decoding: collective.broadcast(Array(JSONText.state(own).utf8)), as: UTF8.self)
    let beginning = try JSONText.state(Beginning.self, from: text)
    for vector in stateVectors { collective.broadcast(vector) }
    if beginning.hasBest {
      let kept = best ?? NetworkState(for: plan.network)
      collective.broadcast(kept.parameters.view)
      collective.broadcast(kept.statistics.view)
      best = kept
    }
    guard collective.rank > 0 else { return }
    progress = beginning.progress
    resumedFromStep = beginning.resumedFromStep
    if let receipt = progress.receipt { receipts?.state = receipt }
  }
}
