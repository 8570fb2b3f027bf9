import Kernels
import Keys

/// One entry of `data.augment`: a random change of training samples, most often images.
public struct Augmentation: Sendable, Equatable {
  /// What is done, with its keys.
  package let kind: any AugmentationKind

  package init(_ kind: any AugmentationKind) { self.kind = kind }

  public static func == (one: Augmentation, other: Augmentation) -> Bool { one.kind.isEqual(to: other.kind) }
}

/// A kind of augmentation: its keys in the config, and what it does to an image, or in ``Mixup`` to any sample. One file each in
/// this folder.
///
/// An image is made in two passes over the list. First the entries that move pixels, in their order, say where each comes
/// from (``Placement``), and it is written once. Then those that change pixels do so, in their order.
package protocol AugmentationKind: Sendable, Equatable {
  /// `type` in the config.
  static var name: String { get }
  /// What it does, for the schema.
  static var about: String { get }
  /// Declares the kind's own keys.
  static func keys(_ section: Section, _ value: Self?) -> Self

  /// Whether it changes colours or blots pixels out, after all geometry.
  var changesPixels: Bool { get }
  /// Whether it has to know what an image's numbers are as colours.
  var needsColors: Bool { get }
  /// Whether it changes one image by itself. Left out: it does.
  var needsImages: Bool { get }

  /// Changes where an image's pixels come from. A pure function of the sample's own random words. Left out: not at all.
  func move(_ placement: inout Placement, random: SampleWords)

  /// Changes the pixels of an image as the network takes it, [height, width, channels], once they are where they belong. A
  /// pure function of them and the sample's own random words; it allocates nothing. Left out: not at all.
  ///
  /// - Parameter scale: what the numbers are as colours, where the source says it.
  func change(_ pixels: Floats, shape: SampleShape, scale: PixelScale?, random: SampleWords)
}

extension AugmentationKind {
  package var changesPixels: Bool { false }
  package var needsColors: Bool { false }
  package var needsImages: Bool { true }
  package func move(_ placement: inout Placement, random: SampleWords) {}
  package func change(_ pixels: Floats, shape: SampleShape, scale: PixelScale?, random: SampleWords) {}
}

extension [Augmentation] {
  /// Whether ``Placement`` can hold what the list does: it stretches once, before any shift, and a shift with reflection is
  /// the only shift.
  var isOrdered: Bool {
    let crops = indices.filter { self[$0].kind is RandomResizedCrop }
    let shifts = indices.filter { self[$0].kind is PadCrop }
    let isReflected = shifts.contains { (self[$0].kind as? PadCrop)?.mode == .reflect }
    return crops.count <= 1 && !(isReflected && shifts.count > 1)
      && (crops.first ?? -1) < (shifts.first ?? Int.max)
  }
}

/// All kinds of augmentation.
package enum AugmentationKinds {
  /// In the order of the schema.
  package static let all: [any AugmentationKind.Type] = [
    PadCrop.self, Flip.self, RandomResizedCrop.self, ColorJitter.self, Cutout.self, Mixup.self,
  ]
}

extension Augmentation {
  /// The keys of one entry.
  static func keys(_ section: Section, _ value: Augmentation?) -> Augmentation {
    section.choice("type", value, "What is done to a sample.", AugmentationKinds.all.map { $0.choice })
  }
}

extension AugmentationKind {
  fileprivate static var choice: Case<Augmentation> {
    Case(name, about, { $0.kind as? Self }) { Augmentation(keys($0, $1)) }
  }

  fileprivate func isEqual(to other: any AugmentationKind) -> Bool { other as? Self == self }
}
