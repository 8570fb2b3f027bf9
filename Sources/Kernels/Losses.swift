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

/// The second classes of samples that are mixtures of two: q = (1 − share) · onehot(label) + share · onehot(second label).
package struct MixedLabels: Sendable {
  /// [samples]: the class of each sample's lesser part.
  package let labels: Labels
  /// [samples]: how much of a sample that part is, 0…½.
  package let shares: Floats

  package init(labels: Labels, shares: Floats) {
    precondition(labels.count == shares.count, "\(labels.count) second labels with \(shares.count) shares")
    self.labels = labels
    self.shares = shares
  }
}

/// Loss functions. Losses and gradients are sums over samples: whoever knows the batch divides.
package enum Losses {
  /// −Σ_j q_j log p_j over each row, with p = softmax(logits) and q = (1 − ε) · onehot + ε ÷ classes; gradient ← p − q.
  ///
  /// `logits` and `gradient` are [samples, classes] and may be the same storage. Labels are in 0..<classes. A row is right
  /// where its label is the first of its largest logits; a row with a NaN never is.
  ///
  /// Where samples are mixtures, their loss is the mean of the losses by both labels, weighted by their shares.
  package static func softmaxCrossEntropy(
    logits: Matrix, labels: Labels, mixed: MixedLabels? = nil, smoothing: Float = 0, gradient: Matrix
  ) -> LossSum {
    defer { keep(gradient) }
    precondition(
      gradient.rows == logits.rows && gradient.columns == logits.columns,
      "gradient [\(gradient.rows), \(gradient.columns)] of logits [\(logits.rows), \(logits.columns)]")
    return crossEntropy(logits, labels, mixed, smoothing, gradient.storage.base)
  }

  /// The same without a gradient, for evaluation.
  package static func softmaxCrossEntropy(
    logits: Matrix, labels: Labels, mixed: MixedLabels? = nil, smoothing: Float = 0
  ) -> LossSum {
    crossEntropy(logits, labels, mixed, smoothing, nil)
  }

  private static func crossEntropy(
    _ logits: Matrix, _ labels: Labels, _ mixed: MixedLabels?, _ smoothing: Float,
    _ gradient: UnsafeMutablePointer<Float>?
  ) -> LossSum {
    defer { keep(logits, labels) }
    precondition(labels.count == logits.rows, "\(labels.count) labels for [\(logits.rows), \(logits.columns)]")
    precondition(smoothing >= 0 && smoothing < 1, "label smoothing \(smoothing) is not in 0..<1")
    for label in UnsafeBufferPointer(start: labels.base, count: labels.count) {
      precondition(label >= 0 && label < logits.columns, "label \(label) of \(logits.columns) classes")
    }
    // Before the gradient may take the logits' place.
    let change = mixed.map { mixedLoss(logits, labels, $0, smoothing) }
    var correct = 0
    var loss = KernelPath.table.pointee.cross_entropy(
      logits.storage.base, logits.rows, logits.columns, labels.base, smoothing, gradient, &correct)
    if let change { loss += change }
    if let mixed, let gradient { mixGradient(gradient, columns: logits.columns, labels, mixed, smoothing) }
    return LossSum(loss: loss, correct: correct)
  }

  /// What the loss of mixtures is more than that by their first labels alone: log p has the same logarithm of a sum for all
  /// labels, so it is Σ (1 − ε) · share · (logit of the first label − logit of the second).
  private static func mixedLoss(
    _ logits: Matrix, _ labels: Labels, _ mixed: MixedLabels, _ smoothing: Float
  ) -> Double {
    precondition(mixed.labels.count == labels.count, "\(mixed.labels.count) second labels of \(labels.count) samples")
    var change = 0.0
    for row in 0..<labels.count {
      let (first, second) = (Int(labels[row]), Int(mixed.labels[row]))
      precondition(second >= 0 && second < logits.columns, "label \(second) of \(logits.columns) classes")
      // No difference of equal logits, which may be infinite.
      guard first != second, mixed.shares[row] > 0 else { continue }
      let values = logits.storage.base + row * logits.columns
      change += Double((1 - smoothing) * mixed.shares[row]) * (Double(values[first]) - Double(values[second]))
    }
    return change
  }

  /// Gradient p − q of mixtures from that of their first labels.
  private static func mixGradient(
    _ gradient: UnsafeMutablePointer<Float>, columns: Int, _ labels: Labels, _ mixed: MixedLabels, _ smoothing: Float
  ) {
    for row in 0..<labels.count {
      let (first, second) = (Int(labels[row]), Int(mixed.labels[row]))
      guard first != second else { continue }
      let moved = (1 - smoothing) * mixed.shares[row]
      gradient[row * columns + first] += moved
      gradient[row * columns + second] -= moved
    }
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
