import Kernels

/// Which packed pictures are for training, validation and test.
///
/// Where the folder does not say, the name says: a picture is set apart if a random number of its name, its path below the
/// folder, and of `data.splitSeed` lies below the share. So pictures that are added or removed move no others.
struct PictureSplits {
  private(set) var train: [Int] = []
  private(set) var validation: [Int] = []
  private(set) var test: [Int] = []

  /// - Parameters:
  ///   - testShare: share of the test set where the folder has none.
  ///   - validationShare: share of validation where the folder has none.
  init(_ packed: PackedPictures, testShare: Double?, validationShare: Double, seed: UInt64) {
    let philox = Philox(seed: seed, purpose: .sampling)
    var hasPart = Set<PictureFolder.Part>()
    for file in packed.files { hasPart.insert(file.part) }
    var row = 0
    for (file, isLeftOut) in zip(packed.files, packed.isLeftOut) where !isLeftOut {
      switch file.part {
      case .validation where !hasPart.contains(.test) && testShare == nil: test.append(row)
      case .validation: validation.append(row)
      case .test: test.append(row)
      case .train, .undivided:
        if !hasPart.contains(.test), let testShare, Self.number(file.name, philox, use: 8) < testShare {
          test.append(row)
        } else if !hasPart.contains(.validation), Self.number(file.name, philox, use: 9) < validationShare {
          validation.append(row)
        } else {
          train.append(row)
        }
      }
      row += 1
    }
  }

  /// A number in [0, 1) that belongs to a name.
  private static func number(_ name: String, _ philox: Philox, use: UInt32) -> Double {
    let hash = NameHash.of(name)
    let words = philox.block(UInt32(truncatingIfNeeded: hash), UInt32(truncatingIfNeeded: hash >> 32), use)
    return (Double(words.x) + Double(words.y) * 0x1p-32) * 0x1p-32
  }
}
