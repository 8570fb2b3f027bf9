import Datasets

extension DataError {
  /// No address gave the file; `tried` says what each of them did.
  static func notFetched(_ file: RemoteFile, tried: [String]) -> DataError {
    DataError(
      file: file.name, found: "no mirror gave it:" + tried.map { "\n    " + $0 }.joined(),
      allowed: "\(file.byteCount) bytes with the SHA-256 \(file.sha256)",
      remedy:
        "check the network (http_proxy and https_proxy are honoured) and try again; or get the file by other means and "
        + "name its folder or address: --mirror FOLDER or --mirror URL")
  }
}
