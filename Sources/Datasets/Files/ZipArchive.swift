import CZip
import Foundation
import Kernels

/// A ZIP archive: what is in it, and the bytes of each member, stored or deflated, by libzip.
///
/// It is read by one thread at a time.
final class ZipArchive {
  /// A file in the archive.
  struct Member {
    /// Its name, as the archive has it.
    let name: String
    fileprivate let index: UInt64
    /// Its size, unpacked.
    let bytes: Int
    /// Its size in the archive.
    let storedBytes: Int
    /// Whether it lies there as it is.
    let isStored: Bool
  }

  /// The file.
  let path: String
  /// All members, in the archive's order.
  let members: [Member]
  fileprivate let archive: OpaquePointer

  /// Opens an archive and reads its directory.
  init(path: String) throws(DataError) {
    self.path = path
    _ = try ByteReader.size(ofFile: path)
    var code: Int32 = 0
    guard let archive = zip_open(path, ZIP_RDONLY, &code) else {
      var error = zip_error_t()
      zip_error_init_with_code(&error, code)
      defer { zip_error_fini(&error) }
      throw DataError(
        file: path, found: "cannot be read as a ZIP archive: \(String(cString: zip_error_strerror(&error)))",
        allowed: "an archive of arrays, as numpy.savez writes it", remedy: DataError.copyAgain)
    }
    self.archive = archive
    var members: [Member] = []
    for index in 0..<UInt64(max(0, zip_get_num_entries(archive, 0))) {
      var status = zip_stat_t()
      let wanted = UInt64(ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD)
      guard zip_stat_index(archive, index, 0, &status) == 0, status.valid & wanted == wanted, let name = status.name,
        let bytes = Int(exactly: status.size), let storedBytes = Int(exactly: status.comp_size)
      else {
        zip_discard(archive)
        throw DataError(
          file: path, found: "entry \(index) (from 0) of the archive's directory is damaged",
          allowed: "a sound ZIP archive", remedy: DataError.copyAgain)
      }
      members.append(
        Member(
          name: String(cString: name), index: index, bytes: bytes, storedBytes: storedBytes,
          isStored: status.comp_method == ZIP_CM_STORE && status.encryption_method == ZIP_EM_NONE))
    }
    self.members = members
    try requireDistinct()
  }

  /// Refuses members that share bytes: together they would take more than the file has, as in an archive that is made
  /// to unpack to far more than any of its members shows (D. Fifield, "A better zip bomb", 2019).
  private func requireDistinct() throws(DataError) {
    let stored = members.reduce(0) { Int.saturatingSum($0, $1.storedBytes) }
    let size = try ByteReader.size(ofFile: path)
    guard stored > size else { return }
    throw DataError(
      file: path,
      found: "\(grouped(stored)) packed bytes of \(grouped(members.count)) members in \(grouped(size)) bytes",
      allowed: "members that do not overlap", remedy: DataError.copyAgain)
  }

  deinit { zip_discard(archive) }

  /// A reader of a member, which is called `path: name` in messages.
  func reader(
    of member: Member, progress: @escaping (LoadingProgress) -> Void
  ) throws(DataError) -> ByteReader {
    let name = "\(path): \(member.arrayName ?? member.name)"
    guard member.bytes <= UnpackingLimit.mostBytes(stored: member.storedBytes) else {
      throw UnpackingLimit.error(file: name, stored: member.storedBytes, isMember: true)
    }
    return ByteReader(
      path: name, archivePath: path, storedBytes: member.bytes,
      stream: try ZipMemberStream(self, member),
      progress: progress)
  }
}

/// The bytes of a member of an archive; their checksum is compared at the end.
private final class ZipMemberStream: ByteStream {
  private let archive: ZipArchive
  private let member: ZipArchive.Member
  private let file: OpaquePointer
  private var position = 0

  init(_ archive: ZipArchive, _ member: ZipArchive.Member) throws(DataError) {
    self.archive = archive
    self.member = member
    guard let file = zip_fopen_index(archive.archive, member.index, 0) else {
      let reason = String(cString: zip_strerror(archive.archive))
      let code = zip_error_code_zip(zip_get_error(archive.archive))
      let isEncrypted = code == ZIP_ER_NOPASSWD || code == ZIP_ER_ENCRNOTSUPP
      throw DataError(
        file: "\(archive.path): \(member.name)", found: "cannot be read: \(reason)",
        allowed: "a member that is stored or deflated, and not encrypted",
        remedy: isEncrypted ? "write the archive without a password" : DataError.copyAgain)
    }
    self.file = file
  }

  deinit { zip_fclose(file) }

  var plausibleBytes: Int { member.bytes }

  /// How much the member unpacks to is known, and was asked before it was opened.
  var mostBytes: Int { member.bytes }

  var fraction: Double { member.bytes > 0 ? min(1, Double(position) / Double(member.bytes)) : 1 }

  var place: FilePlace? {
    member.isStored ? ZipDirectory.place(ofEntry: Int(member.index), member, in: archive.path) : nil
  }

  func read(into bytes: inout [UInt8], position: Int) throws(DataError) -> Int {
    var filled = 0
    while filled < bytes.count {
      let wanted = UInt64(bytes.count - filled)
      let got = bytes.withUnsafeMutableBytes { zip_fread(file, $0.baseAddress! + filled, wanted) }
      guard got >= 0 else {
        let isChecksum = zip_error_code_zip(zip_file_get_error(file)) == ZIP_ER_CRC
        throw DataError(
          file: "\(archive.path): \(member.name)",
          found: isChecksum
            ? "the checksum differs from that of the archive's directory"
            : "cannot be read after \(grouped(position + filled)) bytes: \(String(cString: zip_file_strerror(file)))",
          allowed: "a sound ZIP archive", remedy: DataError.copyAgain)
      }
      if got == 0 { break }
      filled += Int(got)
    }
    self.position = position + filled
    return filled
  }
}
