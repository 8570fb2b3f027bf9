import Kernels

/// The numbers of a network: parameters, which gradients train, and running statistics, which follow the batches.
///
/// Both vectors are zero at first; ``Network/initialize(_:seed:)`` gives them their initial values.
public struct NetworkState: Sendable {
  /// `parameterCount` floats, laid out as the network's tensors say.
  public let parameters: Buffer<Float>
  /// `statisticsCount` floats: for each batch norm its running means, then its running variances.
  public let statistics: Buffer<Float>

  /// Memory for the numbers of a network.
  public init(for network: Network) {
    parameters = Buffer(count: network.parameterCount)
    statistics = Buffer(count: network.statisticsCount)
  }

  /// The vector that a tensor is part of.
  public func vector(of tensor: StoredTensor) -> Floats {
    switch tensor.vector {
    case .parameters: parameters.view
    case .statistics: statistics.view
    }
  }

  /// A tensor's elements in file order.
  public func fileElements(of tensor: StoredTensor) -> [Float] { tensor.fileElements(of: vector(of: tensor)) }
}
