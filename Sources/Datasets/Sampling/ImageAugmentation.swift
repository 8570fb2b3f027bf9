import Kernels

/// What `data.augment` does to the samples of one source, each by itself.
struct ImageAugmentation: Sendable {
  private let augmentations: [Augmentation]
  private let shape: SampleShape
  private let stored: SampleShape
  private let scale: PixelScale?
  private let changesPixels: Bool
  private let philox: Philox

  init(_ augmentations: [Augmentation], _ source: any SampleSource, seed: UInt64) {
    let augmentations = augmentations.ofImages
    self.augmentations = augmentations
    // Asked once: a source may have to look for them.
    shape = source.shape
    stored = augmentations.isEmpty ? shape : source.storedShape
    scale = source.pixelScale
    changesPixels = augmentations.contains { $0.kind.changesPixels }
    philox = Philox(seed: seed, purpose: .augmentation)
  }

  /// Whether samples stay as they are.
  var isEmpty: Bool { augmentations.isEmpty }

  /// Writes a sample as the random words of `key` change it: (epoch, sample), or (step, position) under `iid` order.
  func write(_ sample: Int, of source: any SampleSource, key: (UInt32, UInt32), into input: Floats) {
    var placement = Placement(shape: shape, stored: stored)
    for entry in augmentations.indices {
      augmentations[entry].kind.move(&placement, random: SampleWords(philox, key: key, entry: word(entry)))
    }
    source.write(sample, at: placement, into: input)
    guard changesPixels else { return }
    for entry in augmentations.indices where augmentations[entry].kind.changesPixels {
      augmentations[entry].kind.change(
        input, shape: shape, scale: scale, random: SampleWords(philox, key: key, entry: word(entry)))
    }
  }
}
