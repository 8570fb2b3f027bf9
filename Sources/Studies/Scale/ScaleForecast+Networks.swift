import Coordinator
import Machine
import Records

/// What to expect of several hosts, one rank on each, with a network that need not have been seen.
extension ScaleForecast {
  /// Numbers of hosts that are predicted.
  package static let hosts = [2, 4, 8, 16]

  /// What to expect at one batch, with the most threads that were fitted on each host.
  package func networks(_ plan: RunPlan) -> [ScaleNetworkPrediction] {
    guard let threads = observations.map(\.work.threads).max() else { return [] }
    return networks { StepWork(plan, threads: threads, ranks: $0, machine: machine) }
  }

  /// The same of any counted work.
  ///
  /// - Parameter work: of P ranks on a host each.
  package func networks(work: (Int) -> StepWork) -> [ScaleNetworkPrediction] {
    let one = work(1)
    let oneSeconds = model.cost(one).stepSeconds
    let batch = Double(one.samples)
    return ScaleNetwork.all.flatMap { network in
      Self.hosts.map { ranks in
        let work = work(ranks)
        let time = Time(model, work, network)
        let rates = (partial + [model]).map { batch / Time($0, work, network).step }
        return ScaleNetworkPrediction(
          ranks: ranks, threads: work.threads, batch: work.samples, bitsPerSecond: network.bitsPerSecond,
          exchangedBytes: Int((work.sumBytes + work.weightBytes).rounded()), computeSeconds: time.own,
          exchangeSeconds: time.exchange, hideableSeconds: time.hideable, isOverlapped: work.overlapsExchange,
          samplesPerSecondLow: rates.min() ?? 0, samplesPerSecondHigh: rates.max() ?? 0,
          speedup: oneSeconds / time.step, limit: limit(work, one: oneSeconds, time))
      }
    }
  }

  /// What a step of some ranks takes on their own hosts, and between them.
  private struct Time {
    var own: Double
    var exchange: Double
    /// Pieces travel while others are summed and updated.
    var hideable: Double
    var step: Double

    init(_ model: ScaleModel, _ work: StepWork, _ network: ScaleNetwork) {
      let cost = model.cost(work)
      let moving = ScaleForecast.secondsPerByte(model, network) * (work.sumBytes + work.weightBytes)
      own = cost.ownSeconds
      exchange = moving + network.latencySeconds * Double(work.gradientExchanges + work.updateExchanges)
      hideable = work.ranks > 1 ? min(moving, cost.pieceSeconds) : 0
      step = own + exchange - (work.overlapsExchange ? hideable : 0)
    }
  }

  /// A network brings bytes no faster than ranks could hand them over within one machine, where that was measured.
  private static func secondsPerByte(_ model: ScaleModel, _ network: ScaleNetwork) -> Double {
    max(network.secondsPerByte, model.seconds[.exchangedByte] ?? 0)
  }

  /// What keeps P hosts from a P-th of one's time.
  private func limit(_ work: StepWork, one: Double, _ time: Time) -> ScaleLimit.Reason {
    let ideal = one / Double(work.ranks)
    if time.step <= ideal / 0.9 { return .nothing }
    if time.step - time.own >= time.own - ideal { return .network }
    return work.threads * work.ranks > work.shards ? .shards : .reduction
  }
}
