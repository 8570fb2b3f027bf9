import Keys
import Synchronization

/// A kind of data in the config: its keys, what they tell before anything is loaded, and how it is loaded. One file
/// each in the folder `Sources`.
///
/// A program has kinds of its own: one that ``SourceKinds/register(_:)`` knows can be named in a config, and
/// ``DataSource/init(_:)`` takes one as a value.
public protocol DataSourceKind: Sendable, Equatable {
  /// `data.dataset` in the config.
  static var name: String { get }
  /// What it is, for the schema.
  static var about: String { get }
  /// Declares the kind's own keys.
  static func keys(_ section: Section, _ value: Self?) -> Self

  /// Whether the samples may be images, as far as the config can tell.
  var mayBeImages: Bool { get }
  /// Whether the targets are numbers rather than classes, as the config says; `nil` where only the loaded data tell.
  var isRegression: Bool? { get }
  /// Whether all samples have the same input, which normalisation would turn into 0.
  var hasConstantInput: Bool { get }
  /// Whether the run's seed makes the samples, so that runs with other seeds have other data.
  var isMadeFromSeed: Bool { get }

  /// Both splits. Every fault of a file is a ``DataError`` that names it.
  func load(_ request: LoadingRequest) throws(DataError) -> DataSplits
}

extension DataSourceKind {
  public var mayBeImages: Bool { true }
  public var isRegression: Bool? { false }
  public var hasConstantInput: Bool { false }
  public var isMadeFromSeed: Bool { false }
}

/// Every kind of data that a config can name. A new one of this package needs one more entry.
public enum SourceKinds {
  private static let own: [any DataSourceKind.Type] = [
    DigitsSource.self, MNISTSource.self, FashionMNISTSource.self, KMNISTSource.self, EMNISTSource.self,
    CIFAR10Source.self, CIFAR100Source.self, SyntheticSource.self, QuadraticConfiguration.self, IDXSource.self,
    NPYSource.self, NPZSource.self, CSVSource.self, ImageFolderSource.self,
  ]
  /// Kinds of other packages, by name.
  private static let registered = Mutex<[any DataSourceKind.Type]>([])

  /// The package's own kinds, in the order of the schema, then registered ones by name.
  public static var all: [any DataSourceKind.Type] { own + registered.withLock { $0 } }

  /// Makes a kind of another package known to configs that are read, written or described from now on.
  ///
  /// Register at the program's start. The order of calls shows nowhere, a second call with the same type does nothing,
  /// and a name that another type has is a programmer's error.
  public static func register(_ kind: any DataSourceKind.Type) {
    registered.withLock { kinds in
      if let other = (own + kinds).first(where: { $0.name == kind.name }) {
        precondition(other == kind, "the kind of data \"\(kind.name)\" of \(kind) is that of \(other)")
        return
      }
      kinds.append(kind)
      kinds.sort { $0.name < $1.name }
    }
  }
}

extension DataSourceKind {
  /// The kind as one of those that `data.dataset` chooses from.
  static var choice: Case<DataSource> {
    Case(name, about, { $0.kind as? Self }) { DataSource(keys($0, $1)) }
  }

  func isEqual(to other: any DataSourceKind) -> Bool { other as? Self == self }
}
