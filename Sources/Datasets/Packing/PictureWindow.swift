import Kernels

/// Samples that are the middle of larger stored pictures, which random crops may see whole.
struct PictureWindow: SampleSource {
  let pictures: Dataset
  let shape: SampleShape

  var name: String { pictures.name }
  var count: Int { pictures.count }
  var task: PredictionTask { pictures.task }
  var notes: [String] { pictures.notes }
  var memoryBytes: Int { pictures.memoryBytes }
  var storedShape: SampleShape { pictures.shape }
  var pixelScale: PixelScale? { pictures.pixelScale }

  func write(_ sample: Int, into input: Floats) {
    pictures.write(sample, at: Placement(shape: shape, stored: pictures.shape), into: input)
  }

  func write(_ sample: Int, at placement: Placement, into input: Floats) {
    pictures.write(sample, at: placement, into: input)
  }

  var readsAhead: Bool { pictures.readsAhead }

  func willRead(_ sample: Int) { pictures.willRead(sample) }

  func label(of sample: Int) -> Int { pictures.label(of: sample) }

  func readContent(_ use: ([UInt8]) -> Void) {
    use(Array("\(shape) of ".utf8))
    pictures.readContent(use)
  }
}
