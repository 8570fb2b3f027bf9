import Kernels
import Tracing

extension Network {
  /// The outputs of up to n samples that are already normalised, with running statistics and without dropout.
  ///
  /// - Parameters:
  ///   - inputs: [samples, …input].
  ///   - state: parameters and running statistics.
  ///   - packedWeights: what ``pack(_:weights:into:)`` made of the parameters.
  ///   - outputs: receives [samples, outputs]: logits where the loss takes classes, else the predicted numbers.
  package func computeOutputs(
    of inputs: Floats, state: NetworkState, packedWeights: Floats, into outputs: Floats, workspace: Workspace
  ) {
    let count = inputs.count / input.count
    precondition(
      inputs.count == count * input.count && count <= microbatch,
      "\(inputs.count) inputs of samples of \(input), at most \(microbatch) samples at once")
    let pass = pass(
      .evaluation, count: count, in: workspace, weights: state.parameters.view, packedWeights: packedWeights,
      runningStatistics: state.statistics.view)
    pass.elements(inputValue.storage, input).copy(from: inputs)
    forward(pass, workspace.spans)
    outputs.copy(from: pass.matrix(outputValue.storage, outputValue.shape).storage)
  }
}
