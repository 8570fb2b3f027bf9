import Configuration
import Coordinator
import Datasets
import Models
import Optimizers

extension EquilibriumStudy {
  /// Refuses what cannot be studied, before anything is written.
  package func check(_ original: RunConfiguration, splits: DataSplits) throws {
    if earlier != nil { return }
    let configuration = Self.prepared(original).0
    try check(try Self.plan(configuration, splits), configuration, splits)
  }

  /// Refuses what has no potential, and cells that cannot run on the data.
  func check(_ plan: RunPlan, _ configuration: RunConfiguration, _ splits: DataSplits) throws {
    guard !plan.network.hasBatchNorm else {
      throw RunError(
        path: "model",
        message:
          "has batch norm, with which a batch's gradient depends on its microbatches and is no unbiased estimate of "
          + "the gradient of one loss, and which leaves the scale of the weights before it without a minimum; "
          + "this study wants a model without batchNorm")
    }
    for cell in cells {
      var one = configuration
      one.batch.size = cell.batch
      _ = try Self.plan(one, splits)
    }
  }

  static func plan(_ configuration: RunConfiguration, _ splits: DataSplits) throws -> RunPlan {
    var configuration = configuration
    configuration.batch.shards = nil
    configuration.batch.microbatch = configuration.batch.microbatch.map { min($0, configuration.batch.size) }
    return try RunPlan(configuration, splits: splits, threads: 1)
  }

  /// The config without what has no equilibrium of the kind measured here, and words about all that was set aside.
  static func prepared(_ original: RunConfiguration) -> (RunConfiguration, [String]) {
    var configuration = original
    var notes: [String] = []
    if original.data.order != .iid {
      notes.append(
        "Samples are drawn independently (iid) in place of data.order \"\(original.data.order.rawValue)\": the law "
          + "T ∝ η/B holds for independent draws.")
    }
    let rule = original.optimizer.method.rule
    if rule.temperatureMomentum == nil {
      notes.append("Plain SGD with heavy ball in place of the config's optimizer, which has no such law.")
    } else if rule.looksAhead {
      notes.append(
        "Heavy ball in place of Nesterov's momentum, whose variance falls below the law as ηλ grows.")
    }
    if original.optimizer.clipNorm != nil {
      notes.append("optimizer.clipNorm is left out: clipping changes the noise.")
    }
    if original.optimizer.follower != nil {
      notes.append("Weights that follow those of SGD are left out: only these have the temperature.")
    }
    if !original.data.augmentations.isEmpty {
      notes.append("data.augment is left out, so that the training loss is one function of the weights.")
    }
    if original.model.hasDropout {
      notes.append("Dropout is left out, so that the training loss is one function of the weights.")
      configuration.model = original.model.withoutDropout
    }
    configuration.data.order = .iid
    configuration.data.augmentations = []
    configuration.optimizer = OptimizerConfiguration(
      method: .sgd(momentum: 0, nesterov: false), weightDecay: original.optimizer.weightDecay)
    let isRegression = original.data.source.isRegression == true || original.loss == .meanSquaredError
    if original.optimizer.weightDecay == 0, !isRegression {
      notes.append(
        "Without optimizer.weightDecay the loss of a classifier may have no minimum, and flat directions never relax.")
    }
    return (configuration, notes)
  }
}
