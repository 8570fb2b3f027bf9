/// How a tensor's elements lie in memory, against their order in files.
public protocol ParameterLayout: Sendable {
  /// Position in the tensor's memory of the element at `index` in file order.
  func index(ofFileElement index: Int) -> Int
}

/// Elements in the order of files.
public struct FileOrder: ParameterLayout {
  public init() {}
  public func index(ofFileElement index: Int) -> Int { index }
}

/// A number for each feature of a flattened image: files have [C, H, W], memory [H, W, C].
struct FlattenedImageLayout: ParameterLayout {
  let image: FeatureShape

  func index(ofFileElement index: Int) -> Int { image.index(ofChannelMajorElement: index) }
}

extension Activation {
  /// How a number for each channel lies in memory.
  var channelLayout: any ParameterLayout { flattened.map { FlattenedImageLayout(image: $0) } ?? FileOrder() }
}
