import Models
import Datasets
import Kernels
import Tracing

extension Network {
  /// Loss and predictions of up to n test samples, with running statistics and without dropout.
  ///
  /// - Parameters:
  ///   - samples: a range of at most `microbatch` samples, in file order.
  ///   - weights: the flat parameter vector.
  ///   - packedWeights: what ``pack(_:weights:into:)`` made of them.
  ///   - runningStatistics: `statisticsCount` floats, laid out as ``statistics`` says.
  ///   - predictions: receives the predicted class of each sample; empty for regression.
  ///   - results: receives the network's outputs, [samples, outputs], where it is not `nil`.
  ///   - views: of each image, over which outputs are averaged; left out, the samples are taken as they are.
  ///   - observer: is shown what passes through the layers, of the samples as they are; left out, nobody is.
  package func evaluate(
    _ samples: Range<Int>, of gatherer: SampleGatherer, weights: Floats, packedWeights: Floats,
    runningStatistics: Floats, predictions: Labels, results copy: Floats? = nil, views: [SampleView] = [],
    workspace: Workspace, observer: (any PassObserver)? = nil
  ) -> LossSum {
    precondition(samples.count <= microbatch, "\(samples.count) samples in a microbatch of \(microbatch)")
    let pass = pass(
      .evaluation, count: samples.count, in: workspace, weights: weights, packedWeights: packedWeights,
      runningStatistics: runningStatistics)
    let inputs = pass.elements(inputValue.storage, input)
    let isClassification = loss != .meanSquaredError
    let labels = workspace.labels.view.prefix(samples.count)
    let targets = Matrix(workspace.targets.view, rows: isClassification ? 0 : samples.count, columns: outputs)
    let spans = workspace.spans
    let start = spans.start()
    if isClassification {
      gatherer.gather(.samples(samples), into: .inputs(inputs, labels: labels))
    } else {
      gatherer.gather(.samples(samples), into: .inputs(inputs, targets: targets.storage))
    }
    spans.end(.gather, count: samples.count, since: start)
    let results = pass.matrix(outputValue.storage, outputValue.shape)
    if let observer {
      forward(pass, spans, observedBy: observer)
    } else if views.isEmpty {
      forward(pass, spans)
    } else {
      let gathered = Buffer<Float>(count: inputs.count)
      gathered.view.copy(from: inputs)
      averageOutputs(of: gathered.view, over: views, into: results.storage) { view, part in
        inputs.copy(from: view)
        forward(pass, spans)
        part.copy(from: results.storage)
      }
    }
    copy?.copy(from: results.storage)
    if isClassification {
      Losses.predictions(logits: results, into: predictions)
      return Losses.softmaxCrossEntropy(logits: results, labels: labels, smoothing: 0)
    }
    return Losses.meanSquaredError(outputs: results, targets: targets)
  }
}
