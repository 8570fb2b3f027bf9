import Configuration
import Datasets
import Foundation

/// Configs of the temperature studies.
enum Temperature {
  static func configuration(_ text: String) throws -> (RunConfiguration, DataSplits) {
    let configuration = try RunConfiguration.decode(Data(text.utf8), file: "test", overrides: [])
    return (configuration, try DatasetLoader.load(configuration.data, seed: configuration.seed))
  }

  /// One dense layer: Hessian λ·1, noise of the given deviations.
  static func quadratic(
    curvature: Double = 1, deviations: [Double], samples: Int = 256, bias: Bool = false, more: String = ""
  ) throws -> (RunConfiguration, DataSplits) {
    try configuration(
      """
      { "data": { "dataset": "quadratic", "curvature": \(curvature), "samples": \(samples), "testSamples": 2,
                  "deviations": \(deviations), "order": "iid" },
        "model": { "layers": [{ "type": "dense", "units": \(deviations.count), "bias": \(bias) }] },
        "batch": { "size": 8 }\(more) }
      """)
  }

  /// Logistic regression on the digits with L2.
  static func digits(_ more: String = "") throws -> (RunConfiguration, DataSplits) {
    try configuration(
      """
      { "data": { "dataset": "digits", "order": "iid" }, "model": { "preset": "logistic" }, "batch": { "size": 32 },
        "optimizer": { "method": "sgd", "weightDecay": 0.05 }\(more) }
      """)
  }
}
