import Kernels
import Keys

/// Mixes every sample with another one of its batch (Zhang et al. 2018, arXiv 1710.09412): x = λ·x_i + (1 − λ)·x_j, with the
/// loss λ·loss(y_i) + (1 − λ)·loss(y_j).
///
/// Sample j is the one before in the batch, and that of the first is the last (torchvision's `RandomMixup` rolls a batch so):
/// order is random, so it is as good as any other, and each sample is read once for both of its parts, where a random
/// partner would be read again. Both have what the list does to them without mixup.
///
/// λ is drawn anew for each sample from Beta(α, α), not once a batch: the mean over the batch then has less noise, which
/// counts where a batch is large, and λ depends on the sample's own words alone, as all else that is random.
package struct Mixup: AugmentationKind {
  /// α; the larger, the more even are the parts.
  let alpha: Double

  package static let name = "mixup"
  package static let about =
    "Mixes each sample, and its loss, with another one of its batch. For classes alone, and last in the list."

  package static func keys(_ section: Section, _ value: Mixup?) -> Mixup {
    Mixup(
      alpha: section.key(
        "alpha", value?.alpha, .number(.from(0.001, through: 100)), default: 0.2,
        "The samples' shares are drawn from the distribution Beta(alpha, alpha): 1 is even, less is mostly near 0 and 1."
      ))
  }

  package var needsImages: Bool { false }

  /// λ, the share that a sample has in what the network gets.
  func share(random: SampleWords) -> Float {
    Float(SymmetricBeta.draw(alpha) { random.block($0) })
  }
}

extension Augmentation {
  /// Mixes each sample, and its loss, with another one of its batch; shares are from Beta(`alpha`, `alpha`). The last of a
  /// list.
  public static func mixup(alpha: Double = 0.2) -> Augmentation {
    precondition((0.001...100).contains(alpha), "mixup with alpha \(alpha), which is not in 0.001...100")
    return Augmentation(Mixup(alpha: alpha))
  }
}

extension [Augmentation] {
  /// What mixes the samples, if anything does.
  package var mixup: Mixup? { lazy.compactMap { $0.kind as? Mixup }.first }

  /// Those that change an image by itself.
  var ofImages: [Augmentation] { filter { $0.kind.needsImages } }

  /// Whether samples are mixed at most once, after all else.
  var isMixedLast: Bool { dropLast().allSatisfy { !($0.kind is Mixup) } }
}
