import Kernels

extension DataSplits {
  /// Makes a network's inputs of numbers as the data's files have them, by the training set's normalisation; a source of
  /// another kind than ``Dataset`` has no files, and numbers are as it writes them.
  ///
  /// - Parameters:
  ///   - numbers: any number of samples, one after another: [samples, …shape].
  ///   - inputs: of the same count.
  package func writeInputs(_ numbers: [Float], into inputs: Floats) {
    guard let preprocessing else { return inputs.copy(from: numbers) }
    preprocessing.scale.write(numbers.map(Double.init), into: inputs)
  }
}
