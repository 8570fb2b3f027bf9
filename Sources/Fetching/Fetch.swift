import Checkpoints
import Datasets
import Foundation

/// Brings a data set's files into a folder: what is there and sound stays, the rest is fetched, verified and unpacked.
package struct Fetch {
  let fetchable: Fetchable
  let folder: String
  /// Addresses of folders that are asked first.
  let mirrors: [String]
  let settings: FetchSettings
  let report: (FetchEvent) -> Void

  /// A fetch into `folder`, which is made if it is not there.
  ///
  /// - Parameters:
  ///   - mirrors: folders, or addresses of folders (http, https, file), which hold the files, or hold them in a folder of
  ///     the data set's name.
  ///   - report: is told on the calling thread.
  package init(
    _ fetchable: Fetchable, into folder: String, mirrors: [String] = [], settings: FetchSettings = FetchSettings(),
    report: @escaping (FetchEvent) -> Void = { _ in }
  ) {
    self.fetchable = fetchable
    self.folder = folder
    self.mirrors = mirrors
    self.settings = settings
    self.report = report
  }

  /// Fetches what is missing.
  ///
  /// - Throws: a `DataError` if no mirror gave a file, a `CheckpointError` if one cannot be written.
  package func run() throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw CheckpointError(
        path: folder, found: "the folder cannot be made: \(Self.words(error))",
        remedy: "Choose a folder that you may write to, with --to")
    }
    let lock = try FetchLock(folder: folder) {
      report(.remark("another process fetches into \(folder); waiting for it"))
    }
    AtomicFile.removeStale(in: folder)
    try withExtendedLifetime(lock) {
      for file in fetchable.files { try fetch(file) }
    }
  }

  private static func words(_ error: any Error) -> String {
    let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
    let text =
      underlying?.localizedDescription ?? (error as NSError).localizedFailureReason ?? error.localizedDescription
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }

  private func fetch(_ file: RemoteFile) throws {
    report(.checking(file: file.name))
    if isThere(file) { return report(.finished(file: file.name, wasThere: true)) }
    let download = FileDownload(
      file: file, addresses: addresses(file), folder: folder, settings: settings, report: report)
    // An archive that was fetched, but not unpacked, is there under its own name.
    let hasFile = LocalFile.byteCount(download.path) != nil && LocalFile.isSound(download.path, file)
    if !hasFile {
      if LocalFile.byteCount(download.path) != nil {
        report(.remark("\(download.path): not the file that it should be; it is fetched again"))
      }
      try requireSpace(file)
      try download.run()
    }
    try unpack(file, download.path)
    report(.finished(file: file.name, wasThere: hasFile))
  }

  /// Whether all that is kept of a file is in the folder and sound.
  private func isThere(_ file: RemoteFile) -> Bool {
    func path(_ name: String) -> String? {
      LocalFile.find(name, in: folder, subfolders: fetchable.source.subfolders)
    }
    switch file.content {
    case .gzip: return path(file.name).map { LocalFile.isSound($0, file) } ?? false
    case .archive(_, let members):
      return members.allSatisfy { member in path(member.name).map { LocalFile.isSound($0, member) } ?? false }
    }
  }

  private func unpack(_ file: RemoteFile, _ path: String) throws {
    guard case .archive(let form, let members) = file.content else { return }
    report(.checking(file: file.name))
    let total = members.reduce(0) { $0 + ($1.byteCount ?? 0) }
    let progress: (Int) -> Void = { done in
      if total > 0 { report(.downloading(file: "unpacking " + file.name, bytes: done, of: max(total, done))) }
    }
    switch form {
    case .tarGzip: try TarArchive(path: path).unpack(members, into: folder, progress)
    case .zip: try ZipArchive(path: path).unpack(members, into: folder, progress)
    }
    unlink(path)
  }

  /// The mirrors that were named, then the file's own addresses.
  private func addresses(_ file: RemoteFile) -> [FileDownload.Address] {
    mirrors.flatMap { mirror in
      let base = Self.address(mirror)
      return ["\(base)/\(file.name)", "\(base)/\(fetchable.name)/\(file.name)"].map {
        FileDownload.Address(text: $0, isOwn: true)
      }
    } + file.addresses.map { FileDownload.Address(text: $0, isOwn: false) }
  }

  /// An address without a slash at its end; a path becomes a `file://` address.
  private static func address(_ mirror: String) -> String {
    var text = mirror
    if !mirror.contains("://") { text = URL(fileURLWithPath: mirror).absoluteString }
    while text.hasSuffix("/") { text.removeLast() }
    return text
  }

  /// Refuses before a byte is fetched what the disk cannot hold.
  private func requireSpace(_ file: RemoteFile) throws {
    let there = PartialFile.byteCount(folder + "/" + file.name + ".part")
    guard let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder),
      let free = (attributes[.systemFreeSize] as? NSNumber)?.int64Value
    else { return }
    let needed = file.neededBytes - there
    guard free < needed else { return }
    throw CheckpointError(
      path: folder, found: "\(file.name) needs \(needed) more bytes, and \(free) are free",
      remedy: "Free some space, or choose another folder with --to")
  }
}
