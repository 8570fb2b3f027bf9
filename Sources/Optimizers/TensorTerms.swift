import Calendars

/// What is special about one tensor's update: whether it has any, its rate, its weight decay.
package struct TensorTerms: Sendable, Equatable, BitwiseCopyable {
  /// Whether the tensor stays as it is: no step, no weight decay, no state.
  package var isFrozen = false
  /// What the learning rate is multiplied by.
  package var rate = 1.0
  /// λ in the place of the optimizer's, if the tensor decays; `nil` keeps that.
  package var weightDecay: Double?
  /// Whether the tensor decays, and has a trust ratio, even if it is a bias or part of a normalisation.
  package var decaysAlways = false
  /// Steps after which the tensor stays as it is; `nil` trains it to the end.
  package var trainedSteps: Int?

  package init() {}

  /// Whether a step, counted from 0, changes the tensor.
  package func isTrained(at step: Int) -> Bool {
    guard !isFrozen else { return false }
    guard let trainedSteps else { return true }
    return step < trainedSteps
  }
}

/// A pattern of the config that does not fit the model.
package struct TensorPatternError: Error {
  /// The key, such as `optimizer.freeze.0`.
  package let path: String
  package let message: String
}

extension OptimizerConfiguration {
  /// The terms of each of a network's tensors, by `freeze` and `groups`.
  ///
  /// - Parameters:
  ///   - names: of all tensors that gradients train, in order.
  ///   - isFixed: whether a layer keeps its tensor as it is itself, of each; left out, none.
  ///   - calendar: steps of epochs.
  /// - Throws: ``TensorPatternError`` for a pattern that matches nothing, a tensor in two groups, and if nothing is left to
  ///   train.
  package func terms(
    of names: [String], isFixed: [Bool] = [], calendar: StepCalendar = StepCalendar(batch: 1, stepsPerEpoch: 1)
  ) throws(TensorPatternError) -> [TensorTerms] {
    var terms = names.map { _ in TensorTerms() }
    var owners = [Int?](repeating: nil, count: names.count)
    for (number, group) in groups.enumerated() {
      let path = "optimizer.groups.\(number).tensors"
      for tensor in try Self.chosen(group.tensors, names, path) {
        if let owner = owners[tensor] {
          throw TensorPatternError(
            path: path, message: "found \(names[tensor]), which is in group \(owner) too; allowed: one group a tensor")
        }
        owners[tensor] = number
        terms[tensor].rate = group.rate
        terms[tensor].weightDecay = group.weightDecay
        terms[tensor].decaysAlways = group.decayBiases
        terms[tensor].trainedSteps = group.trainEpochs.map { calendar.steps(of: .epochs($0)) }
      }
    }
    for (tensor, isFixed) in isFixed.enumerated() where isFixed { terms[tensor].isFrozen = true }
    if !freeze.isEmpty {
      for tensor in try Self.chosen(freeze, names, "optimizer.freeze") { terms[tensor].isFrozen = true }
      guard terms.contains(where: { !$0.isFrozen }) else {
        throw TensorPatternError(
          path: "optimizer.freeze",
          message: "found patterns that match every tensor, so that nothing is left to train; except some: \"!fc.*\"")
      }
    }
    return terms
  }

  private static func chosen(
    _ patterns: [String], _ names: [String], _ path: String
  ) throws(TensorPatternError) -> [Int] {
    let patterns = TensorPatterns(patterns: patterns)
    if let (index, message) = patterns.mistake(for: names) {
      throw TensorPatternError(path: "\(path).\(index)", message: message)
    }
    return names.indices.filter { patterns.contains(names[$0]) }
  }
}
