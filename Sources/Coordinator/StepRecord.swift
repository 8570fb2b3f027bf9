import Foundation
import Gradients
import Statistics

/// One step, as observers see it.
public struct StepRecord: Sendable, Equatable {
  /// Steps done, this one included.
  public var step: Int
  /// Passes over the training set done.
  public var epoch: Double
  /// Mean loss of the batch, before the update.
  public var loss: Double
  public var learningRate: Double
  public var samples: Int
  /// Samples of the batch that were classified right, before the update; 0 for a regression.
  public var correct: Int
  /// The gradient's norm and noise.
  public var gradient: GradientMeasurement
  /// η ÷ (B(1 − m)) of the step; `nil` for optimizers other than SGD.
  public var temperatureIndex: Double?
  /// The noise scale of the last hundred steps.
  public var noiseScale: NoiseScale?
  /// Wall time of the two fork-joins.
  public var gradientSeconds: Double
  public var reduceSeconds: Double

  /// When the step ended.
  public var endedAt: Date

  /// Wall time of the step.
  public var seconds: Double { gradientSeconds + reduceSeconds }
}
