import Synchronization

/// Every kind of layer that a config can name. A new layer of this package needs one more entry.
public enum LayerKinds {
  private static let own: [any Layer.Type] = [
    DenseLayer.self,
    ConvolutionLayer.self,
    BatchNormLayer.self,
    ReLULayer.self,
    MaxPoolLayer.self,
    AveragePoolLayer.self,
    GlobalAveragePoolLayer.self,
    DownsampleLayer.self,
    FlattenLayer.self,
    DropoutLayer.self,
    ResidualLayer.self,
    GELULayer.self,
    GroupNormLayer.self,
    LayerNormLayer.self,
    ScaleLayer.self,
  ]
  /// Kinds of other packages, by name.
  private static let registered = Mutex<[any Layer.Type]>([])

  /// The package's own kinds, in the order in which messages and the schema list them, then registered ones by name.
  public static var all: [any Layer.Type] { own + registered.withLock { $0 } }

  /// Makes a kind of another package known to configs that are read, written or described from now on.
  ///
  /// A layer that a Swift program builds itself with ``LayerConfiguration/init(_:)`` needs no registration. Register at
  /// the program's start: a config that was read before keeps its meaning, since a kind is only ever added. The order of
  /// calls shows nowhere, a second call with the same type does nothing, and a name that another type has is a
  /// programmer's error.
  public static func register(_ kind: any Layer.Type) {
    registered.withLock { kinds in
      if let other = (own + kinds).first(where: { $0.kind == kind.kind }) {
        precondition(other == kind, "the kind of layer \"\(kind.kind)\" of \(kind) is that of \(other)")
        return
      }
      kinds.append(kind)
      kinds.sort { $0.kind < $1.kind }
    }
  }
}
