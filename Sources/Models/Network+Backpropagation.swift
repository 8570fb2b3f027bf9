import Kernels

extension Network {
  /// Forward, loss and backward of the microbatch that lies in the arena.
  ///
  /// - Returns: the sum of the samples' losses and how many of them were classified right.
  package func backpropagate(_ pass: Pass, _ workspace: Workspace) -> LossSum {
    for operation in operations { operation.forward(pass) }
    let sum = lossSum(pass, workspace, gradient: pass.matrix(outputGradient, outputValue.shape))
    for operation in operations.reversed() { operation.backward(pass) }
    return sum
  }

  /// The training loss of what lies in the arena behind a forward pass.
  ///
  /// - Parameter gradient: receives the loss's gradient by the outputs.
  package func lossSum(_ pass: Pass, _ workspace: Workspace, gradient: Matrix?) -> LossSum {
    let outputs = pass.matrix(outputValue.storage, outputValue.shape)
    switch loss {
    case .crossEntropy(let labelSmoothing):
      let labels = workspace.labels.view.prefix(pass.count)
      let smoothing = Float(labelSmoothing)
      guard let gradient else {
        return Losses.softmaxCrossEntropy(logits: outputs, labels: labels, smoothing: smoothing)
      }
      return Losses.softmaxCrossEntropy(logits: outputs, labels: labels, smoothing: smoothing, gradient: gradient)
    case .meanSquaredError:
      let targets = Matrix(workspace.targets.view, rows: pass.count, columns: outputs.columns)
      guard let gradient else { return Losses.meanSquaredError(outputs: outputs, targets: targets) }
      return Losses.meanSquaredError(outputs: outputs, targets: targets, gradient: gradient)
    case .auto: preconditionFailure("a network whose loss nobody has decided")
    }
  }
}
