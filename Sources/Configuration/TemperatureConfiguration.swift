/// `temperature`: what becomes of SGD's temperature η ÷ (B(1 − m)) when a resumed run changes its batch.
public struct TemperatureConfiguration: Sendable, Equatable {
  /// Whether a resumed run may change its batch, with a rate that keeps the temperature.
  public var hold: Bool
  /// The changes so far, ascending.
  public var batches: [BatchChange]

  public init(hold: Bool = false, batches: [BatchChange] = []) {
    self.hold = hold
    self.batches = batches
  }
}

/// A new batch from an epoch on.
public struct BatchChange: Sendable, Equatable {
  /// Epochs done before the change.
  public var epoch: Int
  /// B.
  public var size: Int

  public init(epoch: Int, size: Int) {
    self.epoch = epoch
    self.size = size
  }
}

extension RunConfiguration {
  /// The config of a run that goes on with another batch from an epoch on: the rate follows so that η ÷ B stays.
  ///
  /// Changes at that epoch or later, which no step has seen, are dropped.
  public func changingBatch(to size: Int, atEpoch epoch: Int) -> RunConfiguration {
    var changed = self
    changed.temperature.batches.removeAll { $0.epoch >= epoch }
    if size != changed.temperature.batches.last?.size ?? batch.size {
      changed.temperature.batches.append(BatchChange(epoch: epoch, size: size))
    }
    return changed
  }
}
