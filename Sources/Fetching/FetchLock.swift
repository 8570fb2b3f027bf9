import Foundation

/// Keeps a second process from fetching into the same folder: a file `.fetch.lock` in it, locked by the system as long as
/// its holder lives, however that ends.
final class FetchLock {
  private let path: String
  private let descriptor: Int32

  /// Waits until the folder is free; `waiting` is told once if it is not.
  init(folder: String, waiting: () -> Void) throws {
    path = folder + "/.fetch.lock"
    var hasTold = false
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { throw PartialFile.failure(folder, "no file can be created in it") }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK && errno != EINTR {
        // The last holder removes the file: this one must still be the one of that name. A file system without locks is
        // no obstacle: digests are compared in any case.
        var (own, named) = (stat(), stat())
        if fstat(descriptor, &own) == 0, stat(path, &named) == 0, own.st_ino == named.st_ino {
          self.descriptor = descriptor
          return
        }
      } else if !hasTold {
        hasTold = true
        waiting()
      }
      close(descriptor)
      Thread.sleep(forTimeInterval: 0.2)
    }
  }

  deinit {
    unlink(path)
    close(descriptor)
  }
}
