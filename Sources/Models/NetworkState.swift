import Kernels

/// The numbers of a network: parameters, which gradients train, and running statistics, which follow the batches.
///
/// Both vectors are zero at first; ``Network/initialize(_:seed:)`` gives them their initial values.
package struct NetworkState: Sendable {
  /// `parameterCount` floats, laid out as the network's tensors say.
  package let parameters: Buffer<Float>
  /// `statisticsCount` floats: for each batch norm its running means, then its running variances.
  package let statistics: Buffer<Float>

  /// Memory for the numbers of a network.
  package init(for network: Network) {
    parameters = Buffer(count: network.parameterCount)
    statistics = Buffer(count: network.statisticsCount)
  }

  /// The vector that a tensor is part of.
  package func vector(of tensor: StoredTensor) -> Floats {
    switch tensor.vector {
    case .parameters: parameters.view
    case .statistics: statistics.view
    }
  }

  /// A tensor's elements in file order.
  package func fileElements(of tensor: StoredTensor) -> [Float] { tensor.fileElements(of: vector(of: tensor)) }
}
