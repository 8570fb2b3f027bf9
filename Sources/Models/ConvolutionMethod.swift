/// `model.convolution`: how convolutions are computed.
public enum ConvolutionMethod: String, Sendable, Equatable, CaseIterable {
  /// Each pass of each layer by what costs least there: direct, Winograd, or patches and OpenBLAS.
  case auto
  /// Multiply and add, tap by tap: the most accurate one, and what the others are measured against.
  case direct
}
