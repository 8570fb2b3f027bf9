import Datasets
import Kernels
import Models

/// Outputs averaged over several views of each image.
extension Network {
  /// The outputs of up to n samples as ``computeOutputs(of:state:packedWeights:into:workspace:)`` gives them, averaged over
  /// views; without any, those of the samples as they are.
  package func computeOutputs(
    of inputs: Floats, views: [SampleView], state: NetworkState, packedWeights: Floats, into outputs: Floats,
    workspace: Workspace
  ) {
    averageOutputs(of: inputs, over: views, into: outputs) { view, part in
      computeOutputs(of: view, state: state, packedWeights: packedWeights, into: part, workspace: workspace)
    }
  }

  /// Σ weight · outputs of each view, in the order of views.
  ///
  /// - Parameter compute: writes the outputs of the inputs that it is given.
  func averageOutputs(
    of inputs: Floats, over views: [SampleView], into outputs: Floats, compute: (_ view: Floats, _ part: Floats) -> Void
  ) {
    guard !views.isEmpty else { return compute(inputs, outputs) }
    let shape = SampleShape.image(height: input.height, width: input.width, channels: input.channels)
    let (shown, part) = (Buffer<Float>(count: inputs.count), Buffer<Float>(count: outputs.count))
    let sum = Buffer<Float>(count: outputs.count)
    for view in views {
      shown.view.copy(from: inputs)
      view.apply(to: shown.view, shape: shape)
      compute(shown.view, part.view)
      let weight = Float(view.weight)
      for index in part.view.indices { sum.view[index] += weight * part.view[index] }
    }
    outputs.copy(from: sum.view)
  }
}
