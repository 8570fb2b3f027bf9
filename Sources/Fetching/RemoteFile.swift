/// A file that servers offer: where, what it must be, and what it becomes in a folder.
package struct RemoteFile: Sendable, Equatable {
  /// Its name on every server.
  package var name: String
  /// Addresses of whole copies, the one to try first first.
  package var addresses: [String]
  /// Its length.
  package var byteCount: Int
  /// Its SHA-256, 64 hexadecimal digits.
  package var sha256: String
  /// What is in it.
  package var content: Content

  /// What is in a file, and what is kept of it.
  package enum Content: Sendable, Equatable {
    /// One file, compressed by gzip and kept so. The digest is that of what it unpacks to: other copies of the same
    /// data may be compressed otherwise.
    case gzip(byteCount: Int, sha256: String?)
    /// An archive of files, which is removed once they are unpacked.
    case archive(Archive, members: [Member])
  }

  /// A form of archive.
  package enum Archive: Sendable { case tarGzip, zip }

  /// A file in an archive.
  package struct Member: Sendable, Equatable {
    /// Its name in the archive.
    package var path: String
    /// Its length; `nil` where it is not known beforehand.
    package var byteCount: Int?
    /// Its SHA-256, where it is known.
    package var sha256: String?

    package init(path: String, byteCount: Int? = nil, sha256: String? = nil) {
      self.path = path
      self.byteCount = byteCount
      self.sha256 = sha256
    }

    /// Its name in the folder.
    package var name: String { String(path.split(separator: "/").last ?? "") }
  }

  package init(name: String, addresses: [String], byteCount: Int, sha256: String, content: Content) {
    self.name = name
    self.addresses = addresses
    self.byteCount = byteCount
    self.sha256 = sha256
    self.content = content
  }

  /// Names in the folder once it is there.
  package var keptNames: [String] {
    switch content {
    case .gzip: [name]
    case .archive(_, let members): members.map(\.name)
    }
  }

  /// Bytes on the disk while it is fetched: the file, and what is unpacked from it.
  var neededBytes: Int {
    switch content {
    case .gzip: byteCount
    case .archive(_, let members): byteCount + members.reduce(0) { $0 + ($1.byteCount ?? 0) }
    }
  }
}
