/// `data.dataset` with the keys that belong to it: a source of one kind, which `SourceKinds` lists.
public struct DataSource: Sendable, Equatable {
  /// The source with its keys.
  package let kind: any DataSourceKind

  /// A source of some kind.
  public init(_ kind: any DataSourceKind) { self.kind = kind }

  public static func == (one: DataSource, other: DataSource) -> Bool { one.kind.isEqual(to: other.kind) }

  /// Whether the targets are numbers rather than classes, as the config says; `nil` where only the loaded data tell.
  package var isRegression: Bool? { kind.isRegression }
}
