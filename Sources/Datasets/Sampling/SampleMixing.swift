import Calendars
import Kernels

/// Samples that were mixed with others before they came here: those of a failure, as the network got them.
package protocol MixedSampleSource: SampleSource {
  /// Whether they were.
  var isMixed: Bool { get }
  /// The class of what a sample was mixed with, and the sample's own share.
  func mixture(of sample: Int) -> (label: Int, share: Float)
}

/// How the samples of a batch are mixed: by ``Mixup`` of `data.augment`, or as they come from the source.
enum SampleMixing: Sendable {
  /// The random words are those of the entry of `data.augment`.
  case mixup(Mixup, Philox, entry: UInt32)
  case recorded(any MixedSampleSource)

  /// `nil` where samples are not mixed.
  init?(_ augmentations: [Augmentation], _ source: any SampleSource, seed: UInt64) {
    if let mixup = augmentations.mixup {
      self = .mixup(mixup, Philox(seed: seed, purpose: .augmentation), entry: word(augmentations.count - 1))
    } else if let source = source as? any MixedSampleSource, source.isMixed {
      self = .recorded(source)
    } else {
      return nil
    }
  }
}

extension SampleGatherer {
  /// Whether samples of a batch are mixtures of two, which wants a ``SampleDestination/Mixture``.
  package var isMixing: Bool { mixing != nil }

  /// The sample with which mixup mixes one of a batch.
  package struct Partner: Sendable, Equatable {
    /// Its position in the batch.
    package let index: Int
    /// λ: what is left to the other one.
    package let share: Float
  }

  /// With what a sample of a batch is mixed; `nil` where mixup does not do it.
  ///
  /// - Parameter index: the sample's position in the batch.
  package func partner(of index: Int, in position: BatchPosition, order: TrainingOrder) -> Partner? {
    guard case .mixup(let mixup, let philox, let entry) = mixing else { return nil }
    // A batch of one sample, the last of an epoch, has nobody to mix with.
    guard position.count > 1 else { return Partner(index: index, share: 1) }
    let key = key(order, position, index: index, sample: order.sample(position, index))
    return Partner(
      index: index > 0 ? index - 1 : position.count - 1,
      share: mixup.share(random: SampleWords(philox, key: key, entry: entry)))
  }

  /// Mixes gathered samples of a batch, from the last to the first: each with the one before it, which is not mixed yet.
  func mix(
    _ position: BatchPosition, _ range: Range<Int>, _ order: TrainingOrder, by mixing: SampleMixing,
    _ destination: SampleDestination
  ) {
    guard let mixture = destination.mixture else {
      preconditionFailure("samples are mixed, but there is no room for it")
    }
    for row in (0..<range.count).reversed() {
      let index = range.lowerBound + row
      let sample = order.sample(position, index)
      if case .recorded(let source) = mixing {
        let part = source.mixture(of: sample)
        writeClasses(of: row, label(of: sample), part.label, share: part.share, to: destination)
        continue
      }
      guard let partner = partner(of: index, in: position, order: order) else { continue }
      if partner.index != index {
        if row == 0 { write(position, partner.index, order, into: mixture.partner) }
        Elementwise.mix(
          input(row, of: destination.inputs),
          with: row == 0 ? mixture.partner : input(row - 1, of: destination.inputs), share: partner.share)
      }
      let other = order.sample(position, partner.index)
      writeClasses(of: row, label(of: sample), label(of: other), share: partner.share, to: destination)
    }
  }

  /// Writes both classes of a mixture. That of the larger part is the sample's label: the one that counts as right.
  private func writeClasses(of row: Int, _ own: Int, _ other: Int, share: Float, to destination: SampleDestination) {
    switch destination.answers {
    case .none: return
    case .targets: preconditionFailure("samples of classes are mixed, but targets are wanted")
    case .labels(let labels):
      guard let mixed = destination.mixture?.labels else {
        preconditionFailure("samples are mixed, but there is no room for their second classes")
      }
      (labels[row], mixed.labels[row]) = share < 0.5 ? (Int32(other), Int32(own)) : (Int32(own), Int32(other))
      mixed.shares[row] = min(share, 1 - share)
    }
  }
}
