import Datasets
import Models

extension FeatureShape {
  /// The shape of a data set's samples.
  public init(_ sample: SampleShape) {
    self.init(height: sample.height, width: sample.width, channels: sample.channels)
  }
}
