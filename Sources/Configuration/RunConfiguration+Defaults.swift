import Datasets
import Models

extension RunConfiguration {
  /// A run of a model on data, with the config's defaults for all else; whoever wants something else sets it:
  ///
  /// ```swift
  /// var configuration = RunConfiguration(data: DataConfiguration(source: .digits), model: .mlp(hidden: [128]))
  /// configuration.batch.size = 64
  /// configuration.length = .epochs(40)
  /// ```
  ///
  /// The loss is cross-entropy, or the mean squared error where the data hold numbers to predict.
  /// ``validate()`` checks the whole, and ``json()`` writes it down.
  public init(name: String = "run", data: DataConfiguration, model: ModelConfiguration) {
    do {
      self = try .decode(
        #"{ "data": { "dataset": "digits" }, "model": { "preset": "logistic" } }"#, file: "run.json")
    } catch {
      preconditionFailure("a config of defaults: \(error)")
    }
    self.name = name
    self.data = data
    self.model = model
    loss = .auto(labelSmoothing: 0)
    if let isRegression = data.source.isRegression { loss = loss.resolved(isClassification: !isRegression) }
  }
}
