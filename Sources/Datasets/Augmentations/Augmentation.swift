import Keys

/// One entry of `data.augment`: a random change of training images.
public struct Augmentation: Sendable, Equatable {
  /// What is done, with its keys.
  package let kind: any AugmentationKind

  package init(_ kind: any AugmentationKind) { self.kind = kind }

  public static func == (one: Augmentation, other: Augmentation) -> Bool { one.kind.isEqual(to: other.kind) }
}

/// A kind of augmentation: its keys in the config, and what it does to an image. One file each in this folder.
package protocol AugmentationKind: Sendable, Equatable {
  /// `type` in the config.
  static var name: String { get }
  /// What it does, for the schema.
  static var about: String { get }
  /// Declares the kind's own keys.
  static func keys(_ section: Section, _ value: Self?) -> Self

  /// Changes where an image's pixels come from. A pure function of four random words, which are the sample's own.
  func move(_ placement: inout Placement, shape: SampleShape, random words: SIMD4<UInt32>)
}

/// All kinds of augmentation.
package enum AugmentationKinds {
  /// In the order of the schema.
  package static let all: [any AugmentationKind.Type] = [PadCrop.self, Flip.self]
}

extension Augmentation {
  /// The keys of one entry.
  static func keys(_ section: Section, _ value: Augmentation?) -> Augmentation {
    section.choice("type", value, "What is done to an image.", AugmentationKinds.all.map { $0.choice })
  }
}

extension AugmentationKind {
  fileprivate static var choice: Case<Augmentation> {
    Case(name, about, { $0.kind as? Self }) { Augmentation(keys($0, $1)) }
  }

  fileprivate func isEqual(to other: any AugmentationKind) -> Bool { other as? Self == self }
}
