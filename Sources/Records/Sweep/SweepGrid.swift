/// What a sweep varies, and what each of its cells trains for.
///
/// Everything here and the config decide the results; a sweep goes on only with the same grid.
package struct SweepGrid: Codable, Sendable, Equatable {
  /// Batches, in the order in which they were asked for.
  package var batches: [Int]
  /// Seeds: the config's, and the numbers after it.
  package var seeds: [UInt64]
  /// Multiples of the scaled learning rate.
  package var learningRates: [Double]
  /// Scaling rules: `linear`, `sqrt`, `none`.
  package var scalings: [String]
  /// Kinds of warmup: `gradual`, `constant`, `none`.
  package var warmups: [String]
  /// What ends a cell; `nil` trains every cell for the whole budget.
  package var target: TargetRecord?
  /// Whether a cell goes on after the target, to the end of the budget.
  package var toTheEnd: Bool
  /// Passes over the training set that a cell may take.
  package var epochs: Double
  /// Growth of the number of steps from one evaluation to the next: the precision of steps to target.
  package var resolution: Double

  /// A grid; lists are not empty.
  package init(
    batches: [Int], seeds: [UInt64], learningRates: [Double] = [1], scalings: [String], warmups: [String],
    target: TargetRecord?, toTheEnd: Bool = false, epochs: Double, resolution: Double = 0.05
  ) {
    self.batches = batches
    self.seeds = seeds
    self.learningRates = learningRates
    self.scalings = scalings
    self.warmups = warmups
    self.target = target
    self.toTheEnd = toTheEnd
    self.epochs = epochs
    self.resolution = resolution
  }

  /// Every pair of scaling and warmup; without scaling, warmup has no effect, so that it stands there once.
  package var rules: [SweepRule] {
    scalings.flatMap { scaling in
      (scaling == "none" ? Array(warmups.prefix(1)) : warmups).map { SweepRule(scaling: scaling, warmup: $0) }
    }
  }

  /// Every cell, in the order in which they run: seed by seed, so that a whole picture is there early; each seed from
  /// the largest batch, whose cells are the quickest, to the smallest.
  package var cells: [SweepCell] {
    seeds.flatMap { seed in
      batches.sorted(by: >).flatMap { batch in
        rules.flatMap { rule in
          learningRates.map { SweepCell(batch: batch, learningRate: $0, seed: seed, rule: rule) }
        }
      }
    }
  }
}
