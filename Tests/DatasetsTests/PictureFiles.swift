import Datasets
import Kernels
import Pictures
import TestSupport

/// Small pictures for tests.
enum PictureFiles {
  /// Random colours, smooth enough to be told apart.
  static func picture(height: Int, width: Int, channels: Int = 3, seed: Int = 0) -> Picture {
    var generator = SeededGenerator(seed: UInt64(seed) &+ 77)
    return Picture(
      height: height, width: width, channels: channels,
      bytes: (0..<height * width * channels).map { _ in UInt8.random(in: 0...255, using: &generator) })
  }

  /// The same as a PNG file.
  static func png(height: Int, width: Int, channels: Int = 3, seed: Int = 0) -> [UInt8] {
    (try? picture(height: height, width: width, channels: channels, seed: seed).png()) ?? []
  }
}

/// Images of random bytes, and what an epoch of training sees of them.
struct Images {
  let shape: SampleShape
  let dataset: Dataset
  let scale: [Float]
  let shift: [Float]

  init(height: Int, width: Int, channels: Int, count: Int) {
    shape = .image(height: height, width: width, channels: channels)
    scale = (0..<channels).map { 1 / (40 + Float($0)) }
    shift = (0..<channels).map { -2 - Float($0) / 4 }
    let bytes = (0..<count).flatMap {
      PictureFiles.picture(height: height, width: width, channels: channels, seed: $0).bytes
    }
    dataset = Dataset(
      name: "images", shape: shape, samples: .bytes(Buffer(bytes)),
      targets: .classes(Buffer<Int32>(count: count), count: 2)
    ).normalized(by: Normalizer(scale: scale, shift: shift))
  }

  /// A sample as it is, [height, width, channels].
  func plain(_ sample: Int) -> [Float] {
    let input = Buffer<Float>(count: shape.count)
    dataset.write(sample, into: input.view)
    return input.array()
  }

  /// A sample as one epoch sees it.
  func augmented(
    _ augmentations: [Augmentation], sample: Int, epoch: Int, of source: (any SampleSource)? = nil
  ) -> [Float] {
    let source = source ?? dataset
    let order = TrainingOrder(count: source.count, batch: source.count, order: .reshuffle, lastBatch: .drop, seed: 3)
    let position = order.position(ofStep: epoch)
    order.prepare(position)
    let place = (0..<source.count).first { order.sample(position, $0) == sample } ?? 0
    let input = Buffer<Float>(count: source.shape.count)
    let partner = Buffer<Float>(count: source.shape.count)
    SampleGatherer(source, augmentations: augmentations, seed: 3).gather(
      .batch(position, positions: place..<place + 1, order: order),
      into: .inputs(input.view).mixing(.init(labels: nil, partner: partner.view)))
    return input.array()
  }
}
