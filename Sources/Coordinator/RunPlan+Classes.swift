import Datasets

extension RunPlan {
  /// Whether samples have classes that predictions can match, so that there is an accuracy.
  package var countsClasses: Bool { Evaluator.countsClasses(network, splits.test) }
}
