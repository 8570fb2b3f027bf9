import Keys

/// A kind of data in the config: its keys, what they tell before anything is loaded, and how it is loaded. One file
/// each in the folder `Sources`.
package protocol DataSourceKind: Sendable, Equatable {
  /// `data.dataset` in the config.
  static var name: String { get }
  /// What it is, for the schema.
  static var about: String { get }
  /// Declares the kind's own keys.
  static func keys(_ section: Section, _ value: Self?) -> Self

  /// Whether the samples may be images, as far as the config can tell.
  var mayBeImages: Bool { get }
  /// Whether the config says that the targets are numbers rather than classes.
  var isRegression: Bool { get }
  /// Whether all samples have the same input, which normalisation would turn into 0.
  var hasConstantInput: Bool { get }

  /// Both splits. Every fault of a file is a ``DataError`` that names it.
  func load(_ request: LoadingRequest) throws(DataError) -> DataSplits
}

extension DataSourceKind {
  package var mayBeImages: Bool { true }
  package var isRegression: Bool { false }
  package var hasConstantInput: Bool { false }
}

/// All kinds of data.
package enum SourceKinds {
  /// In the order of the schema.
  package static let all: [any DataSourceKind.Type] = [
    DigitsSource.self, MNISTSource.self, FashionMNISTSource.self, CIFAR10Source.self, SyntheticSource.self,
    QuadraticConfiguration.self, IDXSource.self, NPYSource.self, CSVSource.self,
  ]
}

extension DataSourceKind {
  /// The kind as one of those that `data.dataset` chooses from.
  static var choice: Case<DataSource> {
    Case(name, about, { $0.kind as? Self }) { DataSource(keys($0, $1)) }
  }

  func isEqual(to other: any DataSourceKind) -> Bool { other as? Self == self }
}
