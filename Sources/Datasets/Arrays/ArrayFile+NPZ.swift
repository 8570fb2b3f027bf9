extension ArrayFile {
  /// Opens an array of an archive (.npz, as `numpy.savez` and `numpy.savez_compressed` write it), by its name there.
  static func npz(
    _ archive: ZipArchive, _ name: String, progress: @escaping (LoadingProgress) -> Void
  ) throws(DataError) -> ArrayFile {
    let members = archive.members.filter { $0.arrayName == name }
    guard let member = members.first else {
      throw DataError(
        file: archive.path, found: "no array \"\(name)\"; it has \(archive.arrayListing)",
        allowed: "one of these names",
        remedy: "check the name in the config")
    }
    guard members.count == 1 else {
      throw DataError(
        file: archive.path, found: "\(members.count) arrays \"\(name)\"", allowed: "one of each name",
        remedy: "write the archive again with numpy.savez")
    }
    return try npy(try archive.reader(of: member, progress: progress))
  }
}

extension ZipArchive.Member {
  /// The name of the array that it holds: its own without `.npy`; `nil` for other files.
  var arrayName: String? { name.hasSuffix(".npy") ? String(name.dropLast(4)) : nil }
}

extension ZipArchive {
  /// The names of all arrays.
  var arrayNames: [String] { members.compactMap(\.arrayName) }

  /// The names for a message.
  var arrayListing: String {
    let names = arrayNames
    guard !names.isEmpty else { return "no arrays" }
    let shown = names.prefix(12).map { "\"\($0)\"" }.joined(separator: ", ")
    return "the arrays \(shown)\(names.count > 12 ? " and \(names.count - 12) more" : "")"
  }
}
