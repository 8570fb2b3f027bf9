import Kernels

extension DataSplits {
  /// Makes a network's inputs of numbers as the data's files have them, by the training set's normalisation; a source of
  /// another kind than ``Dataset`` has no files, and numbers are as it writes them.
  ///
  /// - Parameters:
  ///   - numbers: any number of samples, one after another: [samples, …shape].
  ///   - inputs: of the same count.
  package func writeInputs(_ numbers: [Float], into inputs: Floats) {
    guard let train = train as? Dataset else { return inputs.copy(from: numbers) }
    let channels = train.shape.channels
    let stored = Buffer(numbers)
    if let scale = train.storedScale {
      for index in stored.view.indices {
        stored.view[index] = scale.stored(Double(numbers[index]), column: index % channels)
      }
    }
    Elementwise.normalize(
      floats: stored.view, channels: channels, scale: train.normalizer.scale, shift: train.normalizer.shift,
      into: inputs)
  }
}
