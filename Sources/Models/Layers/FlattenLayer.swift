import Keys

/// An image as one row of features. Memory stays as it is, and the layers behind know its order.
package struct FlattenLayer: Layer {
  package init() {}

  package static let kind = "flatten"
  package static let about = "An image as one row of features."

  package static func keys(_ section: Section, _ value: FlattenLayer?) -> FlattenLayer { FlattenLayer() }

  package func append(
    to network: inout NetworkBuilder, input: Activation, at context: LayerContext
  ) throws(ModelError) -> Activation {
    var output = input
    let isReordered = input.shape.pixels > 1 && input.shape.channels > 1
    output.flattened = isReordered ? input.shape : input.flattened
    output.shape = FeatureShape(features: input.shape.count)
    return output
  }

  package func describe(in graph: inout NetworkGraph, at context: LayerContext) throws(ModelError) {
    graph.append(.flatten, named: context.name)
  }
}

extension LayerConfiguration {
  /// An image as one row of features.
  public static let flatten = LayerConfiguration(FlattenLayer())
}
