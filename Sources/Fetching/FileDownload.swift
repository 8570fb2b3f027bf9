import Checkpoints
import Datasets
import Foundation

/// Brings one remote file into a folder, from the first address that gives it whole.
///
/// Bytes go to `NAME.part`, which outlives a failure, a signal or a crash: the next attempt asks the server for the rest.
/// What is there in the end is compared by length and SHA-256, goes to the disk and gets its name by a rename. A `.part`
/// that turns out to be something else is removed.
struct FileDownload {
  var file: RemoteFile
  /// Addresses to try, in this order.
  var addresses: [Address]
  var folder: String
  var settings: FetchSettings
  var report: (FetchEvent) -> Void

  /// Where the file may be had.
  struct Address {
    var text: String
    /// Whether a user named it: then a copy that is compressed otherwise is right too, if its content is.
    var isOwn: Bool
  }

  var path: String { folder + "/" + file.name }
  private var partPath: String { path + ".part" }

  /// Why an address was given up.
  private struct GivenUp: Error { var reason: String }

  /// Fetches.
  ///
  /// - Throws: a `DataError` if no address gave the file, a `CheckpointError` if it cannot be written.
  func run() throws {
    var tried: [String] = []
    for address in addresses {
      do {
        try fetch(address)
        return
      } catch let error as GivenUp {
        tried.append("\(address.text): \(error.reason)")
        if address.text != addresses.last?.text { report(.remark(tried.last! + "; trying the next mirror")) }
      }
    }
    throw DataError.notFetched(file, tried: tried)
  }

  /// Tries one address until it gives the file or is given up.
  private func fetch(_ address: Address) throws {
    var most = PartialFile.byteCount(partPath)
    var (fruitless, wasDamaged) = (0, false)
    while true {
      let before = PartialFile.byteCount(partPath)
      let (outcome, answer) = try attempt(address)
      let now = PartialFile.byteCount(partPath)
      switch outcome {
      case .refused(let reason): throw GivenUp(reason: reason)
      case .done:
        if let fault = try put(address) {
          // A part that another server or an older version began may have spoiled it: once from the beginning.
          guard before > 0, !wasDamaged else { throw GivenUp(reason: fault) }
          wasDamaged = true
          most = 0
          report(.remark("\(file.name): \(fault); fetching it again from the beginning"))
        } else {
          return
        }
      case .transient(let reason), .unreachable(let reason):
        fruitless = now > most + FetchSettings.fruit(of: file.byteCount) ? 0 : fruitless + 1
        most = max(most, now)
        let attempts = if case .unreachable = outcome { 2 } else { settings.attempts }
        guard fruitless < attempts else { throw GivenUp(reason: "\(reason), \(fruitless) times") }
        let pause = settings.pause(beforeAttempt: max(1, fruitless), wish: answer.retryAfter)
        report(.remark("\(file.name): \(reason) at \(address.text); again in \(Self.seconds(pause)) s"))
        Thread.sleep(forTimeInterval: pause)
      }
    }
  }

  private static func seconds(_ seconds: Double) -> String {
    seconds < 10 ? String((seconds * 10).rounded() / 10) : String(Int(seconds))
  }

  /// One request.
  private func attempt(_ address: Address) throws -> (Transfer.Outcome, Transfer.Answer) {
    let limit = limit(address)
    // A local file is copied as a whole: it costs less than to find out whether the part is of this file.
    let isLocal = address.text.hasPrefix("file:")
    var there = PartialFile.byteCount(partPath)
    if there == file.byteCount, !isLocal { return (.done, Transfer.Answer()) }
    if there > limit || isLocal { there = 0 }
    let part = try PartialFile(path: partPath, offset: there)
    let total = file.byteCount
    do {
      let transfer = Transfer(address: address.text, offset: there, settings: settings)
      let result = try transfer.run(
        begin: { answer in try begin(answer, part, offset: there, isOwn: address.isOwn) },
        write: { bytes in
          guard part.byteCount + bytes.count <= limit else {
            try part.restart()
            throw GivenUp(reason: "sent more than \(limit) bytes")
          }
          try part.append(bytes)
        },
        tick: { report(.downloading(file: file.name, bytes: part.byteCount, of: max(total, part.byteCount))) })
      if case .refused("HTTP status 416") = result.0, there > 0 {
        try part.restart()
        return (.transient("cannot continue from byte \(there)"), result.1)
      }
      if case .done = result.0, part.byteCount < total, !address.isOwn {
        return (.transient("the file broke off after \(part.byteCount) of \(total) bytes"), result.1)
      }
      return result
    }
  }

  /// Compares what the server announces with what was asked for, before a byte is written.
  private func begin(_ answer: Transfer.Answer, _ part: PartialFile, offset: Int, isOwn: Bool) throws {
    let type = answer.contentType.map { " (\($0))" } ?? ""
    if answer.status == 206 {
      guard answer.firstByte == offset else {
        throw GivenUp(reason: "sent another part than byte \(offset) and on")
      }
    } else if offset > 0 {
      // The server does not go on where the part ends, it begins again.
      try part.restart()
    }
    let announced = answer.status == 206 ? answer.totalBytes : answer.contentLength
    if let announced, announced != file.byteCount, !isOwn {
      throw GivenUp(reason: "offers \(announced) bytes\(type), not \(file.byteCount)")
    }
  }

  /// The most bytes that the file can have: a copy that is compressed otherwise may be longer.
  private func limit(_ address: Address) -> Int {
    guard address.isOwn, case .gzip(let bytes, .some) = file.content else { return file.byteCount }
    return bytes + bytes / 1000 + 1024
  }

  /// Gives the whole part its name; what is wrong with it, if it is not the file.
  private func put(_ address: Address) throws -> String? {
    report(.checking(file: file.name))
    let digest = try LocalFile.digest(of: partPath)
    var isSound = digest == file.sha256
    if !isSound, address.isOwn, case .gzip(let bytes, let content?) = file.content {
      isSound = LocalFile.contentDigest(of: partPath, limit: bytes) == content
    }
    guard isSound else {
      let count = PartialFile.byteCount(partPath)
      unlink(partPath)
      return
        "sent \(count) bytes with the SHA-256 \(digest.prefix(12))…, not \(file.byteCount) with \(file.sha256.prefix(12))…"
    }
    try PartialFile.finish(partPath, as: path)
    return nil
  }
}
