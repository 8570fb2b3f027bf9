import CKernels

/// What a loss function found over some samples.
package struct LossSum: Sendable, Equatable {
  /// Sum of the samples' losses.
  package var loss: Double
  /// How many samples were classified right; 0 in regression.
  package var correct: Int

  /// A sum; without arguments, the empty one.
  package init(loss: Double = 0, correct: Int = 0) {
    self.loss = loss
    self.correct = correct
  }

  /// Adds the other sum.
  package static func += (sum: inout LossSum, other: LossSum) {
    sum.loss += other.loss
    sum.correct += other.correct
  }
}

/// Loss functions. Losses and gradients are sums over samples: whoever knows the batch divides.
package enum Losses {
  /// −Σ_j q_j log p_j over each row, with p = softmax(logits) and q = (1 − ε) · onehot + ε ÷ classes; gradient ← p − q.
  ///
  /// `logits` and `gradient` are [samples, classes] and may be the same storage. Labels are in 0..<classes. A row is right
  /// where its label is the first of its largest logits; a row with a NaN never is.
  package static func softmaxCrossEntropy(
    logits: Matrix, labels: Labels, smoothing: Float = 0, gradient: Matrix
  ) -> LossSum {
    defer { keep(gradient) }
    precondition(
      gradient.rows == logits.rows && gradient.columns == logits.columns,
      "gradient [\(gradient.rows), \(gradient.columns)] of logits [\(logits.rows), \(logits.columns)]")
    return crossEntropy(logits, labels, smoothing, gradient.storage.base)
  }

  /// The same without a gradient, for evaluation.
  package static func softmaxCrossEntropy(logits: Matrix, labels: Labels, smoothing: Float = 0) -> LossSum {
    crossEntropy(logits, labels, smoothing, nil)
  }

  private static func crossEntropy(
    _ logits: Matrix, _ labels: Labels, _ smoothing: Float, _ gradient: UnsafeMutablePointer<Float>?
  ) -> LossSum {
    defer { keep(logits, labels) }
    precondition(labels.count == logits.rows, "\(labels.count) labels for [\(logits.rows), \(logits.columns)]")
    precondition(smoothing >= 0 && smoothing < 1, "label smoothing \(smoothing) is not in 0..<1")
    for label in UnsafeBufferPointer(start: labels.base, count: labels.count) {
      precondition(label >= 0 && label < logits.columns, "label \(label) of \(logits.columns) classes")
    }
    var correct = 0
    let loss = KernelPath.table.pointee.cross_entropy(
      logits.storage.base, logits.rows, logits.columns, labels.base, smoothing, gradient, &correct)
    return LossSum(loss: loss, correct: correct)
  }

  /// The class of each row: its largest logit, the first of equals; −1 for a row with a number that is not finite. `classes` is [samples].
  package static func predictions(logits: Matrix, into classes: Labels) {
    defer { keep(logits, classes) }
    precondition(
      classes.count == logits.rows && logits.columns > 0,
      "\(classes.count) predictions of [\(logits.rows), \(logits.columns)]")
    KernelPath.table.pointee.predictions(logits.storage.base, logits.rows, logits.columns, classes.base)
  }

  /// (1 ÷ width) Σ_j (y_j − t_j)² for each row; gradient ← 2 (y − t) ÷ width.
  ///
  /// All matrices are [samples, width]; `outputs` and `gradient` may be the same storage.
  package static func meanSquaredError(outputs: Matrix, targets: Matrix, gradient: Matrix) -> LossSum {
    defer { keep(gradient) }
    precondition(
      gradient.rows == outputs.rows && gradient.columns == outputs.columns,
      "gradient [\(gradient.rows), \(gradient.columns)] of outputs [\(outputs.rows), \(outputs.columns)]")
    return squaredError(outputs, targets, gradient.storage.base)
  }

  /// The same without a gradient, for evaluation.
  package static func meanSquaredError(outputs: Matrix, targets: Matrix) -> LossSum {
    squaredError(outputs, targets, nil)
  }

  private static func squaredError(
    _ outputs: Matrix, _ targets: Matrix, _ gradient: UnsafeMutablePointer<Float>?
  ) -> LossSum {
    defer { keep(outputs, targets) }
    precondition(
      targets.rows == outputs.rows && targets.columns == outputs.columns,
      "targets [\(targets.rows), \(targets.columns)] of outputs [\(outputs.rows), \(outputs.columns)]")
    return LossSum(
      loss: KernelPath.table.pointee.squared_error(
        outputs.storage.base, targets.storage.base, outputs.rows, outputs.columns, gradient))
  }
}
