import Foundation
import Protobufs
import Statistics

extension TensorBoardSummary.Value {
  /// A histogram; what is not finite is left out.
  static func histogram(_ tag: String, _ histogram: Histogram) -> TensorBoardSummary.Value {
    var value = TensorBoardSummary.Value()
    value.tag = tag
    value.histo.min = histogram.minimum
    value.histo.max = histogram.maximum
    value.histo.num = Double(histogram.count)
    value.histo.sum = histogram.sum
    value.histo.sumSquares = histogram.sumOfSquares
    value.histo.bucketLimit = histogram.limits
    value.histo.bucket = histogram.counts.map(Double.init)
    return value
  }

  /// A text in Markdown.
  static func text(_ tag: String, _ text: String) -> TensorBoardSummary.Value {
    var value = TensorBoardSummary.Value()
    value.tag = tag
    value.metadata.pluginData.pluginName = "text"
    var dimension = TensorBoardTensor.Shape.Dimension()
    dimension.size = 1
    value.tensor.dtype = .string
    value.tensor.tensorShape.dim = [dimension]
    value.tensor.stringVal = [Data(text.utf8)]
    return value
  }

  /// What the hparams plugin reads, which wants a value of no numbers beside it.
  static func hyperparameters(_ tag: String, _ data: TensorBoardHyperparameterData) throws -> TensorBoardSummary.Value {
    var value = TensorBoardSummary.Value()
    value.tag = "_hparams_/" + tag
    value.metadata.pluginData.pluginName = "hparams"
    value.metadata.pluginData.content = try data.bytes()
    value.tensor.dtype = .float
    value.tensor.tensorShape.dim = [TensorBoardTensor.Shape.Dimension()]
    return value
  }
}
